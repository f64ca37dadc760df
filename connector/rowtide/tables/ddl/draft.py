"""A table while a statement changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rowtide.tables.ddl.collations import settled
from rowtide.tables.ddl.lexer import Flavor
from rowtide.tables.ddl.types import TEXT_TYPES
from rowtide.tables.model import Column, Table, TableId, numbered


@dataclass(slots=True, eq=False)
class Slot:
    """A column's place. `origin` is its name before the statement, empty for a new column."""

    column: Column
    origin: str = ""


class Draft:
    """Columns and key of a table that is being made or altered; `build` gives the table.

    Names compare without regard to case. Key names that no column has are left out when the table is built.
    """

    def __init__(self, table_id: TableId, base: Table | None = None) -> None:
        self.id = table_id
        self.charset = base.default_charset if base else None
        self.comment = base.comment if base else None
        self._attributes = base.attributes if base else {}
        self._slots = [Slot(column, column.name) for column in base.columns] if base else []
        self._periods: dict[str, Sequence[str]] = {}
        self._key: list[Slot | str] = []
        self.set_key(base.primary_key if base else ())

    def slot(self, name: str) -> Slot | None:
        """Where the column is that has this name now."""
        lowered = name.lower()
        return next((slot for slot in self._slots if slot.column.name.lower() == lowered), None)

    def original(self, name: str) -> Slot | None:
        """Where the column is that had this name before the statement, whatever its name has become."""
        lowered = name.lower()
        return next((slot for slot in self._slots if slot.origin.lower() == lowered), None) if name else None

    @property
    def has_columns(self) -> bool:
        return bool(self._slots)

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def set_key(self, names: Iterable[str]) -> None:
        self._key = [self.slot(name) or name for name in names]

    def put(self, column: Column) -> None:
        """Adds the column at the end, or puts it in the place of the one that has its name."""
        slot = self.slot(column.name)
        if slot is None:
            self._slots.append(Slot(column))
        else:
            slot.column = column

    def remove(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._key = [part for part in self._key if part is not slot]

    def move(self, name: str, after: str | None) -> None:
        """Moves a column behind another, or to the front when there is no such column, as Debezium does."""
        slot = self.slot(name)
        before = None if after is None else self.slot(after)
        if slot is None or slot is before:
            return
        self._slots.remove(slot)
        self._slots.insert(0 if before is None else self._slots.index(before) + 1, slot)

    def set_primary_key(self, names: Sequence[str]) -> None:
        """Makes these the key; its columns take no NULL any more."""
        self.set_key(names)
        self._require(part for part in self._key if isinstance(part, Slot))

    def require(self, names: Iterable[str]) -> None:
        """Makes these columns take no NULL any more."""
        self._require(slot for name in names if (slot := self.slot(name)) is not None)

    def add_period(self, name: str, columns: Sequence[str]) -> None:
        """MariaDB's period of an application, which may stand in a key for its columns, the end before the start."""
        self.require(columns)
        self._periods[name.lower()] = columns[::-1]

    def _require(self, slots: Iterable[Slot]) -> None:
        for slot in slots:
            if slot.column.optional:
                has_default = slot.column.has_default and slot.column.default is not None
                slot.column = replace(slot.column, optional=False, has_default=has_default)

    def offer_unique_key(self, parts: Sequence[str | None]) -> bool:
        """Takes a unique index for the key of a table that has none, if no column of it can be NULL.

        Args:
            parts: column names; None for an expression.

        Returns:
            Whether the index was of columns that exist and the table without a key, be it taken or not.
        """
        slots = [None if part is None else self.slot(part) for part in parts]
        found = [slot for slot in slots if slot is not None]
        if self._key or len(found) < len(slots) or not found:
            return False
        if not any(slot.column.optional for slot in found):
            self._key = list(found)
        return True

    def convert(self, charset: str, flavor: Flavor) -> None:
        """What CONVERT TO CHARACTER SET does: every text column, and those to come, are in it.

        Text in the character set `binary` is no text to the server. MariaDB's JSON is, and is converted.
        """
        self.charset = charset
        for slot in self._slots:
            column = slot.column
            is_text = column.charset is not None or column.jdbc_type in TEXT_TYPES
            if (is_text and column.charset != "binary") or (flavor == "mariadb" and column.type_name == "JSON"):
                slot.column = replace(column, charset=charset)

    def build(self) -> Table:
        """The table. Text columns without a character set get the table's."""
        columns = numbered(self._with_charset(slot.column) for slot in self._slots)
        names = {column.name.lower() for column in columns}
        key = (part.column.name if isinstance(part, Slot) else part for part in self._key)
        spelled = (name for part in key for name in self._periods.get(part.lower(), (part,)))
        primary_key = tuple(part for part in spelled if part.lower() in names)
        return Table(self.id, columns, primary_key, self.charset, self.comment, self._attributes)

    def _with_charset(self, column: Column) -> Column:
        if column.jdbc_type not in TEXT_TYPES:
            return column
        charset = settled(column.charset, self.charset)
        return column if charset is column.charset else replace(column, charset=charset)
