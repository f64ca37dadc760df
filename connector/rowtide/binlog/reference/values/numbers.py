"""Integers, floating point numbers, decimals, bits and years.

Integers are little-endian; decimals are groups of nine digits in big-endian integers of four bytes, the odd digits at
either end in as few bytes as hold them, the highest bit flipped, all bytes inverted when negative (decimal.c).
"""

from __future__ import annotations

import struct
from decimal import Decimal

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.reference.values.reader import ValueReader, fixed

_DIGITS_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
"""Bytes that so many digits take."""

_FLOAT = struct.Struct("<f")
_DOUBLE = struct.Struct("<d")

PRECISION_MAX = 65
SCALE_MAX = 38


def integer(size: int) -> ValueReader:
    return fixed(size, lambda cursor: cursor.sint(size))


def floating(size: int) -> ValueReader:
    packed = _FLOAT if size == 4 else _DOUBLE
    return fixed(size, lambda cursor: packed.unpack(cursor.take(size))[0])


def year() -> ValueReader:
    def read(cursor: Cursor) -> int:
        stored = cursor.u8()
        return stored + 1900 if stored else 0

    return fixed(1, read)


def bits(metadata: int) -> ValueReader:
    """BIT(n): metadata is n % 8 and n // 8."""
    odd, whole = metadata & 0xFF, metadata >> 8
    size = whole + (odd > 0)
    limit = 1 << (whole * 8 + odd)

    def read(cursor: Cursor) -> int:
        value = cursor.uint_be(size)
        if value >= limit:
            raise cursor.error(f"A BIT({whole * 8 + odd}) has more bits than that", cursor.offset - size)
        return value

    return fixed(size, read)


def decimal_size(precision: int, scale: int) -> int:
    """Bytes of a DECIMAL(precision, scale)."""
    whole = precision - scale
    return whole // 9 * 4 + _DIGITS_BYTES[whole % 9] + scale // 9 * 4 + _DIGITS_BYTES[scale % 9]


def decimal(metadata: int) -> ValueReader:
    """DECIMAL(p, s): metadata is p and s."""
    precision, scale = metadata & 0xFF, metadata >> 8
    return fixed(decimal_size(precision, scale), lambda cursor: read_decimal(cursor, precision, scale))


def read_decimal(cursor: Cursor, precision: int, scale: int) -> Decimal:
    """The number, with exactly `scale` digits after the point."""
    offset = cursor.offset
    packed = bytearray(cursor.take(decimal_size(precision, scale)))
    negative = not packed[0] & 0x80
    packed[0] ^= 0x80
    if negative:
        packed = bytearray(byte ^ 0xFF for byte in packed)
    whole = precision - scale
    widths = [whole % 9, *[9] * (whole // 9 + scale // 9), scale % 9]
    digits = ""
    at = 0
    for width in widths:
        size = _DIGITS_BYTES[width]
        group = str(int.from_bytes(packed[at : at + size], "big")) if size else ""
        if len(group) > width > 0:
            raise cursor.error(f"A DECIMAL({precision},{scale}) holds a group of more than {width} digits", offset)
        digits += group.zfill(width)
        at += size
    sign = 1 if negative and digits.strip("0") else 0
    return Decimal((sign, tuple(map(int, digits)), -scale))
