"""Comma-separated lists of Java regular expressions, as Debezium's options have them.

Rules (Debezium 3.6): a comma parts two expressions unless a backslash stands before it; each is trimmed, ignores
case, and must match the whole name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowtide.errors import ConfigError

_COMMA = re.compile(r"(?<!\\),")
_JAVA_CLASSES = {
    r"\p{Alpha}": "[a-zA-Z]",
    r"\p{Lower}": "[a-z]",
    r"\p{Upper}": "[A-Z]",
    r"\p{Digit}": "[0-9]",
    r"\p{Alnum}": "[a-zA-Z0-9]",
    r"\p{Punct}": r"[!-/:-@\[-`{-~]",
    r"\p{Space}": r"\s",
    r"\p{XDigit}": "[0-9a-fA-F]",
    r"\h": r"[ \t\xa0]",
    r"\z": r"\Z",
    r"\e": r"\x1b",
}
_JAVA_PARTS = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|$)|(?P<class>\\p\{\w+\}|\\[hze])|\(\?<(?P<group>[a-zA-Z]\w*)>|\\k<(?P<back>\w+)>|\\."
    r"|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<and>&&)",
    re.DOTALL,
)


def split_list(text: str | None) -> list[str]:
    """The items of a list, trimmed, without empty ones; `\\,` becomes a comma."""
    items = (item.strip() for item in _COMMA.split(text or ""))
    return [item.replace("\\,", ",") for item in items if item]


def compile_java(expression: str, option: str, *, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """A Java regular expression as Python's.

    Raises:
        ConfigError: it is none, or uses what has no counterpart; names the option.
    """
    try:
        return re.compile(_JAVA_PARTS.sub(_Translator(), expression), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(
            f"{option}: {expression!r} is not a regular expression ({error}).",
            hint="Escape characters such as ( [ * + . with a backslash, and write a comma within an expression as \\,.",
        ) from error


class _Translator:
    """Puts Python's spelling in the place of what only Java writes so; goes over one expression."""

    def __init__(self) -> None:
        self._within_class = False

    def __call__(self, match: re.Match[str]) -> str:
        """Raises re.error for classes of classes, which Python does not have."""
        if match["quoted"] is not None:
            return re.escape(match["quoted"])
        if match["class"] is not None:
            return self._named_class(match)
        if match["group"] is not None:
            return f"(?P<{match['group']}>"
        if match["back"] is not None:
            return f"(?P={match['back']})"
        if self._within_class and (match["open"] or match["and"]):
            raise re.error("classes within classes, as [a[b]] and [a&&b], are not supported")
        self._within_class = bool(match["open"]) or (self._within_class and not match["close"])
        return match[0]

    def _named_class(self, match: re.Match[str]) -> str:
        translated = _JAVA_CLASSES.get(match["class"], match[0])
        return translated.removeprefix("[").removesuffix("]") if self._within_class else translated


class NameList:
    """An option's list of expressions, to test names with."""

    def __init__(self, text: str | None, option: str) -> None:
        """Raises ConfigError for an invalid expression."""
        self._patterns: Sequence[re.Pattern[str]] = [compile_java(item, option) for item in split_list(text)]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def matches(self, name: str) -> bool:
        return any(pattern.fullmatch(name) for pattern in self._patterns)

    def index(self, name: str) -> int | None:
        """Place in the list of the first expression that matches."""
        return next((i for i, pattern in enumerate(self._patterns) if pattern.fullmatch(name)), None)
