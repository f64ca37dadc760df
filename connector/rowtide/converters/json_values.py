"""Prepared functions between Connect values and JSON values, one for each schema object.

JSON values are what `rowtide.connect.json_text.encode` takes: floats are fragments already.
"""

from __future__ import annotations

import binascii
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from rowtide.connect.json_text import number_fragment
from rowtide.connect.logical import DECIMAL, decimal_text, from_unscaled_bytes, unscaled_bytes
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.errors import DataError

Convert = Callable[[Any], object]

_SPECIAL_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_PLAIN = frozenset(
    {SchemaType.INT8, SchemaType.INT16, SchemaType.INT32, SchemaType.INT64, SchemaType.BOOLEAN, SchemaType.STRING}
)


def _same(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class JsonOptions:
    """`decimal.format` (numeric or base64) and `replace.null.with.default`."""

    numeric_decimals: bool = False
    replace_null: bool = True


def encoder(schema: Schema, options: JsonOptions) -> Convert:
    """The function from values of a schema, null included, to JSON values. It raises DataError."""
    inner = _inner_encoder(schema, options)
    if schema.default is not None and options.replace_null:
        default = inner(schema.default)
        return lambda value: default if value is None else inner(value)
    if schema.optional:
        return inner if inner is _same else lambda value: None if value is None else inner(value)

    def required(value: object) -> object:
        if value is None:
            raise DataError("Conversion error: null value for field that is required and has no default value")
        return inner(value)

    return required


def default_to_json(schema: Schema, options: JsonOptions) -> object:
    return _inner_encoder(schema, options)(schema.default)


def _inner_encoder(schema: Schema, options: JsonOptions) -> Convert:
    """Of values that are not null."""
    kind = schema.type
    if schema.name == DECIMAL:
        return _decimal_encoder(schema, options)
    if kind in _PLAIN:
        return _same
    if kind is SchemaType.STRUCT:
        return _struct_encoder(schema, options)
    if kind is SchemaType.BYTES:
        return _base64
    if kind is SchemaType.FLOAT64:
        return number_fragment
    if kind is SchemaType.FLOAT32:
        return lambda value: number_fragment(value, single=True)
    item = encoder(item_schema(schema), options)
    if kind is SchemaType.ARRAY:
        return lambda value: [item(element) for element in value]
    return _map_encoder(schema, item, options)


def _base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode()


def _decimal_encoder(schema: Schema, options: JsonOptions) -> Convert:
    if options.numeric_decimals:
        return lambda value: orjson.Fragment(decimal_text(value))
    scale = scale_of(schema)
    return lambda value: _base64(unscaled_bytes(value, scale))


def scale_of(schema: Schema) -> int:
    scale = schema.parameter("scale")
    if scale is None:
        raise DataError("Invalid Decimal schema: scale parameter not found.")
    return int(scale)


def _struct_encoder(schema: Schema, options: JsonOptions) -> Convert:
    """Fields that need no conversion are copied together; only the others are called for."""
    names = tuple(field.name for field in schema.fields)
    encoders = [encoder(field.schema, options) for field in schema.fields]
    changed = [(i, convert) for i, convert in enumerate(encoders) if convert is not _same]

    def encode(value: Struct) -> object:
        values = list(value.values)
        try:
            for i, convert in changed:
                values[i] = convert(values[i])
        except DataError as error:
            raise DataError(f"Field {names[i]}: {error.message}") from error
        return dict(zip(names, values, strict=True))

    return encode


def _map_encoder(schema: Schema, item: Convert, options: JsonOptions) -> Convert:
    if key_schema(schema).type is SchemaType.STRING:
        return lambda value: {key: item(element) for key, element in value.items()}
    key_of = encoder(key_schema(schema), options)
    return lambda value: [[key_of(key), item(element)] for key, element in value.items()]


def schemaless(value: object, options: JsonOptions) -> object:
    """The JSON value of data without schema."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return number_fragment(value)
    if isinstance(value, bytes):
        return _base64(value)
    if isinstance(value, decimal.Decimal):
        if options.numeric_decimals:
            return orjson.Fragment(decimal_text(value))
        return _base64(unscaled_bytes(value, -int(value.as_tuple().exponent)))
    if isinstance(value, Struct):
        return encoder(value.schema, options)(value)
    if isinstance(value, list | tuple):
        return [schemaless(item, options) for item in value]
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: schemaless(item, options) for key, item in value.items()}
        return [[schemaless(key, options), schemaless(item, options)] for key, item in value.items()]
    raise DataError(f"JsonConverter cannot encode a value of type {type(value).__name__}.")


def decoder(schema: Schema) -> Convert:
    """The function from JSON values to values of a schema. It raises DataError."""
    inner = _inner_decoder(schema)

    def decode(json: object) -> object:
        if json is None:
            if schema.default is not None:
                return schema.default
            if schema.optional:
                return None
            raise DataError(f"Invalid null value for required {schema.type.value} field")
        try:
            return inner(json)
        except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise DataError(f"A JSON value does not fit its schema of type {schema.type.value}.") from error

    return decode


def _inner_decoder(schema: Schema) -> Convert:
    kind = schema.type
    if schema.name == DECIMAL:
        scale = scale_of(schema)
        return lambda json: _decimal(json, scale)
    if kind is SchemaType.STRUCT:
        fields = [(field.name, decoder(field.schema)) for field in schema.fields]
        return lambda json: Struct(schema, [decode(json.get(name)) for name, decode in fields])
    if kind is SchemaType.ARRAY:
        item = decoder(item_schema(schema))
        return lambda json: [item(element) for element in _list(json)]
    if kind is SchemaType.MAP:
        return _map_decoder(schema)
    return _PRIMITIVES[kind]


def _map_decoder(schema: Schema) -> Convert:
    item = decoder(item_schema(schema))
    if key_schema(schema).type is SchemaType.STRING:
        return lambda json: {key: item(element) for key, element in json.items()}
    key_of = decoder(key_schema(schema))
    return lambda json: {key_of(key): item(element) for key, element in _list(json)}


def _decimal(json: object, scale: int) -> decimal.Decimal:
    if isinstance(json, str):
        return from_unscaled_bytes(binascii.a2b_base64(json), scale)
    return decimal.Decimal(str(json)).quantize(decimal.Decimal(1).scaleb(-scale), context=decimal.Context(prec=4000))


def _list(json: object) -> list[Any]:
    if not isinstance(json, list):
        raise TypeError("not an array")
    return json


def _integer(json: object) -> int:
    if isinstance(json, bool) or not isinstance(json, int):
        raise TypeError("not an integer")
    return json


def _float(json: object) -> float:
    if isinstance(json, str):
        if json not in _SPECIAL_FLOATS:
            raise TypeError("not a number")
        return _SPECIAL_FLOATS[json]
    if isinstance(json, bool) or not isinstance(json, int | float):
        raise TypeError("not a number")
    return float(json)


def _boolean(json: object) -> bool:
    if not isinstance(json, bool):
        raise TypeError("not a boolean")
    return json


def _string(json: object) -> str:
    if not isinstance(json, str):
        raise TypeError("not a string")
    return json


_PRIMITIVES: dict[SchemaType, Convert] = {
    **dict.fromkeys((SchemaType.INT8, SchemaType.INT16, SchemaType.INT32, SchemaType.INT64), _integer),
    **dict.fromkeys((SchemaType.FLOAT32, SchemaType.FLOAT64), _float),
    SchemaType.BOOLEAN: _boolean,
    SchemaType.STRING: _string,
    SchemaType.BYTES: lambda json: binascii.a2b_base64(_string(json)),
}
