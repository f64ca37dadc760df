"""Single values: from the forms JSON can carry to exact Python ones. Pure; bad input raises ValueError or TypeError."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from rowtide_sdk.column import UNITS_US

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - DATETIME columns have no zone; they are encoded as if they were UTC
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_DAY = timedelta(days=1)
_SMALLEST_NORMAL = 2.0**-126
"""32-bit floats from there on hold any six digits; of smaller ones Java shows two at least."""


def as_bytes(wire: str | bytes) -> bytes:
    """Bytes as Avro has them, or of the base64 text that stands for them in JSON."""
    return wire if isinstance(wire, bytes) else base64.b64decode(wire, validate=True)


def bytes_from_text(text: str, encoding: str = "base64") -> bytes:
    """Bytes from RFC 4648 text (standard or URL alphabet) or hex digits."""
    if encoding == "hex":
        return bytes.fromhex(text)
    return base64.b64decode(text, altchars=b"-_" if encoding == "base64-url-safe" else None, validate=True)


def decimal_from_wire(wire: str | bytes, scale: int) -> Decimal:
    """Connect's Decimal: the unscaled value, big-endian two's complement of any length."""
    return decimal_from_unscaled(as_bytes(wire), scale)


def decimal_from_unscaled(unscaled: bytes, scale: int) -> Decimal:
    # Through text, because Decimal arithmetic would round to the context's 28 digits.
    return Decimal(f"{int.from_bytes(unscaled, 'big', signed=True)}E{-scale}")


def bits_from_wire(wire: str | bytes) -> int:
    """BIT(n): Debezium writes the bytes little-endian."""
    return int.from_bytes(as_bytes(wire), "little")


def single(wire: object) -> float:
    """A 32-bit float as the float of its shortest decimal digits, which JSON has in the first place."""
    if not isinstance(wire, float) or wire - wire != 0:  # text or digits of JSON; NaN and infinities
        return float(wire)  # type: ignore[arg-type] # what is no number raises
    encoded = struct.pack("f", wire)
    for digits in range(6 if abs(wire) >= _SMALLEST_NORMAL else 2, 9):
        short = float(f"{wire:.{digits}g}")
        if struct.pack("f", short) == encoded:
            return short
    return float(f"{wire:.9g}")


def microseconds(count: int, unit: str) -> int:
    """The count in microseconds, rounded down."""
    factor, divisor = UNITS_US[unit]
    return count * factor // divisor


def date_from_days(days: int) -> date:
    return date.fromordinal(_EPOCH_ORDINAL + days)


def naive_datetime(count: int, unit: str) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds(count, unit))


def duration(count: int, unit: str) -> timedelta:
    return timedelta(microseconds=microseconds(count, unit))


def time_of_day(since_midnight: timedelta) -> time:
    """A time within one day.

    Raises:
        ValueError: MySQL's TIME reaches from -838 to 838 hours; what is outside a day is a timedelta, never a time.
    """
    if not timedelta(0) <= since_midnight < _DAY:
        raise ValueError("a TIME below 00:00 or from 24:00 on is no time of day; annotate timedelta")
    return (_EPOCH + since_midnight).time()


def zoned_datetime(text: str) -> datetime:
    """ISO text with an offset or Z, as UTC; digits below a microsecond are cut off.

    Raises:
        ValueError: not ISO text, or no offset in it.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a timestamp with time zone has no offset")
    return value.astimezone(UTC)


def iso_date(text: str) -> date:
    return date.fromisoformat(text.removesuffix("Z"))


def iso_time(text: str) -> time:
    return time.fromisoformat(text.removesuffix("Z"))


def iso_naive_datetime(text: str) -> datetime:
    """ISO text of a DATETIME: the Z that Debezium writes stands for no zone the column has."""
    return datetime.fromisoformat(text.removesuffix("Z"))


def enum_item(text: str) -> str:
    """Debezium writes a comma inside an item as backslash comma, in values as in its list of the allowed ones."""
    return text.replace("\\,", ",")


def set_items(text: str) -> list[str]:
    """Items of a SET, in the column's order; commas cannot occur in them."""
    return text.split(",") if text else []
