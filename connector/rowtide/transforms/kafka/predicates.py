"""Kafka's predicates: on a record's headers, value and topic."""

from __future__ import annotations

from rowtide.config.definition import REQUIRED, ConfigDef
from rowtide.connect.plugins import Config, Predicate
from rowtide.connect.record import SourceRecord
from rowtide.transforms.by_topic import ByTopic
from rowtide.transforms.java_regex import compile_regex, valid_regex
from rowtide.transforms.kafka.declare import not_empty_string, string

_HEADER_OPTIONS = ConfigDef([string("name", REQUIRED, "Name of the header.", validator=not_empty_string)])


class HasHeaderKey(Predicate):
    """True for records that have a header of a name."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _HEADER_OPTIONS

    def configure(self, config: Config) -> None:
        self._name = self.config_def().parse(config)["name"]

    def test(self, record: SourceRecord) -> bool:
        return any(header.name == self._name for header in record.headers)


class RecordIsTombstone(Predicate):
    """True for records without a value."""

    looks_at_values = False

    def configure(self, config: Config) -> None:
        pass

    def test(self, record: SourceRecord) -> bool:
        return record.value is None


def _pattern(name: str, value: object) -> str | None:
    return not_empty_string(name, value) or valid_regex(name, value)


_TOPIC_OPTIONS = ConfigDef(
    [string("pattern", REQUIRED, "Java regular expression that has to match a topic's whole name.", validator=_pattern)]
)


class TopicNameMatches(Predicate):
    """True for records of topics whose whole name matches an expression."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _TOPIC_OPTIONS

    def configure(self, config: Config) -> None:
        pattern = compile_regex(str(self.config_def().parse(config)["pattern"]), "pattern")
        self._matches = ByTopic(lambda topic: pattern.fullmatch(topic) is not None)

    def test(self, record: SourceRecord) -> bool:
        return self._matches[record.topic]
