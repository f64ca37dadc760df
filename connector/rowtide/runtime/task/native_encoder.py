"""Keys and values of single records by the native engine: bytes that are known are passed on, others are made there.

It writes what the converter's format says (`rowtide.connect.formats`); whatever that does not cover is the converter's.
"""

from __future__ import annotations

from typing import Any, TypeVar

from rowtide import native
from rowtide.connect.encoded import EncodedStruct
from rowtide.connect.formats import NoFormatError, PayloadFormat
from rowtide.connect.logical import DECIMAL
from rowtide.connect.schema import Schema, SchemaType
from rowtide.errors import DataError, RetriableError

_KEPT_MAX = 2000
"""Schemas that are kept prepared, and frames of topics."""

_INTEGERS = {SchemaType.INT8: 8, SchemaType.INT16: 16, SchemaType.INT32: 32, SchemaType.INT64: 64}
_LEAVES = {
    SchemaType.FLOAT32: "single",
    SchemaType.FLOAT64: "double",
    SchemaType.BOOLEAN: "bool",
    SchemaType.STRING: "text",
    SchemaType.BYTES: "bytes",
}

Frame = tuple[bytes, bytes]
_NOTHING = None, None
K = TypeVar("K")
V = TypeVar("V")


class PartPreparation:
    """How keys, or values, are written, for `_native.PartEncoder`. Used from one thread."""

    def __init__(self, format_: PayloadFormat, *, is_key: bool) -> None:
        self._format = format_
        self._is_key = is_key
        self._encoders: dict[Schema, Any | None] = {}
        self._frames: dict[tuple[str, Schema], Frame | None] = {}

    def __call__(self, topic: str, schema: Schema) -> tuple[Frame | None, Any | None] | None:
        """What stands around values, and their encoder; each None where the converter is to be asked. None instead of
        both where that is so for this time only.
        """
        if schema.type is not SchemaType.STRUCT:
            return _NOTHING
        key = topic, schema
        if key in self._frames:
            frame = self._frames[key]
        else:
            try:
                frame = self._format.frame(topic, schema)
            except NoFormatError:
                frame = None
            except (DataError, RetriableError):
                return None  # the converter meets it again, and says it
            _kept(self._frames, key, frame)
        if frame is None:
            return _NOTHING
        if schema not in self._encoders:
            _kept(self._encoders, schema, self._encoder(schema))
        return frame, self._encoders[schema]

    def _encoder(self, schema: Schema) -> Any | None:
        try:
            described = _described(self._format, schema)
        except (NoFormatError, DataError):
            return None
        return native.required().ValueEncoder(described, self._format.name, None if self._is_key else EncodedStruct)


def part_encoder(format_: PayloadFormat, *, is_key: bool) -> Any:
    """A `_native.PartEncoder` for keys or values."""
    return native.required().PartEncoder(is_key, EncodedStruct, PartPreparation(format_, is_key=is_key))


def _kept(entries: dict[K, V], key: K, value: V) -> None:
    if len(entries) >= _KEPT_MAX:
        entries.clear()
    entries[key] = value


def _described(format_: PayloadFormat, schema: Schema) -> tuple[object, ...]:
    """How values of a schema are written, as `_native.ValueEncoder` takes it. Raises DataError where that is not so."""
    head = format_.value_prefix(schema), format_.null(schema)
    if schema.name == DECIMAL:
        scale = schema.parameter("scale")
        if schema.type is not SchemaType.BYTES or scale is None or not scale.isdecimal():
            raise NoFormatError("a decimal without a scale")
        return "decimal", *head, int(scale)
    if schema.type in _INTEGERS:
        return "int", *head, _INTEGERS[schema.type]
    if schema.type in _LEAVES:
        return _LEAVES[schema.type], *head
    if schema.type is SchemaType.STRUCT:
        fields = [
            (format_.field_prefix(schema, i), _described(format_, field.schema))
            for i, field in enumerate(schema.fields)
        ]
        return "struct", *head, schema, fields, format_.struct_end(schema)
    if schema.type is SchemaType.ARRAY and schema.value_schema is not None:
        return "array", *head, _described(format_, schema.value_schema)
    raise NoFormatError(f"values of type {schema.type.value}")
