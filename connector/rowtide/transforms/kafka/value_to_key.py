"""ValueToKey: makes the key anew from fields of the value."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rowtide.config.definition import ConfigDef
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, struct
from rowtide.errors import DataError
from rowtide.transforms.kafka.declare import REPLACE_NULL, names
from rowtide.transforms.parts import ConfiguredTransformation
from rowtide.transforms.structs import SchemaCache, make_struct, require_map, require_struct, value_at

_PURPOSE = "copying fields from value to key"
_OPTIONS = ConfigDef([names("fields", "Fields of the value that make the key, in this order."), REPLACE_NULL])


class ValueToKey(ConfiguredTransformation):
    """Makes the key anew from fields of the value."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._fields = cast("list[str]", options["fields"])
        self._with_default = bool(options["replace.null.with.default"])
        self._schemas = SchemaCache(self._key_schema)

    def _key_schema(self, schema: Schema) -> Schema:
        for i, name in enumerate(self._fields):
            if not schema.has_field(name):
                raise DataError(f"Field does not exist: {name}")
            if name in self._fields[:i]:
                raise DataError(f"Cannot create field because of field name duplication {name}")
        return struct(None, *((name, schema.field(name)) for name in self._fields))

    def apply(self, record: SourceRecord) -> SourceRecord:
        if record.value_schema is None:
            value = require_map(record.value, _PURPOSE)
            return replace(record, key_schema=None, key={name: value.get(name) for name in self._fields})
        row = require_struct(record.value_schema, record.value, _PURPOSE)
        schema = self._schemas(row.schema)
        values = [value_at(row, name, with_default=self._with_default) for name in self._fields]
        return replace(record, key_schema=schema, key=make_struct(schema, values), value_schema=row.schema)
