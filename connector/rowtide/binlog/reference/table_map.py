"""TABLE_MAP: the table that row events refer to, with the optional metadata of `binlog_row_metadata`."""

from __future__ import annotations

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import EventHeader, TableDetails, TableMap
from rowtide.binlog.reference.state import State
from rowtide.binlog.reference.table_details import read_details

_ONE_BYTE = (
    T.FLOAT,
    T.DOUBLE,
    T.TINY_BLOB,
    T.MEDIUM_BLOB,
    T.LONG_BLOB,
    T.BLOB,
    T.GEOMETRY,
    T.JSON,
    T.VECTOR,
    T.TIME2,
    T.DATETIME2,
    T.TIMESTAMP2,
    T.MARIADB_BLOB_COMPRESSED,
)
_TWO_BYTES = (T.BIT, T.VARCHAR, T.NEWDECIMAL, T.SET, T.ENUM, T.STRING, T.VAR_STRING, T.MARIADB_VARCHAR_COMPRESSED)

_METADATA_BYTES: dict[int, int] = {**dict.fromkeys(_ONE_BYTE, 1), **dict.fromkeys(_TWO_BYTES, 2)}
"""Bytes of metadata by column type; other types have none."""

COLUMNS_MAX = 4096


def table_id_bytes(state: State, event_type: int) -> int:
    """A table's number has 4 bytes where the event's fixed part is 6 long (before MySQL 5.1.4), else 6."""
    return 4 if state.post_header_length(event_type, 8) == 6 else 6


def read_table_id(cursor: Cursor, state: State) -> int:
    table_id = cursor.uint(table_id_bytes(state, EventType.TABLE_MAP))
    cursor.skip(2)
    return table_id


def table_map(header: EventHeader, cursor: Cursor, state: State) -> TableMap:
    """Table (6), flags (2); database and table name, each behind its length (1) and before a zero byte; count of
    columns, their types (1 each), metadata behind its length, bits of nullable columns (lowest first), optional
    metadata."""
    table_id = read_table_id(cursor, state)
    database = _name(cursor, "The database name")
    table = _name(cursor, "The table name")
    count = cursor.lenenc()
    if count > COLUMNS_MAX:
        raise cursor.error(f"A table has {count} columns, {COLUMNS_MAX} being the most", cursor.offset - 1)
    types = tuple(cursor.take(count))
    if not cursor.remaining:  # before MySQL 5.1.18, whose rows are refused
        nothing = (0,) * count
        return TableMap(header, table_id, database, table, types, nothing, (True,) * count, TableDetails())
    metadata_bytes = cursor.lenenc()
    start = cursor.pos
    cursor.skip(metadata_bytes)
    metadata = _metadata(Cursor(cursor.data, start, cursor.pos, cursor.origin), types)
    nullable = cursor.uint((count + 7) // 8)
    details = read_details(cursor, types, metadata, mariadb=state.format is not None and state.format.mariadb)
    return TableMap(
        header,
        table_id,
        database,
        table,
        types,
        metadata,
        tuple(bool(nullable >> i & 1) for i in range(count)),
        details,
    )


def _name(cursor: Cursor, what: str) -> str:
    name = cursor.text(cursor.lenenc())
    cursor.skip_nul(what)
    return name


def _metadata(cursor: Cursor, types: tuple[int, ...]) -> tuple[int, ...]:
    metadata = []
    for column_type in types:
        if column_type == T.TYPED_ARRAY:
            metadata.append(_array_metadata(cursor))
        else:
            metadata.append(cursor.uint(_METADATA_BYTES.get(column_type, 0)))
    cursor.expect_end("the columns' metadata")
    return tuple(metadata)


def _array_metadata(cursor: Cursor) -> int:
    """The items' type (1), then their metadata; a string's length has three bytes here."""
    item_type = cursor.u8()
    size = 3 if item_type == T.VARCHAR else _METADATA_BYTES.get(item_type, 0)
    return item_type | cursor.uint(size) << 8
