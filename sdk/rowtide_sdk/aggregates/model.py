"""What belongs together: a root table and the tables linked to it, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from rowtide_sdk.errors import ConfigError
from rowtide_sdk.row import Row

Columns: TypeAlias = str | tuple[str, ...]


class Direction(Enum):
    MANY = "many"
    """Rows that refer to this one."""

    ONE = "one"
    """The row that refers to this one, of which there is one at most."""

    REF = "ref"
    """The row that this one refers to."""


@dataclass(frozen=True, slots=True)
class Part:
    """A linked table.

    Attributes:
        columns: that hold the key: of this table for MANY and ONE, of the one it is linked to for REF.
        parts: what is linked to this one in turn.
    """

    table: str
    direction: Direction
    columns: tuple[str, ...]
    parts: Mapping[str, Part]


def many(table: str, columns: Columns, **parts: Part) -> Part:
    """Rows of a table (`db.table`) whose columns hold this one's key, in the order of their own keys."""
    return _part(table, Direction.MANY, columns, parts)


def one(table: str, columns: Columns, **parts: Part) -> Part:
    """The row of a table whose columns hold this one's key."""
    return _part(table, Direction.ONE, columns, parts)


def ref(columns: Columns, table: str, **parts: Part) -> Part:
    """The row of a table whose key these columns of this one hold."""
    return _part(table, Direction.REF, columns, parts)


def _part(table: str, direction: Direction, columns: Columns, parts: Mapping[str, Part]) -> Part:
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not names:
        raise ConfigError(f"the link to {table} needs columns that hold a key")
    return Part(table, direction, names, parts)


class Aggregate:
    """
    Args:
        root: the table (`db.table`) each of whose rows is one aggregate.
        parts: what is linked to it, by the name that it has in the whole.

    Raises:
        ConfigError: a name that a `Whole` has already.
    """

    def __init__(self, root: str, **parts: Part) -> None:
        self.root = root
        self.parts: Mapping[str, Part] = parts
        for name in _names(parts):
            if name in ("row", "parts"):
                raise ConfigError(f"a part of the aggregate of {root} cannot be called {name}")


def _names(parts: Mapping[str, Part]) -> Iterator[str]:
    for name, part in parts.items():
        yield name
        yield from _names(part.parts)


@dataclass(frozen=True, slots=True)
class Whole:
    """A row with all that is linked to it. `whole.items` is the part of that name, `whole.total` the row's column.

    Attributes:
        parts: for MANY a tuple of wholes, else a whole or None.
    """

    row: Row
    parts: Mapping[str, Whole | tuple[Whole, ...] | None]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.parts[name] if name in self.parts else getattr(self.row, name)
