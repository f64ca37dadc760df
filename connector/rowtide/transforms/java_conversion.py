"""Numbers as Java narrows, rounds and parses them."""

from __future__ import annotations

import math
import re
import struct
from decimal import Context, Decimal

from rowtide.connect.java_numbers import to_float32

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,10})?")  # digits of any script, as in Java
_FLOAT = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)")
_HEX_FLOAT = re.compile(r"([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?")
_EXACT = Context(prec=10_000)
_LOW_HALF = 1 << 28
"""Of the 29 bits by which a double is longer than a float: the pattern of a value in the middle of two floats."""


def wrap(number: int, bits: int) -> int:
    """The low bits as a signed number."""
    half = 1 << (bits - 1)
    return (number + half) % (1 << bits) - half


def truncate(number: float, bits: int) -> int:
    """`(int) x` or `(long) x`: toward zero, and the nearest limit beyond the range; NaN is 0."""
    if math.isnan(number):
        return 0
    limit = 1 << (bits - 1)
    if math.isinf(number):
        return limit - 1 if number > 0 else -limit
    return max(-limit, min(limit - 1, int(number)))


def parse_integer(text: str, bits: int) -> int | None:
    """`Integer.parseInt` and its like; None where that throws."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(1 << (bits - 1)) <= number < 1 << (bits - 1) else None


def parse_decimal(text: str) -> Decimal | None:
    """`new BigDecimal(text)`; None where that throws."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def parse_float(text: str, *, single: bool = False) -> float | None:
    """`Double.parseDouble`, or `Float.parseFloat`; None where that throws."""
    trimmed = text.strip("".join(map(chr, range(33))))
    hexadecimal = _HEX_FLOAT.fullmatch(trimmed)
    if hexadecimal is not None:
        number = float.fromhex(hexadecimal[1])
        return to_float32(number) if single else number
    if not _FLOAT.fullmatch(trimmed):
        return None
    plain = trimmed.rstrip("fFdD") if not trimmed.endswith("Infinity") else trimmed
    if not single or "N" in plain or "I" in plain:
        return float(plain.replace("Infinity", "inf"))
    return nearest_float32(_EXACT.create_decimal(plain))


def nearest_float32(number: int | Decimal) -> float:
    """The 32-bit float nearest to an exact number, which is not always nearest to the double nearest to it."""
    try:
        double = float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    if math.isinf(double):
        return double
    (bits,) = struct.unpack("<q", struct.pack("<d", double))
    if bits & (2 * _LOW_HALF - 1) == _LOW_HALF and Decimal(double) != number:
        double = math.nextafter(double, math.inf if Decimal(double) < number else -math.inf)
    return to_float32(double)
