"""ExtractField: one field takes the place of the whole key or value."""

from __future__ import annotations

from collections.abc import Mapping

from rowtide.config.definition import REQUIRED, ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import ConnectError, DataError
from rowtide.transforms.field_path import parse_path
from rowtide.transforms.kafka.declare import REPLACE_NULL, one_of_any_case, string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import SchemaCache, require_map, require_struct, value_at

_PURPOSE, _NESTED = "field extraction", "nested field access"
_OPTIONS = ConfigDef(
    [
        string("field", REQUIRED, "Name of the field, or with field.syntax.version `V2` the path to it."),
        REPLACE_NULL,
        string(
            "field.syntax.version",
            "V1",
            "`V1`: names of fields; `V2`: paths `a.b`, in which backticks surround names with dots.",
            Importance.HIGH,
            one_of_any_case("V1", "V2"),
        ),
    ]
)


class ExtractField(PartTransformation):
    """Puts one field in the place of the whole key or value."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._text = str(options["field"])
        nested = str(options["field.syntax.version"]).upper() == "V2"
        *self._way, self._last = parse_path(self._text) if nested else [self._text]
        self._with_default = bool(options["replace.null.with.default"])
        self._schemas = SchemaCache(self._field_schema)

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if schema is None:
            return self.with_part(record, None, None if value is None else self._from_map(value))
        struct = None if value is None else require_struct(schema, value, _PURPOSE)
        return self.with_part(record, self._schemas(schema), None if struct is None else self._from_struct(struct))

    def _field_schema(self, schema: Schema) -> Schema:
        for name in (*self._way, self._last):
            if schema.type is not SchemaType.STRUCT:
                raise DataError("Cannot look up fields on non-struct type")
            if not schema.has_field(name):
                raise ConnectError(f"Unknown field: {self._text}")
            schema = schema.field(name)
        return schema

    def _from_map(self, value: object) -> object:
        current: Mapping[str, object] = require_map(value, _PURPOSE)
        for name in self._way:
            inner = current.get(name)
            if inner is None:
                return None
            current = require_map(inner, _NESTED)
        return current.get(self._last)

    def _from_struct(self, struct: Struct) -> object:
        for name in self._way:
            inner = value_at(struct, name, with_default=True)
            if inner is None:
                return None
            struct = require_struct(struct.schema.field(name), inner, _NESTED)
        return value_at(struct, self._last, with_default=self._with_default)


class ExtractFieldKey(KeyPart, ExtractField):
    looks_at_values = False


class ExtractFieldValue(ValuePart, ExtractField):
    looks_at_values = False
