"""Filter and ContentBasedRouter: an expression decides whether a record stays, or to which topic it goes."""

from __future__ import annotations

import re
from dataclasses import replace

from rowtide.config.definition import Importance, Width
from rowtide.connect.record import SourceRecord
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.debezium.options import (
    DebeziumTransformation,
    Option,
    Settings,
    one_of,
    option,
    regex,
    required,
)
from rowtide.transforms.expressions.access import HeaderValue, known
from rowtide.transforms.expressions.compiler import Expression
from rowtide.transforms.java_regex import compile_regex

_REFUSAL = "The provided configuration isn't valid; check the error log for details."
_LANGUAGES = ("python", "jsr223.python")
_NAMES = frozenset(("key", "value", "keySchema", "valueSchema", "topic", "header"))


def _options(expression: Option) -> tuple[Option, ...]:
    return (
        option(
            "topic.regex",
            "Topic regex",
            "Expression that matches the whole topic of the records to look at; others pass unchanged.",
            regex,
            width=Width.LONG,
        ),
        option(
            "language",
            "Expression language",
            "`python`: the expression is one of Python's, with key, value, keySchema, valueSchema, topic and header.",
            required,
            importance=Importance.HIGH,
            width=Width.MEDIUM,
        ),
        expression,
        option(
            "null.handling.mode",
            "Handle null records",
            "What becomes of tombstones: `keep` lets them pass, `drop` leaves them out, `evaluate` looks at them.",
            one_of("drop", "keep", "evaluate"),
            default="keep",
            width=Width.SHORT,
        ),
    )


def _expression(name: str, display_name: str, documentation: str) -> Option:
    return option(name, display_name, documentation, required, importance=Importance.HIGH, width=Width.MEDIUM)


_CONDITION = _expression("condition", "Filtering condition", "True for the records that stay.")
_TOPIC = _expression("topic.expression", "Topic name expression", "The record's topic, or None to leave it as it is.")


class ScriptingTransformation(DebeziumTransformation):
    """What the two have in common."""

    expression: Option

    def set_up(self, settings: Settings) -> None:
        name = self.expression.key.name
        settings.recorded(_REFUSAL)
        self._text = settings.required_text(name)
        language = settings.required_text("language")
        if language not in _LANGUAGES:
            raise ConfigError(
                f"The language '{language}' is not available.",
                hint=f"Set language=python and write {name} in Python, with the same names as for Groovy: "
                "`value.op == 'u' and value.after.id > 3`, `header['x'].value is None`, "
                "`'vip' if value.after.rank in (1, 2) else None`.",
            )
        self._evaluate = Expression(self._text, _NAMES)
        self._nulls = settings.choice("null.handling.mode")
        given = settings.text("topic.regex")
        self._topics: re.Pattern[str] | None = compile_regex(given, "topic.regex") if given else None

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        """Raises DataError where the expression fails or makes a value of another type."""
        if self._topics is not None and self._topics.fullmatch(record.topic) is None:
            return record
        if record.value is None and self._nulls != "evaluate":
            return record if self._nulls == "keep" else None
        return self.decide(record)

    def decide(self, record: SourceRecord) -> SourceRecord | None:
        raise NotImplementedError

    def result(self, record: SourceRecord) -> object:
        names = {
            "key": known(record.key),
            "value": known(record.value),
            "keySchema": record.key_schema,
            "valueSchema": record.value_schema,
            "topic": record.topic,
            "header": {header.name: HeaderValue(header.value, header.schema) for header in record.headers},
        }
        try:
            return self._evaluate(names)
        except DataError as error:
            raise self.failure(record, str(error)) from error

    def failure(self, record: SourceRecord, problem: str) -> DataError:
        return DataError(
            f"Error while evaluating expression '{self._text}' for a record of topic {record.topic}: {problem}"
        )


class Filter(ScriptingTransformation):
    """Keeps the records for which an expression is true."""

    looks_at_values = False

    expression = _CONDITION
    options = _options(_CONDITION)

    def decide(self, record: SourceRecord) -> SourceRecord | None:
        result = self.result(record)
        if not isinstance(result, bool):
            raise self.failure(record, f"Value '{result}' returned by the expression is not a Boolean")
        return record if result else None


class ContentBasedRouter(ScriptingTransformation):
    """Sends records to the topics that an expression names."""

    looks_at_values = False

    expression = _TOPIC
    options = _options(_TOPIC)

    def decide(self, record: SourceRecord) -> SourceRecord:
        result = self.result(record)
        if result is None:
            return record
        if not isinstance(result, str):
            raise self.failure(record, f"Value '{result}' returned by the expression is not a String")
        return replace(record, topic=result)
