"""Paths to nested fields as KIP-821 writes them: names parted by dots, in backticks where a name has dots itself."""

from __future__ import annotations

from rowtide.errors import ConfigError


def parse_path(text: str) -> list[str]:
    """The names on the way to a field.

    A backtick only ends a name before a dot or at the end; one that stands there and belongs to the name has a
    backslash before it.

    Raises:
        ConfigError: a backtick is never closed.
    """
    if not text:
        raise ConfigError("The path of a field is empty.", hint="Name a field.")
    names: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "`":
            name, at = _quoted(text, at)
        else:
            end = text.find(".", at)
            end = len(text) if end < 0 else end
            name, at = text[at:end], end + 1
        names.append(name)
    return [*names, ""] if text.endswith(".") else names


def _quoted(text: str, begin: int) -> tuple[str, int]:
    """The name in the backticks that begin there, and where to go on behind the dot that follows."""
    parts: list[str] = []
    start = at = begin + 1
    while True:
        at = text.find("`", at)
        escaped = at > 0 and text[at - 1] == "\\"
        if at < 0 or (at == len(text) - 1 and escaped):
            raise ConfigError(
                f"Incomplete backtick pair in path: [{text}], consider adding a backslash before backtick at position "
                f"{begin} to escape it"
            )
        if at == len(text) - 1 or (text[at + 1] == "." and not escaped):
            return "".join(parts) + text[start:at], at + 2
        if text[at + 1] == ".":
            parts.append(text[start : at - 1] + "`")
            start = at + 1
        at += 1
