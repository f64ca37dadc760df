"""RegexRouter: changes a record's topic by a regular expression."""

from __future__ import annotations

from dataclasses import replace

from rowtide.config.definition import REQUIRED, ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.transforms.java_regex import Replacement, compile_regex, valid_regex
from rowtide.transforms.kafka.declare import string
from rowtide.transforms.parts import ConfiguredTransformation

_OPTIONS = ConfigDef(
    [
        string("regex", REQUIRED, "Expression that has to match a topic's whole name.", Importance.HIGH, valid_regex),
        string(
            "replacement",
            REQUIRED,
            "Takes the place of what the expression finds first in the name; `$1` and `${name}` stand for groups.",
            Importance.HIGH,
        ),
    ]
)


class RegexRouter(ConfiguredTransformation):
    """Changes the topic by a regular expression."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._regex = compile_regex(str(options["regex"]), "regex")
        self._replacement = Replacement(str(options["replacement"]))

    def apply(self, record: SourceRecord) -> SourceRecord:
        if self._regex.fullmatch(record.topic) is None:
            return record
        return replace(record, topic=self._replacement.first(self._regex, record.topic))
