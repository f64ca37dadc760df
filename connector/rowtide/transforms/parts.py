"""Transforms that work on a record's key or its value, as Connect's `$Key` and `$Value` classes do."""

from __future__ import annotations

from rowtide.connect.plugins import Config, Transformation
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema


class ConfiguredTransformation(Transformation):
    """A transform whose options are parsed by its own declaration."""

    def configure(self, config: Config) -> None:
        """Raises ConfigError naming every option that is missing or wrong."""
        self.set_options(self.config_def().parse(config))

    def set_options(self, options: dict[str, object]) -> None:
        """Called once with every declared option, parsed. Raises ConfigError for what only shows in combination."""


class PartTransformation(ConfiguredTransformation):
    """Works on one part of a record; `KeyPart` and `ValuePart` say which one."""

    def schema_of(self, record: SourceRecord) -> Schema | None:
        raise NotImplementedError

    def value_of(self, record: SourceRecord) -> object:
        raise NotImplementedError

    def with_part(self, record: SourceRecord, schema: Schema | None, value: object) -> SourceRecord:
        """A copy of the record with another schema and value in that part."""
        raise NotImplementedError


class KeyPart:
    """To be named before the transform's class: `class CastKey(KeyPart, Cast)`."""

    def schema_of(self, record: SourceRecord) -> Schema | None:
        return record.key_schema

    def value_of(self, record: SourceRecord) -> object:
        return record.key

    def with_part(self, record: SourceRecord, schema: Schema | None, value: object) -> SourceRecord:
        return record.changed(key_schema=schema, key=value)


class ValuePart:
    """As `KeyPart`."""

    def schema_of(self, record: SourceRecord) -> Schema | None:
        return record.value_schema

    def value_of(self, record: SourceRecord) -> object:
        return record.value

    def with_part(self, record: SourceRecord, schema: Schema | None, value: object) -> SourceRecord:
        return SourceRecord(
            record.topic,
            record.partition,
            record.key_schema,
            record.key,
            schema,
            value,
            record.headers,
            record.timestamp,
        )
