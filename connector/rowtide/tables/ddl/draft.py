"""A table while a statement changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rowtide.tables.ddl.types import TEXT_TYPES
from rowtide.tables.model import Column, Table, TableId, numbered


class Draft:
    """Columns and key of a table that is being made or altered; `build` gives the table.

    Names compare without regard to case. Key names that no column has are left out when the table is built.
    """

    def __init__(self, table_id: TableId, base: Table | None = None) -> None:
        self.id = table_id
        self.charset = base.default_charset if base else None
        self.comment = base.comment if base else None
        self.key: tuple[str, ...] = base.primary_key if base else ()
        self._attributes = base.attributes if base else {}
        self._columns: list[Column] = list(base.columns) if base else []

    def index(self, name: str) -> int | None:
        lowered = name.lower()
        return next((i for i, column in enumerate(self._columns) if column.name.lower() == lowered), None)

    def column(self, name: str) -> Column | None:
        index = self.index(name)
        return None if index is None else self._columns[index]

    @property
    def columns(self) -> Sequence[Column]:
        return self._columns

    def put(self, column: Column) -> None:
        """Adds the column at the end, or puts it in the place of the one that has its name."""
        index = self.index(column.name)
        column = self._with_charset(column)
        if index is None:
            self._columns.append(column)
        else:
            self._columns[index] = column

    def _with_charset(self, column: Column) -> Column:
        if column.charset is None and self.charset is not None and column.jdbc_type in TEXT_TYPES:
            return replace(column, charset=self.charset)
        return column

    def replace(self, name: str, column: Column) -> None:
        """Puts the column, which may have another name, in the place of the one of that name; the key follows."""
        index = self.index(name)
        if index is None:
            self.put(column)
            return
        old = self._columns[index].name
        self.key = tuple(column.name if part == old else part for part in self.key)
        self._columns[index] = self._with_charset(column)

    def remove(self, name: str) -> None:
        index = self.index(name)
        if index is not None:
            removed = self._columns.pop(index)
            self.key = tuple(part for part in self.key if part != removed.name)

    def move(self, name: str, after: str | None) -> None:
        """Moves a column behind another, or to the front when there is no such column, as Debezium does."""
        index = self.index(name)
        if index is None or (after is not None and after.lower() == name.lower()):
            return
        column = self._columns.pop(index)
        before = None if after is None else self.index(after)
        self._columns.insert(0 if before is None else before + 1, column)

    def set_primary_key(self, names: Sequence[str]) -> None:
        """Makes these the key; its columns take no NULL any more."""
        key = []
        for name in names:
            index = self.index(name)
            if index is None:
                key.append(name)
                continue
            column = self._columns[index]
            key.append(column.name)
            if column.optional:
                has_default = column.has_default and column.default is not None
                self._columns[index] = replace(column, optional=False, has_default=has_default)
        self.key = tuple(key)

    def offer_unique_key(self, parts: Sequence[str | None]) -> bool:
        """Takes a unique index for the key of a table that has none, if no column of it can be NULL.

        Args:
            parts: column names; None for an expression.

        Returns:
            Whether the index was of columns that exist and the table without a key, be it taken or not.
        """
        if self.key:
            return False
        columns = [None if part is None else self.column(part) for part in parts]
        found = [column for column in columns if column is not None]
        if len(found) < len(columns) or not found:
            return False
        if not any(column.optional for column in found):
            self.key = tuple(column.name for column in found)
        return True

    def set_default_charset(self, charset: str | None) -> None:
        """The character set of columns that come later; those there are keep theirs."""
        if charset is not None:
            self._columns = [self._with_charset(column) for column in self._columns]
            self.charset = charset

    def convert(self, charset: str) -> None:
        """What CONVERT TO CHARACTER SET does: every text column, and those to come, are in it."""
        self.charset = charset
        self._columns = [
            column if column.charset is None else replace(column, charset=charset) for column in self._columns
        ]

    def build(self) -> Table:
        columns = numbered(self._with_charset(column) for column in self._columns)
        names = {column.name.lower() for column in columns}
        key = tuple(part for part in self.key if part.lower() in names)
        return Table(self.id, columns, key, self.charset, self.comment, self._attributes)
