"""The styles of names that the transforms of Debezium's JDBC connector offer."""

from __future__ import annotations

import re
from collections.abc import Callable

from rowtide.errors import ConfigError

_WORDS = re.compile(r"[._]+")
_BORDERS = re.compile(r"([a-z])([A-Z])|([a-zA-Z])([0-9])|([0-9])([a-zA-Z])|\.")


def snake_case(name: str) -> str:
    """Borders between small and great letters and between letters and digits, and dots, become underscores."""
    return _BORDERS.sub(_parted, name).lower()


def _parted(found: re.Match[str]) -> str:
    left, right = ("".join(filter(None, found.group(*groups))) for groups in ((1, 3, 5), (2, 4, 6)))
    return f"{left}_{right}"


def camel_case(name: str) -> str:
    """Words parted by dots and underscores are joined; all but what stands first begin with a great letter."""
    words = _WORDS.split(name)
    return "".join(word.lower() if i == 0 else word[:1].upper() + word[1:].lower() for i, word in enumerate(words))


_STYLES: dict[str, Callable[[str], str]] = {
    "snake_case": snake_case,
    "camel_case": camel_case,
    "upper_case": str.upper,
    "lower_case": str.lower,
    "default": str,
}


def style(text: str) -> Callable[[str], str]:
    """Raises ConfigError for a style that there is not."""
    found = _STYLES.get(text.strip().lower())
    if found is None:
        raise ConfigError(f"Invalid naming style: {text}. Allowed styles are: {', '.join(map(str.upper, _STYLES))}")
    return found
