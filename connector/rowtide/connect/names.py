"""Schema and field names that Avro accepts: `schema.name.adjustment.mode` and `field.name.adjustment.mode`.

Characters are UTF-16 units, as in Java: what lies beyond the basic plane counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from rowtide.errors import ConnectError

AdjustmentMode = Literal["none", "avro", "avro_unicode"]
Adjust = Callable[[str], str]

_NAMES_MAX = 10_000
"""Adjusted names that are remembered, to notice two that become one; more are not checked."""
_FIRST = {"avro": re.compile("[a-zA-Z_]"), "avro_unicode": re.compile("[a-zA-Z]")}


class NameAdjuster:
    """Makes names valid, and refuses two different names that would become the same."""

    def __init__(self, mode: AdjustmentMode, *, fields: bool) -> None:
        """`fields`: field names must not have dots, which separate the parts of a schema's name."""
        self._mode = mode
        self._originals: dict[str, str] = {}
        if mode != "none":
            self._first = _FIRST[mode]
            letters = self._first.pattern[1:-1]
            self._rest = re.compile(f"[{letters}0-9]" if fields else f"[{letters}0-9.]")

    def __call__(self, name: str) -> str:
        """The adjusted name. Raises ConnectError for a conflict."""
        if self._mode == "none" or not name:
            return name
        units = utf16_units(name)
        adjusted = self._first_unit(units[0]) + "".join(
            unit if self._rest.fullmatch(unit) else self._replacement(unit) for unit in units[1:]
        )
        if adjusted != name:
            self._check(name, adjusted)
        return adjusted

    def _first_unit(self, unit: str) -> str:
        if self._first.fullmatch(unit):
            return unit
        # A leading digit stays behind the underscore, so that names which differ in it stay different.
        kept = unit if self._mode == "avro" and unit.isdigit() else ""
        return self._replacement(unit) + kept

    def _replacement(self, unit: str) -> str:
        return "_" if self._mode == "avro" else unicode_escape(unit)

    def _check(self, name: str, adjusted: str) -> None:
        if len(self._originals) >= _NAMES_MAX and adjusted not in self._originals:
            return
        other = self._originals.setdefault(adjusted, name)
        if other != name:
            raise ConnectError(
                f"The names {other} and {name} both become {adjusted}, which is the nearest valid Avro name.",
                hint="Set schema.name.adjustment.mode or field.name.adjustment.mode to avro_unicode.",
            )


def unicode_escape(unit: str) -> str:
    """A UTF-16 unit as Debezium escapes it, such as `_u002d`; of three digits it leaves three."""
    digits = f"{ord(unit):x}"
    return f"_u00{digits}" if len(digits) <= 2 else f"_u{digits}"


def utf16_units(text: str) -> list[str]:
    """The text as one-character strings, surrogates apart."""
    if text.isascii():
        return list(text)
    data = text.encode("utf-16-be", "surrogatepass")
    return [chr(data[i] << 8 | data[i + 1]) for i in range(0, len(data), 2)]
