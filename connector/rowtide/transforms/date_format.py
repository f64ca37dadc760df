"""Times as text by Java's `SimpleDateFormat`, in UTC and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rowtide.errors import ConfigError
from rowtide.transforms.java_calendar import Moment, milliseconds, moment

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_REFUSED = {
    "Y": "the year of the week", "w": "the week of the year", "W": "the week of the month",
    "F": "the number of the week day in its month",
}  # fmt: skip
"""Letters whose meaning depends on the locale of Java's machine."""
_NUMERIC = "yMLdDHkKhmsSu"
_SUPPORTED = "GyMLdDEuaHkKhmsSzZX"
_TOKENS = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<open>')|(?P<letter>[A-Za-z])(?P=letter)*|(?P<other>[^A-Za-z'])")
_NUMBER = re.compile("-?[0-9]+")
_FIELDS = {"L": "M", "k": "H", "K": "h", "u": "E"}
"""Letters that set the same field as another one."""
_WRAPPED = {"k": 24, "h": 12}
"""The number that is the hour 0."""
_DAY_MS = 86_400_000
_ISO_OFFSETS = {
    1: re.compile("([+-])([0-9]{2})()"),
    2: re.compile("([+-])([0-9]{2})([0-9]{2})"),
    3: re.compile("([+-])([0-9]{2}):([0-9]{2})"),
}
_GMT_OFFSET = re.compile("([+-])([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class _Part:
    """Attributes: letter: empty for a literal; obey: take no more digits than letters when parsing."""

    letter: str
    text: str
    obey: bool = False


class _Read:
    """What parsing found: numbers by the field of Java's calendar that they set, the last one at the end."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.offset_minutes = 0
        self.not_before: int | None = None
        """Where the year was given by two digits that may mean either end of the 100 years: when these begin."""

    def note(self, letter: str, number: int) -> None:
        name = _FIELDS.get(letter, letter)
        self.values.pop(name, None)
        self.values[name] = number

    def century(self, two_digits: int) -> int:
        """Of a year in the 100 years that begin 80 years before now."""
        now = datetime.now(UTC)
        first = now.year - 80
        if two_digits == first % 100:
            begun = now - datetime(now.year, 1, 1, tzinfo=UTC)
            self.not_before = milliseconds(first, 1, 1) + begun // timedelta(milliseconds=1)
        return first // 100 * 100 + (100 if two_digits < first % 100 else 0)

    def newer(self, one: str, other: str) -> bool:
        """Whether the one is there and was set after the other, or the other is not there."""
        order = list(self.values)
        return one in order and (other not in order or order.index(one) > order.index(other))


class DateFormat:
    """One pattern. Immutable."""

    def __init__(self, pattern: str) -> None:
        """Raises ConfigError for letters that Java does not know, with its words, and for those of `_REFUSED`."""
        self.pattern = pattern
        self._parts = _compile(pattern)

    def format(self, timestamp_ms: int) -> str:
        """The text of a time in ms since the epoch."""
        at = moment(timestamp_ms)
        return "".join(_print(part, at) if part.letter else part.text for part in self._parts)

    def parse(self, text: str) -> int | None:
        """The time in ms since the epoch, None if the text does not match.

        As in Java fields overflow into each other (month 13), and text behind what matches is ignored.
        """
        read = _Read()
        at = 0
        for part in self._parts:
            if not part.letter:
                if not text.startswith(part.text, at):
                    return None
                at += len(part.text)
                continue
            # Blanks before a number count among its digits where their number is given.
            last = at + len(part.text) if part.obey else len(text)
            while _is_blank_before(part, text, at):
                at += 1
            end = _parse(part, text, (at, last), read)
            if end is None:
                return None
            at = end
        return _resolve(read)


def _is_blank_before(part: _Part, text: str, at: int) -> bool:
    return text[at : at + 1] in (" ", "\t") and (_is_number(part) or part.letter in "zZX")


def _compile(pattern: str) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    for match in _TOKENS.finditer(pattern):
        if match["open"]:
            raise ConfigError("Unterminated quote")
        if match["letter"]:
            _check(match["letter"])
            parts.append(_Part(match["letter"], match[0]))
        else:
            literal = match["other"] or match["quoted"].replace("''", "'") or "'"
            parts.append(_Part("", literal))
    return tuple(
        _Part(part.letter, part.text, part.letter != "" and _is_number(following))
        for part, following in zip(parts, [*parts[1:], _Part("", "")], strict=False)
    )


def _check(letter: str) -> None:
    if letter in _REFUSED:
        raise ConfigError(
            f"The pattern letter '{letter}' ({_REFUSED[letter]}) is not supported.",
            hint="It means something else in every country; use y, M and d.",
        )
    if letter not in _SUPPORTED:
        raise ConfigError(f"Illegal pattern character '{letter}'")


def _is_number(part: _Part) -> bool:
    if part.letter in ("M", "L"):
        return len(part.text) <= 2
    return part.letter != "" and part.letter in _NUMERIC


def _print(part: _Part, at: Moment) -> str:
    count = len(part.text)
    match part.letter:
        case "G":
            return "AD" if at.year > 0 else "BC"
        case "y":
            return f"{at.year_of_era % 100:02d}" if count == 2 else f"{at.year_of_era:0{count}d}"
        case "M" | "L" if count > 2:
            return _MONTHS[at.month - 1] if count > 3 else _MONTHS[at.month - 1][:3]
        case "E":
            return _DAYS[at.weekday] if count > 3 else _DAYS[at.weekday][:3]
        case "a":
            return "AM" if at.hour < 12 else "PM"
        case "z":
            return "Coordinated Universal Time" if count > 3 else "UTC"
        case "Z":
            return "+0000"
        case "X":
            return "Z"
    return f"{_field(part.letter, at):0{count}d}"


def _field(letter: str, at: Moment) -> int:
    match letter:
        case "M" | "L":
            return at.month
        case "d":
            return at.day
        case "D":
            return at.day_of_year
        case "u":
            return at.weekday + 1
        case "H":
            return at.hour
        case "k":
            return at.hour or 24
        case "K":
            return at.hour % 12
        case "h":
            return at.hour % 12 or 12
        case "m":
            return at.minute
        case "s":
            return at.second
    return at.millisecond


def _parse(part: _Part, text: str, place: tuple[int, int], read: _Read) -> int | None:
    """Notes one field; answers where it ends, None if it is not there.

    Args:
        place: where it begins, and where it ends at the latest.
    """
    at, last = place
    match part.letter:
        case "M" | "L" if len(part.text) > 2:
            return _parse_name(_MONTHS, "M", text, at, read)
        case "E":
            return _parse_name(_DAYS, "E", text, at, read)
        case "a":
            return _parse_name(("AM", "PM"), "a", text, at, read)
        case "G":
            return _parse_name(("BC", "AD"), "G", text, at, read)
        case "z" | "Z" | "X":
            return _parse_zone(part, text, at, read)
    if last > len(text):
        return None
    found = _NUMBER.match(text, at, last)
    if found is None:
        return None
    number = int(found[0])
    if part.letter == "y" and len(part.text) <= 2 and re.fullmatch("[0-9]{2}", found[0]):
        number += read.century(number)
    if part.letter == "u" and not 1 <= number <= 7:
        number -= 1  # then Java takes it for a day of its own count, which begins on Sunday
    limit = _WRAPPED.get(part.letter)
    read.note(part.letter, 0 if number == limit else number)
    return found.end()


def _parse_name(names: tuple[str, ...], letter: str, text: str, at: int, read: _Read) -> int | None:
    # Each name is tried whole, then by its first three letters.
    for length in (None, 3):
        for i, name in enumerate(names):
            wanted = name[:length].lower()
            if text[at : at + len(wanted)].lower() == wanted:
                read.note(letter, i + 1 if letter in ("M", "E") else i)
                return at + len(wanted)
    return None


def _parse_zone(part: _Part, text: str, at: int, read: _Read) -> int | None:
    """A zone is UTC, GMT or an offset: X takes the form by its count, Z and z take +hhmm and GMT+hh:mm."""
    read.offset_minutes = 0
    if part.letter == "X":
        form = _ISO_OFFSETS.get(len(part.text))
        return at + 1 if text.startswith("Z", at) else _parse_offset(form, text, at, read)
    for name in ("Coordinated Universal Time", "UTC", "GMT"):
        if text[at : at + len(name)].upper() == name.upper():
            at += len(name)
            if name == "GMT" and text[at : at + 1] in ("+", "-"):
                return _parse_offset(_GMT_OFFSET, text, at, read)
            return at
    return _parse_offset(_ISO_OFFSETS[2], text, at, read)


def _parse_offset(form: re.Pattern[str] | None, text: str, at: int, read: _Read) -> int | None:
    found = None if form is None else form.match(text, at)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 23 or minutes > 59:
        return None
    read.offset_minutes = (hours * 60 + minutes) * (-1 if found[1] == "-" else 1)
    return found.end()


def _resolve(read: _Read) -> int:
    """The time that the fields make: of two that say the same in different ways the later one counts."""
    values = read.values
    year = values.get("y", 1970)
    if values.get("G") == 0:
        year = 1 - year
    clock = (_hour(read) * 60 + values.get("m", 0) - read.offset_minutes) * 60 + values.get("s", 0)
    time = clock * 1000 + values.get("S", 0)
    found = _date(read, year) + time
    if read.not_before is not None and found < read.not_before:
        return _date(read, year + 100) + time
    return found


def _date(read: _Read, year: int) -> int:
    values = read.values
    if read.newer("D", "d"):
        return milliseconds(year, 1, values["D"], within_year=True)
    first = milliseconds(year, values.get("M", 1), values.get("d", 1))
    if "d" in values or "E" not in values:
        return first
    # A week day alone means the first such day of the month.
    return first + (values["E"] - 1 - moment(first).weekday) % 7 * _DAY_MS


def _hour(read: _Read) -> int:
    values = read.values
    half = values.get("h", 0) + 12 * values.get("a", 0)
    both = "h" in values and "a" in values
    if "H" in values and not (both and (read.newer("h", "H") or read.newer("a", "H"))):
        return values["H"]
    return half
