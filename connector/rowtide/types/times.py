"""TIME, which may be negative and longer than a day."""

from __future__ import annotations

import re

from rowtide.connect.schema import SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Convert, Family, identity
from rowtide.types.modes import ValueModes
from rowtide.types.temporal import US_PER_DAY, connect_type, fraction, semantic

_TIME = re.compile(r"(-?)(\d+):(\d*)(?::(\d*))?(?:\.(\d*))?")
_DATE_AND_TIME = re.compile(r"\d*-\d*-\d* (\d*:\d*:\d*(?:\.\d*)?)")


def time_family(column: Column, modes: ValueModes) -> Family:
    """Only micro- and nanoseconds show times outside of 00:00 to 24:00; the other forms refuse them."""
    fallback: object = 0
    convert: Convert
    if modes.time == "connect":
        schema, convert = connect_type(SchemaType.INT32, "Time"), _milliseconds
    elif modes.time == "nanoseconds":
        schema, convert = semantic(SchemaType.INT64, "NanoTime"), _nanoseconds
    elif modes.time == "isostring":
        schema, convert, fallback = semantic(SchemaType.STRING, "IsoTime"), _iso, "00:00:00Z"
    else:
        schema, convert = semantic(SchemaType.INT64, "MicroTime"), identity
    return Family(schema, convert, fallback, lambda text: convert(parse_time(text)))


def parse_time(text: str) -> int:
    """µs of `[-]h:mm[:ss[.f]]`, or of the time of a date and time. Raises ValueError for other texts."""
    dated = _DATE_AND_TIME.fullmatch(text)
    match = _TIME.fullmatch(dated.group(1) if dated else text)
    if not match or not match.group(3):
        raise ValueError("not a time")
    sign, hours, minutes, seconds, digits = match.groups()
    microseconds = (int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)) * 1_000_000
    microseconds += int((digits or "").ljust(6, "0")[:6])
    return -microseconds if sign else microseconds


def _within_a_day(raw: int) -> int:
    microseconds = raw
    if not 0 <= microseconds <= US_PER_DAY:
        raise ValueError("not a time of the day")
    return microseconds


def _milliseconds(raw: int) -> int:
    return _within_a_day(raw) // 1000


def _nanoseconds(raw: int) -> int:
    return raw * 1000


def _iso(raw: int) -> str:
    seconds, microsecond = divmod(_within_a_day(raw) % US_PER_DAY, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction(microsecond)}Z"
