"""Reads Java `.properties` files, the form of worker configurations and of file-based secrets.

Format: the documentation of java.util.Properties.load(Reader); the text is UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rowtide.errors import ConfigError

_BLANKS = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_properties(path: Path | str) -> dict[str, str]:
    """The entries of a properties file, in order; a name that occurs twice keeps its last value.

    Raises:
        ConfigError: the file cannot be read, is not UTF-8 or holds a malformed escape. Never quotes what it holds.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Could not read properties from file {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The properties file {path} is not UTF-8 at byte {error.start}.") from None
    return parse_properties(text, source=str(path))


def parse_properties(text: str, *, source: str = "properties") -> dict[str, str]:
    """The entries of a properties text. Raises ConfigError that names `source` and the line."""
    entries: dict[str, str] = {}
    for number, line in _logical_lines(text.removeprefix("\ufeff")):
        name, value = _split(line)
        try:
            entries[_unescape(name)] = _unescape(value)
        except ValueError:
            raise ConfigError(f"Malformed \\uxxxx escape in line {number} of {source}.") from None
    return entries


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined over their continuations, without comments and blank lines, each with its first line's number."""
    pending: str | None = None
    first = 0
    for number, natural in enumerate(_LINE_END.split(text), start=1):
        line = natural.lstrip(_BLANKS)
        if pending is None:
            if not line or line[0] in "#!":
                continue
            pending, first = "", number
        pending += line
        if _continues(line):
            pending = pending[:-1]
        else:
            yield first, pending
            pending = None
    if pending is not None:
        yield first, pending


def _continues(line: str) -> bool:
    """True when the line ends in an odd number of backslashes."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _split(line: str) -> tuple[str, str]:
    """Name and value, still escaped: the name ends at the first unescaped `=`, `:` or blank."""
    end = 0
    while end < len(line) and line[end] not in "=:" + _BLANKS:
        end += 2 if line[end] == "\\" else 1
    name, rest = line[:end], line[end:].lstrip(_BLANKS)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_BLANKS)
    return name, rest


def _unescape(text: str) -> str:
    """Raises ValueError for a `\\u` that four hexadecimal digits do not follow."""

    def one(match: re.Match[str]) -> str:
        escaped = match[1]
        if len(escaped) == 5:
            return chr(int(escaped[1:], 16))
        if escaped == "u":
            raise ValueError(escaped)
        return _ESCAPES.get(escaped, escaped)

    joined = _ESCAPE.sub(one, text)
    # Characters beyond the basic plane are written as two escapes, one a surrogate.
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in text else joined
