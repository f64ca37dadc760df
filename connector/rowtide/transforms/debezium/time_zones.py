"""Time zones by the names that Java takes, and values moved between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from rowtide.errors import DataError

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})(?::(\d{2}))?")
_OFFSET_MAX = timedelta(hours=18)
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{0,9}))?)?(Z|[+-]\d{2}:\d{2}(?::\d{2})?)", re.IGNORECASE
)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{0,9}))?)?(Z|[+-]\d{2}:\d{2}(?::\d{2})?)", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local time, put into zones
_NOT_ZONES = frozenset(("Factory", "localtime", "posixrules"))


def zone_of(name: str) -> tzinfo | None:
    """A zone by its name or as `+08:00`; None if there is none."""
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        delta = _delta(offset)
        return timezone(delta) if abs(delta) <= _OFFSET_MAX else None
    return ZoneInfo(name) if name in available_timezones() - _NOT_ZONES else None


def _delta(offset: re.Match[str]) -> timedelta:
    delta = timedelta(hours=int(offset[2]), minutes=int(offset[3]), seconds=int(offset[4] or 0))
    return -delta if offset[1] == "-" else delta


def _seconds(zone: tzinfo, local: datetime) -> int:
    """A zone's offset at a local time; the earlier one where there are two, that before the gap where there is none."""
    offset = local.replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def local_to_instant(zone: tzinfo, value: int, per_second: int) -> int:
    """Takes a local time, in parts of a second since 1970 as if in UTC, for one of that zone.

    Raises:
        DataError: it lies beyond the years 1 to 9999.
    """
    return value - _seconds(zone, _moment(value // per_second)) * per_second


def instant_to_local(zone: tzinfo, value: int, per_second: int) -> int:
    """The local time in that zone, in parts of a second since 1970 as if in UTC. Raises as `local_to_instant`."""
    offset = _moment(value // per_second).replace(tzinfo=UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return value + round(offset.total_seconds()) * per_second


def _moment(seconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise DataError(f"The time {seconds} s since 1970 lies beyond the years 1 to 9999.") from None


def zoned_timestamp(zone: tzinfo, text: str) -> str:
    """The same instant with the zone's offset, which is looked up for the time that the text shows, as in Debezium.

    Raises:
        DataError: the text is no timestamp with offset.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    try:
        shown = datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise _unreadable(text) from None
    offset = _seconds(zone, shown)
    moved = shown + timedelta(seconds=offset - _offset_seconds(match[8]))
    return f"{moved:%Y-%m-%dT%H:%M:%S}{_fraction(match[7])}{_offset_text(offset)}"


def zoned_time(zone: tzinfo, text: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> str:
    """The same time of day with the zone's offset of today. Raises as `zoned_timestamp`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    offset = now().astimezone(zone).utcoffset()
    assert offset is not None
    seconds = round(offset.total_seconds())
    of_day = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    of_day = (of_day + seconds - _offset_seconds(match[5])) % 86_400
    clock = f"{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
    return f"{clock}{_fraction(match[4])}{_offset_text(seconds)}"


def _unreadable(text: str) -> DataError:
    return DataError(f"Text '{text}' could not be parsed at index 0")


def _offset_seconds(text: str) -> int:
    match = _OFFSET.fullmatch(text)
    return 0 if match is None else round(_delta(match).total_seconds())


def _fraction(digits: str | None) -> str:
    kept = (digits or "").rstrip("0")
    return f".{kept}" if kept else ""


def _offset_text(seconds: int) -> str:
    if not seconds:
        return "Z"
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return f"{text}:{size % 60:02}" if size % 60 else text
