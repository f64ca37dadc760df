"""Schemas of dates and times by `time.precision.mode`, and the calendar they count in (proleptic Gregorian, UTC)."""

from __future__ import annotations

import datetime
from functools import lru_cache

from rowtide.connect.schema import Schema, SchemaType
from rowtide.types.modes import ValueModes

EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
US_PER_DAY = 86_400_000_000


def semantic(kind: SchemaType, name: str) -> Schema:
    """A semantic type of Debezium, version 1."""
    return Schema(kind, name=f"io.debezium.time.{name}", version=1)


def connect_type(kind: SchemaType, name: str) -> Schema:
    """A logical type of Kafka Connect, version 1."""
    return Schema(kind, name=f"org.apache.kafka.connect.data.{name}", version=1)


def adjusted_year(year: int, modes: ValueModes) -> int:
    """The two-digit fix-up; applies to a real year 1 as well."""
    if not modes.time_adjuster or year > 99:
        return year
    return year + 2000 if year <= 69 else year + 1900


def epoch_day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. Raises ValueError for a day that the calendar does not have."""
    return datetime.date(year, month, day).toordinal() - EPOCH_ORDINAL


def fraction(microsecond: int) -> str:
    """`.5` for half a second, empty for none."""
    return f".{microsecond:06d}".rstrip("0") if microsecond else ""


@lru_cache(maxsize=4096)
def second_text(second: int) -> str:
    """`2020-01-02T03:04:05` of seconds since the epoch; cached since rows of one event share their seconds."""
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=second)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if second >= 0 else moment.isoformat()[:19]
