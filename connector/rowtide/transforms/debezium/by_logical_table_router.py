"""ByLogicalTableRouter: sends the changes of many tables to one topic, and keeps their keys apart."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rowtide.config.definition import Type, Width
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import STRING, Schema, Struct
from rowtide.errors import ConfigError
from rowtide.transforms.debezium.envelope import TopicSchemaCache, envelope, is_change, renamed
from rowtide.transforms.debezium.name_adjustment import SCHEMA_NAMES, name_adjuster
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, option, regex, required
from rowtide.transforms.java_regex import Replacement, compile_regex
from rowtide.transforms.structs import make_struct, require_fields, require_struct, values_of

log = logging.getLogger(__name__)

_REFUSAL = "Unable to validate config."
_PURPOSE = "Updating schema"
_TOPICS_MAX = 10_000
_OPTIONS = (
    option(
        "topic.regex",
        "Topic regex",
        "Expression that matches the whole topic of the records to be routed; others pass unchanged.",
        regex,
        required,
        width=Width.LONG,
    ),
    option(
        "topic.replacement",
        "Topic replacement",
        "Their new topic; `$1` and `${name}` stand for groups of the expression.",
        required,
        width=Width.LONG,
    ),
    option(
        "key.enforce.uniqueness",
        "Add source topic name into key",
        "Adds a field with the old topic to the key, so that equal keys of two tables stay apart.",
        type_=Type.BOOLEAN,
        default=True,
        width=Width.SHORT,
    ),
    option(
        "key.field.regex",
        "Key field regex",
        "Expression that matches the old topic, to take from it what is put into the key.",
        regex,
        width=Width.LONG,
    ),
    option(
        "key.field.replacement",
        "Key field replacement",
        "What is put into the key, with `$1` and `${name}` for groups of key.field.regex.",
        width=Width.LONG,
    ),
    option(
        "logical.table.cache.size",
        "Logical table cache size",
        "How many tables Debezium remembers; here it has no effect, since enough are remembered anyway.",
        type_=Type.INT,
        default=16,
        width=Width.LONG,
    ),
)
_UNDECLARED = (
    option("key.field.name", "Key field name", "", default="__dbz__physicalTableIdentifier", width=Width.LONG),
    SCHEMA_NAMES,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Attributes: topics: what became of the topics seen so far, None for those that do not match."""

    pattern: re.Pattern[str]
    replacement: Replacement
    topics: dict[str, str | None]

    def apply(self, topic: str) -> str | None:
        """None for a topic that does not match. Raises DataError for a reference to a group that does not exist."""
        if topic in self.topics:
            return self.topics[topic]
        matches = self.pattern.fullmatch(topic) is not None
        result = self.replacement.first(self.pattern, topic) if matches else None
        if len(self.topics) < _TOPICS_MAX:
            self.topics[topic] = result
        return result


@dataclass(frozen=True, slots=True)
class _Envelope:
    schema: Schema
    row: Schema
    before: int
    after: int


class ByLogicalTableRouter(DebeziumTransformation):
    """Sends the changes of many tables to one topic, and keeps their keys apart. It also takes `key.field.name`
    (`__dbz__physicalTableIdentifier`) and `schema.name.adjustment.mode` (`none`, `avro`, `avro_unicode`).
    """

    looks_at_values = False

    options = _OPTIONS
    undeclared = _UNDECLARED

    def set_up(self, settings: Settings) -> None:
        settings.recorded(_REFUSAL, *(each.key.name for each in _OPTIONS), "schema.name.adjustment.mode")
        self._topics = _rule(settings, "topic.regex", "topic.replacement")
        self._unique = settings.flag("key.enforce.uniqueness")
        self._key_field = settings.required_text("key.field.name")
        self._keys: _Rule | None = None
        if (settings.text("key.field.regex") or "").strip():
            if not (settings.text("key.field.replacement") or "").strip():
                raise ConfigError(_REFUSAL, hint="key.field.replacement must be non-empty if key.field.regex is set.")
            self._keys = _rule(settings, "key.field.regex", "key.field.replacement")
        self._adjust: Callable[[str], str] = name_adjuster(settings, SCHEMA_NAMES)
        self._key_schemas = TopicSchemaCache(self._key_schema)
        self._envelopes = TopicSchemaCache(self._envelope)
        self._warned = False

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError for a key that is no struct, or that has a field of that name already."""
        topic = self._topics.apply(record.topic)
        if topic is None:
            return record
        if not topic:
            return self._left_alone(record)
        key = None if record.key is None else self._key(record, topic)
        routed = replace(record, topic=topic, key_schema=None if key is None else key.schema, key=key)
        if record.value is None or not is_change(record):
            return routed
        value = self._value(envelope(record), topic)
        return replace(routed, value_schema=value.schema, value=value)

    def _left_alone(self, record: SourceRecord) -> SourceRecord:
        if not self._warned:
            self._warned = True
            log.warning("topic.replacement makes an empty topic of %s; such records are left as they are", record.topic)
        return record

    def _key(self, record: SourceRecord, topic: str) -> Struct:
        key = require_struct(record.key_schema, record.key, _PURPOSE)
        schema = self._key_schemas(key.schema, topic)
        identifier = [self._identifier(record.topic)] if self._unique else []
        return make_struct(schema, [*key.values, *identifier])

    def _identifier(self, topic: str) -> str:
        found = None if self._keys is None else self._keys.apply(topic)
        return topic if found is None else found

    def _key_schema(self, schema: Schema, topic: str) -> Schema:
        fields = [(field.name, field.schema) for field in require_fields(schema)]
        return renamed(
            schema, self._adjust(f"{topic}.Key"), [*fields, *([(self._key_field, STRING)] if self._unique else [])]
        )

    def _value(self, value: Struct, topic: str) -> Struct:
        made = self._envelopes(value.schema, topic)
        values = values_of(value, with_defaults=True)
        for place in (made.before, made.after):
            row = values[place]
            if row is not None:
                values[place] = make_struct(made.row, require_struct(None, row, _PURPOSE).values)
        return make_struct(made.schema, values)

    def _envelope(self, schema: Schema, topic: str) -> _Envelope:
        old_row = schema.field("before")
        row = renamed(
            old_row, self._adjust(f"{topic}.Value"), [(field.name, field.schema) for field in require_fields(old_row)]
        )
        fields = [(f.name, row if f.name in ("before", "after") else f.schema) for f in schema.fields]
        made = renamed(schema, self._adjust(f"{topic}.Envelope"), fields)
        return _Envelope(made, row, schema.index_of("before"), schema.index_of("after"))


def _rule(settings: Settings, expression: str, replacement: str) -> _Rule:
    pattern = compile_regex(settings.required_text(expression), expression)
    return _Rule(pattern, Replacement(settings.text(replacement) or ""), {})
