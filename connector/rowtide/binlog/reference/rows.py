"""Row events of all versions: what they change is read at once, their rows only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import EventType as E
from rowtide.binlog.events import Event, EventHeader, Ignored, RowBody, RowImage, RowImages, RowKind, Rows, TableMap
from rowtide.binlog.reference.compression import expand_event_part
from rowtide.binlog.reference.layout import Layouts, Present, RowLayout, wrong_rows
from rowtide.binlog.reference.state import State
from rowtide.errors import BinlogError

_KINDS: dict[int, RowKind] = {
    E.WRITE_ROWS_V0: "c",
    E.UPDATE_ROWS_V0: "u",
    E.DELETE_ROWS_V0: "d",
    E.WRITE_ROWS_V1: "c",
    E.UPDATE_ROWS_V1: "u",
    E.DELETE_ROWS_V1: "d",
    E.WRITE_ROWS_V2: "c",
    E.UPDATE_ROWS_V2: "u",
    E.DELETE_ROWS_V2: "d",
    E.PARTIAL_UPDATE_ROWS: "u",
    E.MARIADB_WRITE_ROWS_COMPRESSED_V1: "c",
    E.MARIADB_UPDATE_ROWS_COMPRESSED_V1: "u",
    E.MARIADB_DELETE_ROWS_COMPRESSED_V1: "d",
    E.MARIADB_WRITE_ROWS_COMPRESSED: "c",
    E.MARIADB_UPDATE_ROWS_COMPRESSED: "u",
    E.MARIADB_DELETE_ROWS_COMPRESSED: "d",
}
ROW_EVENTS = frozenset(_KINDS)

_VERSION_0 = frozenset({E.WRITE_ROWS_V0, E.UPDATE_ROWS_V0, E.DELETE_ROWS_V0})
_VERSION_2 = frozenset(
    {
        E.WRITE_ROWS_V2,
        E.UPDATE_ROWS_V2,
        E.DELETE_ROWS_V2,
        E.PARTIAL_UPDATE_ROWS,
        E.MARIADB_WRITE_ROWS_COMPRESSED,
        E.MARIADB_UPDATE_ROWS_COMPRESSED,
        E.MARIADB_DELETE_ROWS_COMPRESSED,
    }
)
_COMPRESSED = frozenset(range(E.MARIADB_WRITE_ROWS_COMPRESSED_V1, E.MARIADB_DELETE_ROWS_COMPRESSED + 1))

_STATEMENT_END_FLAG = 0x0001
_NO_TABLE = frozenset({0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFF})
"""Table numbers of events without rows that only end a statement."""


def rows(header: EventHeader, cursor: Cursor, state: State) -> Event:
    """Table (6, or 4 where the fixed part is 6 long), flags (2), in version 2 the length of extra data including
    itself (2) and these; count of columns, a bit for each that is in the first image, for updates the same for the
    second; rows."""
    kind = _KINDS[header.type]
    default = 10 if header.type in _VERSION_2 else 8
    table_id = cursor.uint(4 if state.post_header_length(header.type, default) == 6 else 6)
    flags = cursor.uint(2)
    if header.type in _VERSION_2:
        cursor.skip(cursor.uint(2) - 2)
    if table_id in _NO_TABLE and table_id not in state.tables:
        return Ignored(header)
    if table_id not in state.tables:
        raise cursor.error(f"A row event refers to table {table_id}, which no TABLE_MAP before it named", cursor.offset)
    known = state.tables[table_id]
    count = cursor.lenenc()
    if count != len(known.table_map.column_types):
        raise cursor.error(f"A row event has {count} columns, its table {len(known.table_map.column_types)}")
    first = _present(cursor.uint((count + 7) // 8), count)
    second = _present(cursor.uint((count + 7) // 8), count) if kind == "u" else None
    before, after = (first, second) if kind == "u" else (None, first) if kind == "c" else (first, None)
    body = _body(header, cursor, known.layouts, before, after)
    return Rows(header, kind, known.table_map, before, after, body, bool(flags & _STATEMENT_END_FLAG))


@lru_cache(maxsize=1024)
def _present(bits: int, count: int) -> Present:
    return tuple(bool(bits >> i & 1) for i in range(count))


def _body(
    header: EventHeader, cursor: Cursor, layouts: Layouts, before: Present | None, after: Present | None
) -> RowBody:
    offset = cursor.offset
    data = cursor.rest()
    if header.type in _VERSION_0:
        return RefusedRows(data, layouts.table, "it was written by a MySQL 5.1 before 5.1.18", offset)
    return EventRows(data, offset, layouts, (before, after), header.type)


class EventRows:
    """The rows of one event. The layout is looked up, and a compressed event expanded, when they are first needed."""

    __slots__ = ("_count", "_images", "_layouts", "_offset", "_type", "data")

    def __init__(
        self, data: bytes, offset: int, layouts: Layouts, images: tuple[Present | None, Present | None], event_type: int
    ) -> None:
        self.data = data
        self._offset = offset
        self._layouts = layouts
        self._images = images
        self._type = event_type
        self._count = -1

    def _open(self) -> tuple[RowLayout, Cursor]:
        cursor = Cursor(self.data, origin=self._offset)
        if self._type in _COMPRESSED:
            cursor = Cursor(expand_event_part(cursor), origin=self._offset)
        partial = self._type == E.PARTIAL_UPDATE_ROWS
        return self._layouts.layout(*self._images, partial=partial), cursor

    def __len__(self) -> int:
        if self._count < 0:
            try:
                self._count = self._counted()
            except BinlogError as error:
                raise wrong_rows(self._layouts.table, error) from error
        return self._count

    def _counted(self) -> int:
        layout, cursor = self._open()
        if layout.empty:
            return 1
        count = 0
        while cursor.remaining:
            layout.skip(cursor)
            count += 1
        return count

    def images(self, first_row: int) -> RowImages:
        return DecodedRows(self, first_row)

    def decoded(self, first_row: int) -> Iterator[tuple[RowImage | None, RowImage | None]]:
        """The rows from `first_row` on. Raises BinlogError."""
        try:
            layout, cursor = self._open()
            if layout.empty and first_row:
                return
            for _ in range(first_row):
                if not cursor.remaining:
                    return
                layout.skip(cursor)
            yield from layout.rows(cursor)
        except BinlogError as error:
            raise wrong_rows(self._layouts.table, error) from error


class DecodedRows:
    """The rows of an event from one on; each iteration decodes anew."""

    __slots__ = ("_first_row", "_rows")

    def __init__(self, event_rows: EventRows, first_row: int) -> None:
        self._rows = event_rows
        self._first_row = first_row

    def __len__(self) -> int:
        return max(0, len(self._rows) - self._first_row)

    def __iter__(self) -> Iterator[tuple[RowImage | None, RowImage | None]]:
        return self._rows.decoded(self._first_row)


class RefusedRows:
    """Rows that cannot be read, which matters only when somebody wants them."""

    __slots__ = ("_offset", "_table", "_why", "data")

    def __init__(self, data: bytes, table: TableMap, why: str, offset: int) -> None:
        self.data = data
        self._table = table
        self._why = why
        self._offset = offset

    def _error(self) -> BinlogError:
        return wrong_rows(self._table, BinlogError(f"{self._why}.", offset=self._offset))

    def __len__(self) -> int:
        raise self._error()

    def images(self, first_row: int) -> RowImages:
        raise self._error()
