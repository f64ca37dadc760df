"""HoistField: wraps a key or value into a struct of one field."""

from __future__ import annotations

from rowtide.config.definition import REQUIRED, ConfigDef
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Field, Schema, SchemaType
from rowtide.transforms.kafka.declare import string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import SchemaCache, make_struct

_OPTIONS = ConfigDef([string("field", REQUIRED, "Name of the field that holds what was the whole key or value.")])


class HoistField(PartTransformation):
    """Wraps the key or value into a struct, or map, of one field."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._field = str(options["field"])
        self._schemas = SchemaCache(self._wrapped)

    def _wrapped(self, schema: Schema) -> Schema:
        return Schema(SchemaType.STRUCT, fields=(Field(self._field, schema),))

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if schema is None:
            return self.with_part(record, None, {self._field: value})
        wrapped = self._schemas(schema)
        return self.with_part(record, wrapped, make_struct(wrapped, [value]))


class HoistFieldKey(KeyPart, HoistField):
    looks_at_values = False


class HoistFieldValue(ValuePart, HoistField):
    looks_at_values = False
