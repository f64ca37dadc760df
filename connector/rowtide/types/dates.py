"""DATE, DATETIME and YEAR. Zero dates, and dates of which a part is zero, count as NULL."""

from __future__ import annotations

import re
from collections.abc import Callable

from rowtide.connect.schema import Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.modes import ValueModes
from rowtide.types.temporal import adjusted_year, connect_type, epoch_day, fraction, semantic

DateTimeParts = tuple[int, int, int, int, int, int, int]

_ZERO_DATE = re.compile(r"(\d{4}-\d{2}-00|\d{4}-00-\d{2}|0000-\d{2}-\d{2})( 00:00:00(\.\d{1,6})?)?|0")
_DATE_TIME = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?")
_INT64_MAX = (1 << 63) - 1
_NS_PER_DAY = 86_400_000_000_000


def date_family(column: Column, modes: ValueModes) -> Family:
    if modes.time == "isostring":
        schema, fallback = semantic(SchemaType.STRING, "IsoDate"), "1970-01-01Z"

        def convert(raw: tuple[int, int, int]) -> object:
            year, month, day = raw
            if not (year and month and day):
                return None
            year = adjusted_year(year, modes)
            epoch_day(year, month, day)
            return f"{year:04d}-{month:02d}-{day:02d}Z"

        return Family(schema, convert, fallback, _default(column, fallback, lambda parts: convert(parts[:3])))
    schema = connect_type(SchemaType.INT32, "Date") if modes.time == "connect" else semantic(SchemaType.INT32, "Date")

    def days(raw: tuple[int, int, int]) -> object:
        year, month, day = raw
        if not (year and month and day):
            return None
        return epoch_day(adjusted_year(year, modes), month, day)

    return Family(schema, days, 0, _default(column, 0, lambda parts: days(parts[:3])))


def datetime_family(column: Column, modes: ValueModes) -> Family:
    """Without a zone; encoded as if it were UTC. Coarser units are rounded towards the past."""
    schema, encode, fallback = _datetime_form(column, modes)

    def convert(raw: DateTimeParts) -> object:
        year, month, day, *_ = parts = raw
        if not (year and month and day):
            return None
        return encode((adjusted_year(year, modes), *parts[1:]))

    return Family(schema, convert, fallback, _default(column, fallback, convert))


def _datetime_form(column: Column, modes: ValueModes) -> tuple[Schema, Callable[[DateTimeParts], object], object]:
    if modes.time == "isostring":
        return semantic(SchemaType.STRING, "IsoTimestamp"), _iso, "1970-01-01T00:00:00Z"
    if modes.time == "nanoseconds":
        return semantic(SchemaType.INT64, "NanoTimestamp"), _nanoseconds, 0
    if modes.time == "connect":
        return connect_type(SchemaType.INT64, "Timestamp"), _milliseconds, 0
    if modes.time == "microseconds" or (column.length or 0) > 3:
        return semantic(SchemaType.INT64, "MicroTimestamp"), _microseconds, 0
    return semantic(SchemaType.INT64, "Timestamp"), _milliseconds, 0


def _microseconds(parts: DateTimeParts) -> int:
    year, month, day, hour, minute, second, microsecond = parts
    day_seconds = epoch_day(year, month, day) * 86400
    return (day_seconds + hour * 3600 + minute * 60 + second) * 1_000_000 + microsecond


def _milliseconds(parts: DateTimeParts) -> int:
    return _microseconds(parts) // 1000


def _nanoseconds(parts: DateTimeParts) -> int:
    """Raises ValueError beyond the years that 64 bits hold, about 1677 to 2262."""
    midnight = epoch_day(*parts[:3]) * _NS_PER_DAY
    moment = _microseconds(parts) * 1000
    if not (-_INT64_MAX <= midnight <= _INT64_MAX and -_INT64_MAX <= moment <= _INT64_MAX):
        raise ValueError("beyond the range of nanoseconds in 64 bits")
    return moment


def _iso(parts: DateTimeParts) -> str:
    year, month, day, hour, minute, second, microsecond = parts
    epoch_day(year, month, day)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}{fraction(microsecond)}Z"


def parse_datetime(text: str) -> DateTimeParts:
    """The parts of `yyyy-mm-dd[ hh:mm[:ss[.f]]]`. Raises ValueError for other texts."""
    match = _DATE_TIME.fullmatch(text)
    if not match:
        raise ValueError("not a date or time")
    year, month, day, hour, minute, second, digits = match.groups("0")
    return int(year), int(month), int(day), int(hour), int(minute), int(second), int(digits.ljust(9, "0")) // 1000


def is_zero_date(text: str) -> bool:
    """Whether a default expression stands for the zero date or a date of which a part is zero."""
    return _ZERO_DATE.fullmatch(text) is not None


def _default(column: Column, epoch: object, convert: Callable[[DateTimeParts], object]) -> Callable[[str], object]:
    """An unusable date counts as none in a nullable column, as the epoch in others."""
    unusable = None if column.optional else epoch

    def default(text: str) -> object:
        if is_zero_date(text):
            return unusable
        try:
            value = convert(parse_datetime(text))
        except ValueError:
            return unusable
        return unusable if value is None else value  # None: a part is zero, beside a time of day

    return default


def year_family(column: Column, modes: ValueModes) -> Family:
    """The zero year is 1900 in the binlog (its byte counts from there) and 0 elsewhere, which the fix-up makes 2000."""

    def streamed(raw: int) -> int:
        return adjusted_year(raw or 1900, modes)

    def selected(raw: int) -> int:
        return adjusted_year(raw, modes)

    def default(text: str) -> int:
        return adjusted_year(int(text), modes)

    return Family(semantic(SchemaType.INT32, "Year"), streamed, 0, default, convert_snapshot=selected)
