"""Connect's logical types: names, and the bytes of a Decimal."""

from __future__ import annotations

import decimal

from rowtide.errors import DataError

DECIMAL = "org.apache.kafka.connect.data.Decimal"
DATE = "org.apache.kafka.connect.data.Date"
TIME = "org.apache.kafka.connect.data.Time"
TIMESTAMP = "org.apache.kafka.connect.data.Timestamp"

MS_PER_DAY = 86_400_000

_CONTEXT = decimal.Context(prec=4000, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)


def unscaled_bytes(value: decimal.Decimal, scale: int) -> bytes:
    """The unscaled number as the shortest big-endian two's complement.

    Raises:
        DataError: it has more digits than the scale, or is infinite or no number.
    """
    if not value.is_finite():
        raise DataError(f"A Decimal cannot be {value}.")
    shifted = _CONTEXT.scaleb(value, scale)
    number = int(shifted)
    if number != shifted:
        raise DataError(f"A Decimal has more than the {scale} decimal digits of its schema.")
    magnitude = number if number >= 0 else ~number
    return number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def from_unscaled_bytes(data: bytes, scale: int) -> decimal.Decimal:
    return _CONTEXT.scaleb(decimal.Decimal(int.from_bytes(data, "big", signed=True)), -scale)


def decimal_text(value: decimal.Decimal) -> str:
    """`BigDecimal.toString`: plain, or scientific for a negative scale and for very small numbers; zero has no sign."""
    return str(value) if value else str(value.copy_abs())
