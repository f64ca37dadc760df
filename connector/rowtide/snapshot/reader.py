"""Reads one table's rows as the server sends them, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rowtide import native
from rowtide.errors import BinlogError, ServerError
from rowtide.mysql.connection import Connection
from rowtide.mysql.raw_query import RawQuery
from rowtide.mysql.settings import ServerSettings
from rowtide.snapshot.result_set import BlockSize, ResultSet, SnapshotImages, TextLayout
from rowtide.tables.model import Table
from rowtide.types.text import raw_from_text
from rowtide.types.text_recipes import cell_recipe


class TableReader:
    """Reads all rows that a statement selects from a table."""

    def __init__(self, connection: Connection, settings: ServerSettings, table: Table) -> None:
        self._connection = connection
        self._settings = settings
        self._table = table
        self._native = native.required() if native.engine() == "native" else None

    def blocks(self, statement: str, size: BlockSize) -> Iterator[tuple[SnapshotImages, bool]]:
        """Row images as wide as the table, None where a column was not selected; and which block is the last.

        Raises:
            ServerError: the statement failed, or its answer cannot be read.
        """
        query = RawQuery(self._connection, self._settings, statement)
        result = self._result_set(query.deprecate_eof, size)
        layout = None
        try:
            while not result.done:
                self._feed(result, query.receive())
                if result.refusal is not None:
                    query.refused(result.refusal)
                if layout is None and result.columns is not None:
                    layout = self._layout(result.columns)
                while layout is not None and (block := result.take(layout)) is not None:
                    yield block
        finally:
            if not result.done:
                query.abandon()

    def _result_set(self, deprecate_eof: bool, size: BlockSize) -> Any:
        if self._native is not None:
            return self._native.ResultSet(deprecate_eof, size.rows, size.bytes)
        return ResultSet(deprecate_eof, size)

    def _feed(self, result: Any, data: memoryview) -> None:
        try:
            result.feed(data)
        except BinlogError as error:
            raise ServerError(
                f"The rows of {self._table.id} that {self._settings.address} sends cannot be read: {error.message}",
                hint="Something between the server and here changes them. The snapshot begins anew at the next start.",
            ) from error

    def _layout(self, names: Sequence[str]) -> Any:
        return layout_of(self._table, names, native_layout=self._native and self._native.TextLayout)


def layout_of(table: Table, names: Sequence[str], *, native_layout: Any = None) -> Any:
    """Where the columns of a table are in the rows of an answer with these names, for either engine's reader."""
    index = {name.lower(): i for i, name in enumerate(names)}
    places = [(column, index.get(column.name.lower())) for column in table.columns]
    if native_layout is not None:
        return native_layout(
            [None if i is None else (i, cell_recipe(column), raw_from_text(column)) for column, i in places]
        )
    return TextLayout([None if i is None else (i, raw_from_text(column)) for column, i in places])
