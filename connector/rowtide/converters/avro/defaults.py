"""Default values: from Connect values to the JSON that an Avro schema holds, and whether Avro takes them."""

from __future__ import annotations

from typing import Any

from rowtide.connect.java_numbers import to_float32
from rowtide.connect.logical import DECIMAL, unscaled_bytes
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.converters.avro import names
from rowtide.converters.avro.model import Array, AvroType, Map, Record, Single, Union
from rowtide.converters.avro.options import AVRO_UNION, GENERALIZED_UNION, DataOptions
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.converters.json_values import scale_of
from rowtide.errors import DataError

_INT_LIMIT, _LONG_LIMIT = 1 << 31, 1 << 63


def default_json(schema: Schema, value: Any, options: DataOptions) -> object:
    """A Connect value as JSON: bytes as ISO-8859-1 text, logical types as their encoded number, structs as objects.

    Raises:
        DataError: the value does not fit the schema.
    """
    if value is None:
        return None
    if schema.name == DECIMAL:
        return unscaled_bytes(value, scale_of(schema)).decode("latin-1")
    kind = schema.type
    try:
        if kind is SchemaType.BYTES:
            return bytes(value).decode("latin-1")
        if kind is SchemaType.FLOAT32:
            return Single(value)
        if kind is SchemaType.FLOAT64:
            return float(value)
        if kind is SchemaType.ARRAY:
            return [default_json(item_schema(schema), item, options) for item in value]
        if kind is SchemaType.MAP:
            return _map(schema, value, options)
        if kind is SchemaType.STRUCT:
            return _struct(schema, value, options)
    except (TypeError, ValueError, AttributeError) as error:
        raise DataError(f"Invalid type used for default value of {kind.value} field: {value!r}") from error
    return value  # int, bool and str are JSON as they are


def _map(schema: Schema, value: Any, options: DataOptions) -> object:
    keys, items = key_schema(schema), item_schema(schema)
    if keys.type is SchemaType.STRING and (not keys.optional or options.optional_map_keys):
        return {key: default_json(items, item, options) for key, item in value.items()}
    return [[default_json(keys, key, options), default_json(items, item, options)] for key, item in value.items()]


def _struct(schema: Schema, value: Struct, options: DataOptions) -> object:
    filled = (
        (item, item.schema.default if given is None else given)
        for item, given in zip(schema.fields, value.values, strict=True)
    )
    if schema.name == AVRO_UNION or schema.parameter(GENERALIZED_UNION) is not None:
        item, given = next(filled)
        return default_json(item.schema, given, options)
    return {
        names.scrub(item.name) if options.scrub_names else item.name: default_json(item.schema, given, options)
        for item, given in filled
    }


def widened(json: object) -> object:
    """The JSON as Java's Avro reads it back: 32-bit floats are doubles by then."""
    if isinstance(json, Single):
        return to_float32(json)
    if isinstance(json, list):
        return [widened(item) for item in json]
    if isinstance(json, dict):
        return {key: widened(item) for key, item in json.items()}
    return json


def fits(schema: AvroType, json: object) -> bool:
    """Whether Avro takes the JSON as a field's default. Of a union it is the first branch that counts."""
    kind = schema.kind
    if isinstance(schema, Union):
        return fits(schema.branches[0], json)
    if kind in ("int", "long"):
        limit = _INT_LIMIT if kind == "int" else _LONG_LIMIT
        return isinstance(json, int) and not isinstance(json, bool) and -limit <= json < limit
    if kind in ("float", "double"):
        return isinstance(json, int | float) and not isinstance(json, bool)
    if isinstance(schema, Array):
        return isinstance(json, list) and all(fits(schema.items, item) for item in json)
    if isinstance(schema, Map):
        return isinstance(json, dict) and all(fits(schema.values, item) for item in json.values())
    if isinstance(schema, Record):
        return isinstance(json, dict) and all(
            fits(item.type, json.get(item.name, item.default)) for item in schema.fields
        )
    return json is None if kind == "null" else isinstance(json, bool if kind == "boolean" else str)
