"""RegexRouter: changes a record's topic by a regular expression."""

from __future__ import annotations

from rowtide.config.definition import REQUIRED, ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.transforms.by_topic import ByTopic
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
        regex = compile_regex(str(options["regex"]), "regex")
        replacement = Replacement(str(options["replacement"]))
        self._topics = ByTopic(
            lambda topic: topic if regex.fullmatch(topic) is None else replacement.first(regex, topic)
        )

    def apply(self, record: SourceRecord) -> SourceRecord:
        topic = self._topics[record.topic]
        return record if topic == record.topic else record.changed(topic=topic)
