"""What transforms do with structs and schemas: checked access with Connect's error texts, and schemas made once."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from rowtide.connect.schema import Field, Schema, SchemaType, Struct
from rowtide.connect.shape import Unknown
from rowtide.errors import DataError

T = TypeVar("T")

_SCHEMAS_MAX = 1000
_DATES = tuple(f"org.apache.kafka.connect.data.{name}" for name in ("Date", "Time", "Timestamp"))
_DECIMAL = "org.apache.kafka.connect.data.Decimal"
_CLASSES = {
    SchemaType.INT8: "java.lang.Byte",
    SchemaType.INT16: "java.lang.Short",
    SchemaType.INT32: "java.lang.Integer",
    SchemaType.FLOAT32: "java.lang.Float",
}
_OTHER_CLASSES = {
    SchemaType.INT64: "java.lang.Long",
    SchemaType.FLOAT64: "java.lang.Double",
    SchemaType.BOOLEAN: "java.lang.Boolean",
    SchemaType.STRING: "java.lang.String",
    SchemaType.BYTES: "java.nio.HeapByteBuffer",
    SchemaType.ARRAY: "java.util.ArrayList",
    SchemaType.MAP: "java.util.HashMap",
    SchemaType.STRUCT: "org.apache.kafka.connect.data.Struct",
}


class SchemaCache(Generic[T]):
    """What was made of a schema, for the schemas that were used last.

    Connect keeps 16; a connector with more tables would then get a new schema for every record here, and with it new
    encoders, since schemas are compared by identity.
    """

    def __init__(self, make: Callable[[Schema], T]) -> None:
        self._make = make
        self._made: dict[Schema, T] = {}

    def __call__(self, schema: Schema) -> T:
        """Raises whatever making it raises, each time anew."""
        made = self._made.get(schema)
        if made is not None and len(self._made) < _SCHEMAS_MAX // 2:
            return made  # nothing is to be dropped soon, so that their order is of no matter
        self._made.pop(schema, None)
        if made is None:
            made = self._make(schema)
            if len(self._made) >= _SCHEMAS_MAX:
                del self._made[next(iter(self._made))]
        self._made[schema] = made
        return made


def struct_schema_like(source: Schema, fields: Iterable[tuple[str, Schema]]) -> Schema:
    """A required struct schema with the name, version, doc and parameters of another, and without its default.

    Raises:
        DataError: two fields have one name, or one has none.
    """
    named: dict[str, Field] = {}
    for name, schema in fields:
        if not name:
            raise DataError("fieldName cannot be null.")
        if name in named:
            raise DataError(f"Cannot create field because of field name duplication {name}")
        named[name] = Field(name, schema)
    return Schema(
        SchemaType.STRUCT,
        name=source.name,
        version=source.version,
        doc=source.doc,
        parameters=source.parameters,
        fields=tuple(named.values()),
    )


def rebuilt(schema: Schema, fields: Iterable[tuple[str, Schema]]) -> Schema:
    """As `struct_schema_like`, but optional and with its default where the source is and has one.

    The default must be a struct of the result's fields.
    """
    return replace(struct_schema_like(schema, fields), optional=schema.optional, default=schema.default)


def make_struct(schema: Schema, values: Sequence[object]) -> Struct:
    """A struct of values, one a field, which are of the right types.

    Raises:
        DataError: a required field's value is None.
    """
    if len(values) != len(schema.fields):
        raise ValueError(f"{len(values)} values for a struct of {len(schema.fields)} fields")
    for i in schema.required:
        if values[i] is None:
            check_null(schema.fields[i])
    return Struct(schema, values)


def check_null(field: Field) -> None:
    """Raises DataError if the field must not be null."""
    if not field.schema.optional:
        raise DataError(
            f'Invalid value: null used for required field: "{field.name}", schema type: {field.schema.type.name}'
        )


def values_of(struct: Struct, *, with_defaults: bool) -> list[object]:
    """A struct's values in order; with defaults, as Connect's `Struct.get`, a null has its field's default."""
    values = list(struct.values)
    if with_defaults:
        for i, default in struct.schema.defaults:
            if values[i] is None:
                values[i] = default
    return values


def value_at(struct: Struct, name: str, *, with_default: bool) -> object:
    """One field's value. Raises DataError if there is no such field."""
    if name not in struct:
        raise DataError(f"{name} is not a valid field name")
    value = struct[name]
    return struct.schema.field(name).default if value is None and with_default else value


def require_schema(schema: Schema | None, purpose: str) -> Schema:
    """Raises DataError if there is none."""
    if schema is None:
        raise DataError(f"Schema required for [{purpose}]")
    return schema


def require_map(value: object, purpose: str) -> Mapping[str, object]:
    """Raises DataError if it is none. `value` has no schema."""
    if not isinstance(value, Mapping):
        raise DataError(
            f"Only Map objects supported in absence of schema for [{purpose}], found: {_name_or_null(None, value)}"
        )
    return value


def require_struct(schema: Schema | None, value: object, purpose: str) -> Struct:
    """Raises DataError if it is none; `schema` is the value's."""
    if not isinstance(value, Struct):
        raise DataError(f"Only Struct objects supported for [{purpose}], found: {_name_or_null(schema, value)}")
    return value


def require_fields(schema: Schema) -> tuple[Field, ...]:
    """A struct schema's fields. Raises DataError for another schema."""
    if schema.type is not SchemaType.STRUCT:
        raise DataError("Cannot list fields on non-struct type")
    return schema.fields


def _name_or_null(schema: Schema | None, value: object) -> str:
    return "null" if value is None else java_class(schema, value)


def java_class(schema: Schema | None, value: object) -> str:
    """The name of the class in which Connect holds a value; whole numbers without a schema are Longs."""
    if schema is not None and schema.name in _DATES:
        return "java.util.Date"
    if isinstance(value, Unknown):
        return _class_of_schema(value.schema)
    if isinstance(value, bool):
        return "java.lang.Boolean"
    if isinstance(value, int):
        return "java.lang.Long" if schema is None else _CLASSES.get(schema.type, "java.lang.Long")
    if isinstance(value, float):
        return "java.lang.Double" if schema is None else _CLASSES.get(schema.type, "java.lang.Double")
    for type_, name in _BY_TYPE:
        if isinstance(value, type_):
            return name
    raise DataError(f"A value of type {type(value).__name__} is none of Connect's.")


def _class_of_schema(schema: Schema) -> str:
    if schema.name == _DECIMAL:
        return "java.math.BigDecimal"
    return _CLASSES.get(schema.type) or _OTHER_CLASSES[schema.type]


_BY_TYPE: tuple[tuple[type, str], ...] = (
    (str, "java.lang.String"),
    (bytes, "java.nio.HeapByteBuffer"),
    (decimal.Decimal, "java.math.BigDecimal"),
    (datetime.datetime, "java.util.Date"),
    (list, "java.util.ArrayList"),
    (tuple, "java.util.ArrayList"),
    (Mapping, "java.util.HashMap"),
    (Struct, "org.apache.kafka.connect.data.Struct"),
)
