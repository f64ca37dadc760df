"""Java's regular expressions and replacement texts, as `java.util.regex` reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.errors import ConfigError, DataError
from rowtide.tables.patterns import compile_java

_GROUP_NAME = re.compile("[A-Za-z][A-Za-z0-9]*")


def compile_regex(expression: str, option: str) -> re.Pattern[str]:
    """An expression that matches as in Java, where `\\w`, `\\d` and `\\s` mean ASCII.

    Raises:
        ConfigError: it is none, or has what Python does not have, as classes within classes.
    """
    return compile_java(expression, option, flags=re.ASCII)


def valid_regex(name: str, value: object) -> str | None:
    """Validator of an option that is an expression, with Kafka's words but for the reason."""
    if value is None:
        return f"Invalid value null for configuration {name}: Invalid regex: there is none"
    try:
        compile_regex(str(value), name)
    except ConfigError as error:
        return f"Invalid value {value} for configuration {name}: Invalid regex: {error.__cause__ or error}"
    return None


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of a match: `$1`, `${name}` and backslashes as in `Matcher.appendReplacement`.

    As in Java a wrong text shows only when it is used.
    """

    text: str

    def first(self, pattern: re.Pattern[str], subject: str) -> str:
        """`Matcher.replaceFirst`. Raises DataError for a reference that the expression has no group for."""
        return pattern.sub(self._expand, subject, count=1)

    def every(self, pattern: re.Pattern[str], subject: str) -> str:
        """`Matcher.replaceAll`. Raises as `first`."""
        return pattern.sub(self._expand, subject)

    def _expand(self, match: re.Match[str]) -> str:
        return expand(self.text, lambda group: _group(match, group), match.re.groups)


def _group(match: re.Match[str], group: int | str) -> str:
    try:
        return match.group(group) or ""
    except IndexError:
        raise DataError(f"No group with name {{{group}}}" if isinstance(group, str) else f"No group {group}") from None


def expand(text: str, group: Callable[[int | str], str], groups: int) -> str:
    """A replacement's text with its references resolved by `group`, of which the expression has `groups`.

    Raises:
        DataError: the text is none that Java takes, with its words.
    """
    parts: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            if at + 1 == len(text):
                raise DataError("character to be escaped is missing")
            parts.append(text[at + 1])
            at += 2
        elif char == "$":
            reference, at = _reference(text, at + 1, groups)
            parts.append(group(reference))
        else:
            parts.append(char)
            at += 1
    return "".join(parts)


def _reference(text: str, at: int, groups: int) -> tuple[int | str, int]:
    if at == len(text):
        raise DataError("Illegal group reference: group index is missing")
    if text[at] == "{":
        return _name(text, at + 1)
    if not ("0" <= text[at] <= "9"):
        raise DataError("Illegal group reference")
    number = int(text[at])
    at += 1
    # Further digits belong to the number only as long as there is such a group.
    while at < len(text) and "0" <= text[at] <= "9" and number * 10 + int(text[at]) <= groups:
        number = number * 10 + int(text[at])
        at += 1
    return number, at


def _name(text: str, at: int) -> tuple[str, int]:
    run = re.compile("[A-Za-z0-9]*").match(text, at)
    assert run is not None
    name, end = run[0], run.end()
    if not name:
        raise DataError("named capturing group has 0 length name")
    if end == len(text) or text[end] != "}":
        raise DataError("named capturing group is missing trailing '}'")
    if not _GROUP_NAME.fullmatch(name):
        raise DataError(f"capturing group name {{{name}}} starts with digit character")
    return name, end + 1
