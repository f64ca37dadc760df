"""Prepared functions from Connect values to binary Avro, one for each pair of schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rowtide.connect.java import hash_map_order
from rowtide.connect.logical import DECIMAL, unscaled_bytes
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.converters.avro import names
from rowtide.converters.avro.binary import WRITERS, write_bytes, write_double, write_long, write_string
from rowtide.converters.avro.model import (
    ABSENT,
    Array,
    AvroType,
    EnumType,
    Fixed,
    Map,
    Primitive,
    Record,
    RecordField,
    Union,
    full_name,
    is_null,
)
from rowtide.converters.avro.options import DataOptions
from rowtide.converters.avro.schemas import has_string_keys, is_union
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.converters.json_values import scale_of
from rowtide.errors import DataError

Encode = Callable[[Any], bytes]

_END = b"\0"
_KINDS = {
    SchemaType.INT8: ("int", "long", "float", "double"),
    SchemaType.INT16: ("int", "long", "float", "double"),
    SchemaType.INT32: ("int", "long", "float", "double"),
    SchemaType.INT64: ("long", "float", "double"),
    SchemaType.FLOAT32: ("float", "double"),
    SchemaType.FLOAT64: ("double",),
    SchemaType.BOOLEAN: ("boolean",),
    SchemaType.STRING: ("string", "enum", "bytes"),
    SchemaType.BYTES: ("bytes", "fixed", "string"),
    SchemaType.ARRAY: ("array",),
    SchemaType.MAP: ("map", "array"),
    SchemaType.STRUCT: ("record",),
}
"""Kinds of Avro that can take a Connect type, the natural one first; the others only where a schema from elsewhere says
so (`use.latest.version`, `use.schema.id`)."""


def encoder(schema: Schema | None, avro: AvroType, options: DataOptions) -> Encode:
    """The function from values, null included, to bytes.

    It raises DataError, or what Python raises for a value of a wrong type, null where none may be included.

    Raises:
        DataError: the schemas do not fit.
    """
    if schema is None:
        return _anything
    if avro.kind == "bytes":  # a value that is nothing but bytes stands without its length
        return _unscaled(schema) if schema.name == DECIMAL else bytes
    return _Preparation(options).encoder(schema, avro)


class _Preparation:
    def __init__(self, options: DataOptions) -> None:
        self._options = options

    def encoder(self, schema: Schema, avro: AvroType) -> Encode:
        if is_union(schema) and schema.type is SchemaType.STRUCT:
            return self._sum(schema, avro)
        if not isinstance(avro, Union):
            return self._value(schema, avro)
        index = _branch(schema, avro)
        write = self._value(schema, avro.branches[index])
        prefix = write_long(index)
        null = next((i for i, branch in enumerate(avro.branches) if is_null(branch)), None)
        if null is None or not schema.optional:
            return lambda value: prefix + write(value)
        nothing = write_long(null)
        return lambda value: nothing if value is None else prefix + write(value)

    def _field(self, schema: Schema, avro: AvroType) -> Encode:
        """As `encoder`; null is the default where there is one."""
        write = self.encoder(schema, avro)
        if schema.default is None or self._options.ignore_default:
            return write
        default = write(schema.default)
        return lambda value: default if value is None else write(value)

    def _value(self, schema: Schema, avro: AvroType) -> Encode:
        """Of values that are not null."""
        if isinstance(avro, Union):
            raise _misfit(schema, avro)
        if isinstance(avro, Record):
            return self._struct(schema, avro)
        if isinstance(avro, EnumType):
            symbols = {symbol: write_long(i) for i, symbol in enumerate(avro.symbols)}
            return symbols.__getitem__
        if isinstance(avro, Fixed):
            return _fixed(schema, avro)
        if isinstance(avro, Map):
            return self._map(schema, avro)
        if isinstance(avro, Array):
            return self._entries(schema, avro) if schema.type is SchemaType.MAP else self._array(schema, avro)
        return _primitive(schema, avro)

    def _struct(self, schema: Schema, avro: Record) -> Encode:
        given = {
            names.scrub(item.name) if self._options.scrub_names else item.name: (i, item.schema)
            for i, item in enumerate(schema.fields)
        }
        if list(given) == [item.name for item in avro.fields]:
            encoders = [
                self._field(item.schema, field.type) for item, field in zip(schema.fields, avro.fields, strict=True)
            ]
            return _in_order(encoders)
        plan: list[tuple[int, Encode]] = []
        for field in avro.fields:
            if field.name in given:
                i, own = given[field.name]
                plan.append((i, self._field(own, field.type)))
            else:
                plan.append((0, _constant(field, avro)))
        return lambda value: b"".join([write(value.values[i]) for i, write in plan])

    def _array(self, schema: Schema, avro: Array) -> Encode:
        write = self.encoder(item_schema(schema), avro.items)

        def encode(value: Sequence[object]) -> bytes:
            if not value:
                return _END
            return write_long(len(value)) + b"".join([write(item) for item in value]) + _END

        return encode

    def _map(self, schema: Schema, avro: Map) -> Encode:
        """Entries are in the order of the HashMap that the Java converter copies them into."""
        if not has_string_keys(schema, self._options):
            raise _misfit(schema, avro)
        write = self.encoder(item_schema(schema), avro.values)

        def encode(value: Mapping[str, object]) -> bytes:
            if not value:
                return _END
            parts = [write_string(key) + write(value[key]) for key in hash_map_order(value)]
            return write_long(len(value)) + b"".join(parts) + _END

        return encode

    def _entries(self, schema: Schema, avro: Array) -> Encode:
        if not isinstance(avro.items, Record) or [item.name for item in avro.items.fields] != ["key", "value"]:
            raise _misfit(schema, avro)
        key, item = (field.type for field in avro.items.fields)
        write_key = self.encoder(key_schema(schema), key)
        write_item = self.encoder(item_schema(schema), item)

        def encode(value: Mapping[object, object]) -> bytes:
            if not value:
                return _END
            parts = [write_key(name) + write_item(element) for name, element in value.items()]
            return write_long(len(value)) + b"".join(parts) + _END

        return encode

    def _sum(self, schema: Schema, avro: AvroType) -> Encode:
        """A struct that stands for a union: the first field that is set is the value."""
        if not isinstance(avro, Union):
            raise _misfit(schema, avro)
        branches = [(i, branch) for i, branch in enumerate(avro.branches) if not is_null(branch)]
        null = next((write_long(i) for i, branch in enumerate(avro.branches) if is_null(branch)), None)
        if len(branches) != len(schema.fields):
            raise _misfit(schema, avro)
        writers = [
            (write_long(i), self._value(item.schema, branch))
            for item, (i, branch) in zip(schema.fields, branches, strict=True)
        ]

        def encode(value: Struct | None) -> bytes:
            if value is not None:
                for (prefix, write), item in zip(writers, value.values, strict=True):
                    if item is not None:
                        return prefix + write(item)
            if null is None:
                raise DataError("Found null value for non-optional schema")
            return null

        return encode


def _in_order(encoders: list[Encode]) -> Encode:
    def encode(value: Struct) -> bytes:
        return b"".join([write(item) for write, item in zip(encoders, value.values, strict=True)])

    return encode


def _branch(schema: Schema, avro: Union) -> int:
    """The branch that takes the values of a Connect schema: a natural one of the same name, else the first that can."""
    wanted = _KINDS[schema.type]
    fitting = [i for i, branch in enumerate(avro.branches) if branch.kind in wanted]
    for i in fitting:
        branch = avro.branches[i]
        if isinstance(branch, Record | EnumType | Fixed) and schema.name == full_name(branch):
            return i
    if not fitting:
        raise _misfit(schema, avro)
    return min(fitting, key=lambda i: wanted.index(avro.branches[i].kind))


def _primitive(schema: Schema, avro: Primitive) -> Encode:
    if avro.kind not in _KINDS[schema.type]:
        raise _misfit(schema, avro)
    if schema.name == DECIMAL:
        unscaled = _unscaled(schema)
        return lambda value: write_bytes(unscaled(value))
    if schema.type is SchemaType.STRING and avro.kind == "bytes":
        return write_string
    if schema.type is SchemaType.BYTES and avro.kind == "string":
        return write_bytes
    return WRITERS[avro.kind]


def _unscaled(schema: Schema) -> Encode:
    scale = scale_of(schema)
    return lambda value: unscaled_bytes(value, scale)


def _fixed(schema: Schema, avro: Fixed) -> Encode:
    if schema.type is not SchemaType.BYTES:
        raise _misfit(schema, avro)
    size = avro.size
    if schema.name == DECIMAL:
        unscaled_of = _unscaled(schema)

        def padded(value: Any) -> bytes:
            unscaled = unscaled_of(value)
            return _of_size(unscaled.rjust(size, b"\xff" if unscaled[0] & 0x80 else b"\0"), size)

        return padded
    return lambda value: _of_size(bytes(value), size)


def _of_size(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise DataError(f"A value of {len(data)} bytes does not fit the Avro type fixed({size}).")
    return data


def _constant(field: RecordField, record: Record) -> Encode:
    """What is written for a field that only the registered schema has."""
    if field.default is ABSENT:
        raise DataError(
            f"The registered schema {full_name(record)} has the field {field.name}, which the record lacks and which "
            "has no default.",
            hint="Give it a default, or register the connector's own schema (auto.register.schemas=true).",
        )
    data = json_encoded(field.type, field.default)
    return lambda _value: data


def json_encoded(avro: AvroType, json: Any) -> bytes:
    """A schema's JSON default as binary Avro; of a union it is the first branch."""
    try:
        if isinstance(avro, Union):
            return write_long(0) + json_encoded(avro.branches[0], json)
        if isinstance(avro, Record):
            parts = [json_encoded(item.type, json.get(item.name, item.default)) for item in avro.fields]
            return b"".join(parts)
        if isinstance(avro, EnumType):
            return write_long(avro.symbols.index(json))
        if isinstance(avro, Fixed):
            return _of_size(json.encode("latin-1"), avro.size)
        if isinstance(avro, Array):
            items = [json_encoded(avro.items, item) for item in json]
            return (write_long(len(items)) + b"".join(items) if items else b"") + _END
        if isinstance(avro, Map):
            items = [write_string(key) + json_encoded(avro.values, item) for key, item in json.items()]
            return (write_long(len(items)) + b"".join(items) if items else b"") + _END
        return WRITERS[avro.kind](json.encode("latin-1") if avro.kind == "bytes" else json)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise DataError(f"The default {json!r} does not fit its Avro schema.") from error


def first_null(schema: Schema, value: object) -> str | None:
    """The path of the first null that has no place where it is; for messages."""
    if value is None:
        return None if schema.optional or schema.default is not None else ""
    if isinstance(value, Struct):
        for item, given in zip(schema.fields, value.values, strict=False):
            path = first_null(item.schema, given)
            if path is not None:
                return f"{item.name}.{path}".rstrip(".")
    return None


def _misfit(schema: Schema, avro: AvroType) -> DataError:
    name = f" {schema.name}" if schema.name else ""
    return DataError(f"A Connect {schema.type.value}{name} cannot be written as the Avro type {avro.kind}.")


_ANYTHING_FIELDS = ("boolean", "bytes", "double", "float", "int", "long", "string", "array", "map")


def _anything(value: object) -> bytes:
    """The record `Anything` around one value without schema. Java's AvroData has no way for bytes, nor has this."""
    if value is None:
        return _END * len(_ANYTHING_FIELDS)
    if isinstance(value, bool):
        return _anything_with("boolean", WRITERS["boolean"](value))
    if isinstance(value, int):
        return _anything_with("long", write_long(value))
    if isinstance(value, float):
        return _anything_with("double", write_double(value))
    if isinstance(value, str):
        return _anything_with("string", write_string(value))
    if isinstance(value, list | tuple):
        items = b"".join([_anything(item) for item in value])
        return _anything_with("array", (write_long(len(value)) + items if value else b"") + _END)
    if isinstance(value, Mapping):
        items = b"".join([_anything(key) + _anything(item) for key, item in value.items()])
        return _anything_with("map", (write_long(len(value)) + items if value else b"") + _END)
    raise DataError(f"Unknown type for schemaless data: {type(value).__name__}")


def _anything_with(field: str, data: bytes) -> bytes:
    place = _ANYTHING_FIELDS.index(field)
    return _END * place + b"\2" + data + _END * (len(_ANYTHING_FIELDS) - place - 1)
