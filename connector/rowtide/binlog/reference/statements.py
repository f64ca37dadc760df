"""Events of statements: QUERY and the session settings in it, annotations, commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import EventHeader, Query, QueryContext, RowsQuery, XaPrepare, Xid
from rowtide.binlog.reference.compression import expand_event_part
from rowtide.binlog.reference.state import State
from rowtide.mysql.charsets import codec_of_number

_QUERY_POST_HEADER = 13
_XID_DATA_MAX = 128


def query(header: EventHeader, cursor: Cursor, state: State) -> Query:
    """Thread (4), seconds taken (4), length of the database name (1), error (2), length of the status variables (2);
    then these, the name, a zero byte, the statement in the client's character set."""
    fixed_length = state.post_header_length(EventType.QUERY, _QUERY_POST_HEADER)
    thread_id = cursor.uint(4)
    cursor.skip(4)
    database_length = cursor.u8()
    error_code = cursor.uint(2)
    variables_length = cursor.uint(2) if fixed_length >= _QUERY_POST_HEADER else 0
    start = cursor.pos
    cursor.skip(variables_length)
    context = status_variables(Cursor(cursor.data, start, cursor.pos, cursor.origin))
    database = cursor.text(database_length)
    cursor.skip_nul("The database name")
    compressed = header.type == EventType.MARIADB_QUERY_COMPRESSED
    statement = expand_event_part(cursor) if compressed else cursor.rest()
    sql = statement.decode(codec_of_number(context.client_collation), "replace")
    return Query(header, thread_id, database, sql, error_code, context)


def _sql_mode(cursor: Cursor, context: QueryContext) -> QueryContext:
    return replace(context, sql_mode=cursor.uint(8))


def _charset(cursor: Cursor, context: QueryContext) -> QueryContext:
    client, connection, server = cursor.uint(2), cursor.uint(2), cursor.uint(2)
    return replace(context, client_collation=client, connection_collation=connection, server_collation=server)


def _database_charset(cursor: Cursor, context: QueryContext) -> QueryContext:
    return replace(context, database_collation=cursor.uint(2))


def _utf8mb4_collation(cursor: Cursor, context: QueryContext) -> QueryContext:
    return replace(context, utf8mb4_collation=cursor.uint(2))


def _passed(size: int) -> Callable[[Cursor, QueryContext], QueryContext]:
    def skip(cursor: Cursor, context: QueryContext) -> QueryContext:
        cursor.skip(size)
        return context

    return skip


def _counted(times: int, extra: int = 0) -> Callable[[Cursor, QueryContext], QueryContext]:
    """Passes over strings, each behind its length (1), with so many extra bytes."""

    def skip(cursor: Cursor, context: QueryContext) -> QueryContext:
        for _ in range(times):
            cursor.skip(cursor.u8() + extra)
        return context

    return skip


_DATABASE_NAMES_OVERFLOW = 254


def _updated_databases(cursor: Cursor, context: QueryContext) -> QueryContext:
    count = cursor.u8()
    for _ in range(0 if count == _DATABASE_NAMES_OVERFLOW else count):
        while cursor.u8():
            pass
    return context


_ALTER_ENDS = 0x04 | 0x08


def _gtid_flags(cursor: Cursor, context: QueryContext) -> QueryContext:
    """MariaDB's flags of an ALTER in two phases; with the end of one comes the number of its start."""
    if cursor.uint(2) & _ALTER_ENDS:
        cursor.skip(8)
    return context


def _default_collations(cursor: Cursor, context: QueryContext) -> QueryContext:
    """MariaDB's character_set_collations: pairs of collation numbers (2 each) behind their count."""
    cursor.skip(cursor.u8() * 4)
    return context


_STATUS_VARIABLES: dict[int, Callable[[Cursor, QueryContext], QueryContext]] = {
    0: _passed(4),  # flags2
    1: _sql_mode,
    2: _counted(1, extra=1),  # catalog with a zero byte, before MySQL 5.0.4
    3: _passed(4),  # auto_increment
    4: _charset,
    5: _counted(1),  # time zone
    6: _counted(1),  # catalog
    7: _passed(2),  # lc_time_names
    8: _database_charset,
    9: _passed(8),  # tables for update
    10: _passed(4),  # master data written
    11: _counted(2),  # invoker: user, host
    12: _updated_databases,
    13: _passed(3),  # microseconds
    16: _passed(1),  # explicit_defaults_for_timestamp
    17: _passed(8),  # XID of a DDL statement
    18: _utf8mb4_collation,
    19: _passed(1),  # sql_require_primary_key
    20: _passed(1),  # default_table_encryption
    128: _passed(3),  # MariaDB: microseconds
    129: _passed(8),  # MariaDB: XID
    130: _gtid_flags,
    131: _default_collations,
}


def status_variables(cursor: Cursor) -> QueryContext:
    """What the settings tell. Each is a number (1) and content of a size that only the number tells, so that reading
    ends, as the servers' own does, at the first number that is not known."""
    context = QueryContext()
    while cursor.remaining:
        read = _STATUS_VARIABLES.get(cursor.u8())
        if read is None:
            break
        context = read(cursor, context)
    return context


def rows_query(header: EventHeader, cursor: Cursor) -> RowsQuery:
    """A length (1) that is too small to be believed, then the statement."""
    cursor.skip(1)
    return RowsQuery(header, cursor.rest().decode("utf-8", "replace"))


def annotate_rows(header: EventHeader, cursor: Cursor) -> RowsQuery:
    return RowsQuery(header, cursor.rest().decode("utf-8", "replace"))


def xid(header: EventHeader, cursor: Cursor) -> Xid:
    return Xid(header, cursor.uint(8))


def xa_prepare(header: EventHeader, cursor: Cursor) -> XaPrepare:
    """One phase (1), format (4), lengths of gtrid and bqual (4 each), then these."""
    one_phase = bool(cursor.u8())
    format_id, gtrid, bqual = cursor.sint(4), cursor.uint(4), cursor.uint(4)
    if gtrid + bqual > _XID_DATA_MAX:
        raise cursor.error(
            f"An XA identifier has {gtrid + bqual} bytes, {_XID_DATA_MAX} being the most", cursor.offset - 8
        )
    return XaPrepare(header, one_phase, format_id, cursor.take(gtrid), cursor.take(bqual))
