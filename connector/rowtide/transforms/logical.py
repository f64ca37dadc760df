"""Connect's logical types of time and their text."""

from __future__ import annotations

from decimal import Decimal

from rowtide.connect.schema import Schema
from rowtide.transforms.date_format import DateFormat

DATE, TIME, TIMESTAMP = (f"org.apache.kafka.connect.data.{name}" for name in ("Date", "Time", "Timestamp"))
DAY_MS = 86_400_000

_TIME_FORMAT = DateFormat("HH:mm:ss.SSS'Z'")
_DATE_FORMAT = DateFormat("yyyy-MM-dd")
_TIMESTAMP_FORMAT = DateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")


def date_ms(schema: Schema | None, value: object) -> int | None:
    """ms since the epoch of a value that Java holds as java.util.Date; None for other values."""
    if schema is None or schema.name not in (DATE, TIME, TIMESTAMP) or not isinstance(value, int):
        return None
    return value * DAY_MS if schema.name == DATE else value


def iso_text(milliseconds: int) -> str:
    """A time, date or both; which one depends on the number alone, as in Connect."""
    if milliseconds < DAY_MS:
        return _TIME_FORMAT.format(milliseconds)
    return (_TIMESTAMP_FORMAT if milliseconds % DAY_MS else _DATE_FORMAT).format(milliseconds)


def decimal_text(value: Decimal) -> str:
    """`BigDecimal.toString`, which has no negative zero."""
    return str(value) if value else str(value.copy_abs())
