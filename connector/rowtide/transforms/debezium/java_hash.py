"""`hashCode` of Connect's values, as signed 32-bit numbers."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from decimal import Decimal

from rowtide.connect.java import string_hash
from rowtide.connect.logical import DATE, MS_PER_DAY, TIME, TIMESTAMP
from rowtide.connect.schema import Schema, SchemaType
from rowtide.errors import DataError
from rowtide.transforms.java_conversion import wrap

_PRIME = 31


def java_hash(schema: Schema | None, value: object) -> int:
    """Raises DataError for a struct: Java's hash of one is another in every process, so that nothing depends on it."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        return _of_number(schema, value)
    if isinstance(value, float):
        return _of_float(schema, value)
    if isinstance(value, str):
        return wrap(string_hash(value), 32)
    if isinstance(value, bytes):
        return _rolled(byte - 256 if byte > 127 else byte for byte in reversed(value))
    if isinstance(value, Decimal):
        return _of_decimal(value)
    return _of_collection(schema, value)


def _of_number(schema: Schema | None, value: int) -> int:
    if schema is not None and schema.name in (DATE, TIME, TIMESTAMP):
        value = value * MS_PER_DAY if schema.name == DATE else value
    elif schema is not None and schema.type in (SchemaType.INT8, SchemaType.INT16, SchemaType.INT32):
        return value
    return wrap(value ^ (value & (1 << 64) - 1) >> 32, 32)


def _of_float(schema: Schema | None, value: float) -> int:
    if schema is not None and schema.type is SchemaType.FLOAT32:
        return int(struct.unpack(">i", struct.pack(">f", value))[0]) if not math.isnan(value) else 0x7FC00000
    bits = int(struct.unpack(">Q", struct.pack(">d", value))[0]) if not math.isnan(value) else 0x7FF8 << 48
    return wrap(bits ^ bits >> 32, 32)


def _of_decimal(value: Decimal) -> int:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    unscaled = int("".join(map(str, digits)))
    words = []
    while unscaled:
        words.append(unscaled & 0xFFFFFFFF)
        unscaled >>= 32
    magnitude = 0
    for word in reversed(words):
        magnitude = (_PRIME * magnitude + word) & 0xFFFFFFFF
    return wrap(_PRIME * (-magnitude if sign else magnitude) - exponent, 32)


def _rolled(hashes: object) -> int:
    result = 1
    for each in hashes:  # type: ignore[attr-defined]
        result = (_PRIME * result + each) & 0xFFFFFFFF
    return wrap(result, 32)


def _of_collection(schema: Schema | None, value: object) -> int:
    items = None if schema is None else schema.value_schema
    if isinstance(value, list | tuple):
        return _rolled(java_hash(items, each) for each in value)
    if isinstance(value, Mapping):
        keys = None if schema is None else schema.key_schema
        return wrap(sum(java_hash(keys, k) ^ java_hash(items, v) for k, v in value.items()), 32)
    raise DataError("A struct cannot choose a partition: name one of its fields.")
