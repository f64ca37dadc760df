"""TIMESTAMP: an ISO text in UTC, in every `time.precision.mode`."""

from __future__ import annotations

from rowtide.connect.schema import SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Convert, Family
from rowtide.types.dates import is_zero_date, parse_datetime
from rowtide.types.modes import ValueModes
from rowtide.types.temporal import epoch_day, fraction, second_text, semantic

_EPOCH = "1970-01-01T00:00:00Z"


def timestamp_family(column: Column, modes: ValueModes) -> Family:
    """The binlog's show as many digits of a fraction as the column has; a snapshot's leave trailing zeros out."""
    shown = _of_width(column.length) if column.length else _trimmed
    selected = _null_for_zero(_trimmed)

    def default(text: str) -> object:
        if is_zero_date(text) or text == "1970-01-01 00:00:00":
            return None if column.optional else _EPOCH
        year, month, day, hour, minute, second, microsecond = parse_datetime(text)
        seconds = epoch_day(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
        return shown(seconds * 1_000_000 + microsecond)

    schema = semantic(SchemaType.STRING, "ZonedTimestamp")
    streamed = _null_for_zero(shown) if modes.zero_timestamps == "null" else shown
    return Family(schema, streamed, _EPOCH, default, convert_snapshot=selected)


def _null_for_zero(convert: Convert) -> Convert:
    def converted(raw: int) -> object:
        return None if raw == 0 else convert(raw)

    return converted


def _trimmed(raw: int) -> str:
    second, microsecond = divmod(raw, 1_000_000)
    return f"{second_text(second)}{fraction(microsecond)}Z"


def _of_width(digits: int) -> Convert:
    unit = 10 ** (6 - min(digits, 6))

    def convert(raw: int) -> str:
        second, microsecond = divmod(raw, 1_000_000)
        return f"{second_text(second)}.{microsecond // unit:0{digits}d}Z"

    return convert
