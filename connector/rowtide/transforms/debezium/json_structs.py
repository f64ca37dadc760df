"""Reads a JSON document as a struct whose schema is inferred from it, as EventRouter expands payloads.

Numbers are INT32, INT64 or FLOAT64 by their size. What Connect would refuse is refused: a list of values of different
types, and a number that has more digits than a long. Objects in a list get all fields that any of them has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace

from rowtide.connect.schema import (
    OPTIONAL_BOOLEAN,
    OPTIONAL_BYTES,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    Field,
    Schema,
    SchemaType,
    Struct,
    array,
)
from rowtide.errors import DataError
from rowtide.transforms.debezium.interning import shape

_OPTIONAL_FLOAT64 = Schema(SchemaType.FLOAT64, optional=True)
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "BOOLEAN"),
    (int, "NUMBER"),
    (float, "NUMBER"),
    (str, "STRING"),
    (list, "ARRAY"),
    (dict, "OBJECT"),
)


def parse(text: str) -> object:
    """The first JSON value of a text; what follows it is not looked at. Raises DataError if there is none."""
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError) as error:
        raise DataError(f"The payload is no JSON: {error}") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


class JsonStructs:
    """Attributes: null_is_bytes: a null makes an optional field of bytes; otherwise it makes none."""

    def __init__(self, name_field: Callable[[str], str], *, null_is_bytes: bool) -> None:
        self._name_field = name_field
        self._null_is_bytes = null_is_bytes

    def schema_of(self, name: str | None, value: object) -> Schema | None:
        """None for what has no type, as an empty list. Raises DataError for a list of several types."""
        if value is None:
            return OPTIONAL_BYTES if self._null_is_bytes else None
        if isinstance(value, list):
            return array(self._items(name, value), optional=True) if value else None
        return self._struct(name, value) if isinstance(value, dict) else _scalar(value)

    def _struct(self, name: str | None, value: dict[str, object]) -> Schema:
        fields: dict[str, Field] = {}
        for key, item in value.items():
            field_name = self._name_field(key)
            if not field_name:
                raise DataError("fieldName cannot be null.")
            path = f"{name}.{field_name}" if name and name.strip() else field_name
            schema = self.schema_of(path, item)
            if schema is not None and field_name not in fields:
                fields[field_name] = Field(field_name, schema)
        return Schema(SchemaType.STRUCT, optional=True, name=name, fields=tuple(fields.values()))

    def _items(self, name: str | None, values: list[object]) -> Schema:
        sample = self._sample(values)
        if isinstance(sample, dict):
            return _merged(self._struct(name, value) for value in values if isinstance(value, dict))
        schema = self.schema_of(None, sample)
        if schema is None:
            # The text of a list is empty in Jackson, and so is its name here.
            raise DataError("Array '' has unrecognized member schema.")
        return schema

    def _sample(self, values: list[object]) -> object:
        """The first value that is not null. Raises DataError if the others are not like it."""
        present = [value for value in values if value is not None]
        for value in present:
            if _kind(value) != _kind(present[0]):
                raise DataError(f"Field is not a homogenous array ({present[0]} x {_kind(value)}).")
            if _kind(value) == "NUMBER" and _scalar(value) is not _scalar(present[0]):
                raise DataError(f"Field is not a homogenous array ({present[0]} x {value}), different number types")
        return present[0] if present else None


def struct_of(schema: Schema, document: object) -> Struct:
    """The document as a value of the schema that was made of it. Raises DataError where it does not fit."""
    if schema.type is not SchemaType.STRUCT:
        raise DataError(f"Not a struct schema: {schema.type.name}")
    entries = document if isinstance(document, dict) else {}
    return Struct(schema, [_value(field.schema, entries.get(field.name)) for field in schema.fields])


def _value(schema: Schema, value: object) -> object:
    if value is None:
        if not schema.optional:
            raise DataError("Invalid value: null used for required value")
        return None
    if isinstance(value, dict):
        return struct_of(schema, value)
    if isinstance(value, list):
        items = schema.value_schema
        if schema.type is not SchemaType.ARRAY or items is None:
            raise DataError(f"A list is no value of type {schema.type.name}")
        return [_value(items, item) for item in value]
    if _scalar(value).type is not schema.type or _is_big(value):
        raise DataError(f"{value!r} is no value of type {schema.type.name}")
    return value


def _merged(schemas: Iterable[Schema]) -> Schema:
    """One schema with the fields of all; a field of bytes, which only stood for null, gives way to another."""
    distinct = list({shape(schema): schema for schema in schemas}.values())
    if len(distinct) == 1:
        return distinct[0]
    fields: dict[str, Field] = {}
    for field in (field for schema in distinct for field in schema.fields):
        known = fields.get(field.name)
        if known is None or (known.schema.type is SchemaType.BYTES and field.schema.type is not SchemaType.BYTES):
            fields[field.name] = field
    return replace(distinct[0], optional=False, fields=tuple(fields.values()))


def _kind(value: object) -> str:
    return next(kind for type_, kind in _KINDS if isinstance(value, type_))


def _scalar(value: object) -> Schema:
    if isinstance(value, bool):
        return OPTIONAL_BOOLEAN
    if isinstance(value, str):
        return OPTIONAL_STRING
    if isinstance(value, int) and not _is_big(value):
        return OPTIONAL_INT32 if -(1 << 31) <= value < 1 << 31 else OPTIONAL_INT64
    return _OPTIONAL_FLOAT64


def _is_big(value: object) -> bool:
    return isinstance(value, int) and not -(1 << 63) <= value < 1 << 63
