"""InsertField: adds facts about a record, or a fixed text, as fields of its key or value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowtide.config.definition import ConfigDef
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT32, OPTIONAL_INT32, OPTIONAL_STRING, STRING, Schema, SchemaType
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.kafka.declare import REPLACE_NULL, string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    make_struct,
    require_fields,
    require_map,
    require_struct,
    struct_schema_like,
    values_of,
)

_PURPOSE = "field insertion"
_MARK = " `!` at its end makes the field required, `?` optional (the default)."
_OPTIONS = ConfigDef(
    [
        string("topic.field", None, "Name of a field for the topic." + _MARK),
        string("partition.field", None, "Name of a field for the Kafka partition, where it is known." + _MARK),
        string("offset.field", None, "Of use for sinks only: records of a source have no offset yet." + _MARK),
        string("timestamp.field", None, "Name of a field for the record's timestamp." + _MARK),
        string("static.field", None, "Name of a field for the text of static.value." + _MARK),
        string("static.value", None, "That text."),
        REPLACE_NULL,
    ]
)
_TIMESTAMP = Schema(SchemaType.INT64, name="org.apache.kafka.connect.data.Timestamp", version=1)
_SCHEMAS = {
    "topic": (STRING, OPTIONAL_STRING),
    "partition": (INT32, OPTIONAL_INT32),
    "timestamp": (_TIMESTAMP, _TIMESTAMP.as_optional()),
    "static": (STRING, OPTIONAL_STRING),
}


@dataclass(frozen=True, slots=True)
class _Insertion:
    """Attributes: value: what is inserted, None for nothing."""

    name: str
    schema: Schema
    value: Callable[[SourceRecord], object]


class InsertField(PartTransformation):
    """Adds the topic, partition or timestamp, or a fixed text, as fields."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        if all(options[f"{name}.field"] is None for name in (*_SCHEMAS, "offset")):
            raise ConfigError("No field insertion configured")
        static = options["static.value"]
        if options["static.field"] is not None and static is None:
            raise ConfigError(
                "Invalid value null for configuration static.value: No value specified for static field: "
                f"{options['static.field']}"
            )
        values: dict[str, Callable[[SourceRecord], object]] = {
            "topic": lambda record: record.topic,
            "partition": lambda record: record.partition,
            "timestamp": lambda record: record.timestamp,
            "static": lambda _: static,
        }
        self._offset = options["offset.field"] is not None
        self._with_defaults = bool(options["replace.null.with.default"])
        self._insertions = [
            _insertion(str(options[f"{name}.field"]), schemas, values[name])
            for name, schemas in _SCHEMAS.items()
            if options[f"{name}.field"] is not None
        ]
        self._schemas = SchemaCache(self._extended)

    def _extended(self, schema: Schema) -> Schema:
        fields = [(field.name, field.schema) for field in require_fields(schema)]
        return struct_schema_like(schema, [*fields, *((each.name, each.schema) for each in self._insertions)])

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if value is None:
            return record
        if schema is None:
            return self._schemaless(record, value)
        struct = require_struct(schema, value, _PURPOSE)
        extended = self._schemas(struct.schema)
        self._refuse_offset()
        values = values_of(struct, with_defaults=self._with_defaults)
        # A required field without a value is left to the converter, as Connect does it.
        made = make_struct(struct.schema, values).values
        inserted = [insertion.value(record) for insertion in self._insertions]
        return self.with_part(record, extended, type(struct)(extended, [*made, *inserted]))

    def _schemaless(self, record: SourceRecord, value: object) -> SourceRecord:
        extended = dict(require_map(value, _PURPOSE))
        self._refuse_offset()
        inserted = ((insertion.name, insertion.value(record)) for insertion in self._insertions)
        extended.update((name, each) for name, each in inserted if each is not None)
        return self.with_part(record, None, extended)

    def _refuse_offset(self) -> None:
        if self._offset:
            raise DataError(
                f"Only SinkRecord supported for [{_PURPOSE}], found: org.apache.kafka.connect.source.SourceRecord"
            )


def _insertion(spec: str, schemas: tuple[Schema, Schema], value: Callable[[SourceRecord], object]) -> _Insertion:
    required, optional = schemas
    if spec.endswith("!"):
        return _Insertion(spec[:-1], required, value)
    return _Insertion(spec.removesuffix("?"), optional, value)


class InsertFieldKey(KeyPart, InsertField):
    looks_at_values = False


class InsertFieldValue(ValuePart, InsertField):
    looks_at_values = False
