"""Flatten: brings the fields of nested structs or maps to the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rowtide.config.definition import ConfigDef
from rowtide.connect.java import hash_map
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import DataError
from rowtide.transforms.kafka.declare import string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    check_null,
    java_class,
    require_fields,
    require_map,
    require_struct,
    struct_schema_like,
    value_at,
)

_PURPOSE = "flattening"
_OPTIONS = ConfigDef([string("delimiter", ".", "Stands between the names of which a field's new name is made.")])
_REFUSED = ("java.util.Date", "java.math.BigDecimal")


class Flatten(PartTransformation):
    """Brings the fields of nested structs or maps to the top, under names made of all on the way."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._delimiter = str(options["delimiter"])
        self._schemas = SchemaCache(self._flattened)

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if value is None:
            return record
        if schema is None:
            return self.with_part(record, None, dict(self._entries(require_map(value, _PURPOSE), "")))
        struct = require_struct(schema, value, _PURPOSE)
        flat = self._schemas(schema)
        values: list[object] = [None] * len(flat.fields)
        self._fill(struct, "", flat, values)
        return self.with_part(record, flat, Struct(flat, values))

    def _name(self, prefix: str, name: str) -> str:
        return f"{prefix}{self._delimiter}{name}" if prefix else name

    def _entries(self, value: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
        # Where two get one name, the order of Java's maps decides which of them stays.
        for key, each in hash_map(value).items():
            name = self._name(prefix, key)
            if isinstance(each, Mapping):
                yield from self._entries(each, name)
                continue
            class_name = "" if each is None else java_class(None, each)
            if class_name in _REFUSED:
                raise DataError(
                    f"Flatten transformation was passed a value of type class {class_name} which is not supported by "
                    "Connect's data API"
                )
            if isinstance(each, Struct):
                raise DataError(
                    f"Flatten transformation does not support class {class_name} for record without schemas "
                    f"(for field {name})."
                )
            yield name, each

    def _flattened(self, schema: Schema) -> Schema:
        default = schema.default if isinstance(schema.default, Struct) else None
        return struct_schema_like(schema, self._fields(schema, "", schema.optional, default))

    def _fields(
        self, schema: Schema, prefix: str, optional: bool, defaults: Struct | None
    ) -> Iterator[tuple[str, Schema]]:
        """The flat fields, which are optional, and have defaults, where they or a struct around them are and have."""
        for field in require_fields(schema):
            name = self._name(prefix, field.name)
            field_optional = optional or field.schema.optional
            default = field.schema.default
            if default is None and defaults is not None:
                default = value_at(defaults, field.name, with_default=True)
            if field.schema.type is SchemaType.STRUCT:
                inner = default if isinstance(default, Struct) else None
                yield from self._fields(field.schema, name, field_optional, inner)
            elif field.schema.type is SchemaType.MAP:
                raise _unsupported(field.schema, name)
            else:
                yield name, replace(field.schema, optional=field_optional, default=default)

    def _fill(self, struct: Struct, prefix: str, flat: Schema, values: list[object]) -> None:
        for field, value in zip(struct.schema.fields, struct.values, strict=True):
            name = self._name(prefix, field.name)
            if field.schema.type is SchemaType.MAP:
                raise _unsupported(field.schema, name)
            if field.schema.type is SchemaType.STRUCT:
                if isinstance(value, Struct):
                    self._fill(value, name, flat, values)
                continue
            index = flat.index_of(name)
            values[index] = field.schema.default if value is None else value
            if values[index] is None:
                check_null(flat.fields[index])


def _unsupported(schema: Schema, name: str) -> DataError:
    return DataError(
        f"Flatten transformation does not support {schema.type.name} for record with schemas (for field {name})."
    )


class FlattenKey(KeyPart, Flatten):
    pass


class FlattenValue(ValuePart, Flatten):
    pass
