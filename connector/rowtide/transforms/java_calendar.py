"""Java's default calendar: Gregorian from 15 October 1582 on, Julian before, with the year 0 for 1 BC."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_MS = 86_400_000
_CUTOVER_YEAR = 1582
_GREGORIAN_FROM_DAY = -141_427
"""15 October 1582 in days since the epoch; the day before it was 4 October."""
_GREGORIAN_EPOCH, _JULIAN_EPOCH = 719_468, 719_470
"""Days from 1 March of the year 0 to the epoch, in each calendar."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC. Attributes: weekday: 0 for Monday; day_of_year: from 1."""

    year: int
    month: int
    day: int
    weekday: int
    day_of_year: int
    hour: int
    minute: int
    second: int
    millisecond: int

    @property
    def year_of_era(self) -> int:
        return self.year if self.year > 0 else 1 - self.year


def moment(timestamp_ms: int) -> Moment:
    """A time in ms since the epoch by its parts."""
    days, rest = divmod(timestamp_ms, _DAY_MS)
    year, month, day = _date(days)
    seconds, millisecond = divmod(rest, 1000)
    day_of_year = days - milliseconds(year, 1, 1) // _DAY_MS + 1
    return Moment(
        year, month, day, (days + 3) % 7, day_of_year, seconds // 3600, seconds // 60 % 60, seconds % 60, millisecond
    )


def milliseconds(year: int, month: int, day: int, *, within_year: bool = False) -> int:
    """The start of a day in ms since the epoch; months and days beyond their range count on.

    Args:
        within_year: the day is counted from the first of January, by the calendar that the year began with.
    """
    carry, index = divmod(month - 1, 12)
    gregorian = _days(year + carry, index + 1, gregorian=True) + day - 1
    julian = _days(year + carry, index + 1, gregorian=False) + day - 1
    if year < _CUTOVER_YEAR or (year == _CUTOVER_YEAR and (within_year or julian < _GREGORIAN_FROM_DAY)):
        return julian * _DAY_MS
    return (gregorian if gregorian >= _GREGORIAN_FROM_DAY else julian) * _DAY_MS


def _days(year: int, month: int, *, gregorian: bool) -> int:
    """Days since the epoch of the first of a month; years are counted from March, so that leap days end them."""
    year -= month <= 2
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5
    days = 365 * year + year // 4 + day_of_year
    return days - year // 100 + year // 400 - _GREGORIAN_EPOCH if gregorian else days - _JULIAN_EPOCH


def _date(days: int) -> tuple[int, int, int]:
    if days >= _GREGORIAN_FROM_DAY:
        era, day = divmod(days + _GREGORIAN_EPOCH, 146_097)
        year_of_era = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
        day_of_year = day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        year = era * 400 + year_of_era
    else:
        era, day = divmod(days + _JULIAN_EPOCH, 1461)
        year_of_era = min(day // 365, 3)
        day_of_year = day - 365 * year_of_era
        year = era * 4 + year_of_era
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + (month <= 2), month, day
