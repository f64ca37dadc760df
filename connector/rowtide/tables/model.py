"""Tables and columns as Debezium's relational model describes them, in the terms that its schema history stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class TableId:
    """A table's name. `str()` gives `db.table`, `quoted` the form in schema history, `"db"."table"`."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}" if self.database else self.table

    @property
    def quoted(self) -> str:
        parts = [self.database, self.table] if self.database else [self.table]
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        position: 1-based.
        jdbc_type: java.sql.Types number, or Debezium's own for TIMESTAMP WITH TIME ZONE (2014).
        type_name: upper-case type with modifiers, such as `INT UNSIGNED`.
        type_expression: what the history stores beside it; equal to `type_name`.
        charset: MySQL name of the character set; None for what is not text, or unknown.
        length: as declared; number of digits of a DECIMAL, fractional digits of a temporal type.
        has_default: a default is known, be it NULL (`default` None).
        default: the default expression as Debezium keeps it, unquoted.
        enum_values: items of an ENUM or SET with their SQL quotes (`'a'`).
    """

    name: str
    position: int
    jdbc_type: int
    type_name: str
    type_expression: str | None = None
    charset: str | None = None
    length: int | None = None
    scale: int | None = None
    optional: bool = True
    auto_incremented: bool = False
    generated: bool = False
    comment: str | None = None
    has_default: bool = False
    default: str | None = None
    enum_values: tuple[str, ...] = ()

    @property
    def base_type(self) -> str:
        """`type_name` without UNSIGNED, SIGNED and ZEROFILL."""
        return " ".join(w for w in self.type_name.split() if w not in ("UNSIGNED", "SIGNED", "ZEROFILL"))

    @property
    def unsigned(self) -> bool:
        words = self.type_name.split()
        return "UNSIGNED" in words or "ZEROFILL" in words or self.type_name == "SERIAL"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One version of a table's definition. Compared by identity, so that encoders can be kept for a version."""

    id: TableId
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    default_charset: str | None = None
    comment: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def column(self, name: str) -> Column | None:
        """The column of that name; names compare case-insensitively, as in the server."""
        lowered = name.lower()
        return next((column for column in self.columns if column.name.lower() == lowered), None)


@dataclass(frozen=True, slots=True)
class TableChange:
    """One entry of `tableChanges`: CREATE or ALTER with the table after it, DROP without."""

    type: Literal["CREATE", "ALTER", "DROP"]
    id: TableId
    table: Table | None = None
    previous_id: TableId | None = None


def numbered(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns with positions 1, 2, … in the given order."""
    from dataclasses import replace

    return tuple(c if c.position == i else replace(c, position=i) for i, c in enumerate(columns, 1))
