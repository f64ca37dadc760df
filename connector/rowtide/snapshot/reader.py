"""Reads one table's rows with a streaming cursor, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rowtide.changes import RawRow
from rowtide.mysql.connection import Connection, translated
from rowtide.mysql.settings import ServerSettings
from rowtide.tables.model import Table
from rowtide.types.text import raw_from_text

Row = tuple[bytes | None, ...]


class SnapshotRows:
    """Rows of the text protocol as row images, turned to raw values when asked for."""

    __slots__ = ("_readers", "_rows")

    def __init__(self, rows: Sequence[Row], readers: Sequence[Callable[[bytes | None], object] | None]) -> None:
        self._rows = rows
        self._readers = readers

    def __len__(self) -> int:
        return len(self._rows)

    def split_last(self) -> tuple[SnapshotRows, SnapshotRows]:
        """All rows but the last, and the last."""
        return SnapshotRows(self._rows[:-1], self._readers), SnapshotRows(self._rows[-1:], self._readers)

    def __iter__(self) -> Iterator[tuple[None, RawRow]]:
        readers = self._readers
        for row in self._rows:
            yield None, [None if reader is None else reader(cell) for reader, cell in zip(readers, row, strict=True)]


class TableReader:
    """Reads all rows that a statement selects from a table."""

    def __init__(self, connection: Connection, settings: ServerSettings, table: Table, columns: Sequence[str]) -> None:
        self._connection = connection
        self._settings = settings
        self._table = table
        self._selected = set(columns)

    def batches(self, statement: str, size: int) -> Iterator[SnapshotRows]:
        """Row images in batches of at most `size` rows, each as wide as the table (None where not selected).

        Raises:
            ServerError: the statement failed, or it does not return the table's columns by name.
        """
        with translated(self._settings), self._connection.cursor() as cursor:
            cursor.execute(statement)
            names = [_text(column[0]) for column in cursor.description or ()]
            readers, places = self._layout(names)
            while rows := cursor.fetchmany(size):
                yield SnapshotRows([tuple(None if i < 0 else row[i] for i in places) for row in rows], readers)

    def _layout(self, names: Sequence[str]) -> tuple[list[Callable[[bytes | None], object] | None], list[int]]:
        index = {name.lower(): i for i, name in enumerate(names)}
        readers: list[Callable[[bytes | None], object] | None] = []
        places = []
        for column in self._table.columns:
            place = index.get(column.name.lower(), -1)
            places.append(place)
            readers.append(raw_from_text(column) if place >= 0 else None)
        return readers, places


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name
