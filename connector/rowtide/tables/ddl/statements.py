"""The readers of statements, by first word. Each applies a statement to the known tables and signals what to record.

A statement that signals nothing is recorded as one on its database, with its text as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowtide.tables.ddl import databases, table_statements
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.keys import key_parts
from rowtide.tables.ddl.known import KnownTables
from rowtide.tables.ddl.result import EventKind
from rowtide.tables.ddl.signals import Signal
from rowtide.tables.ddl.variables import DATABASE, read_assignments
from rowtide.tables.model import TableId

PROGRAMS = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE")
OBJECTS = (*PROGRAMS, "TABLE", "TABLES", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SEQUENCE", "SERVER")
"""What statements create, alter and drop."""
HEADER_TOKENS = 24
"""So far into a CREATE statement the word for what it creates is looked for; DEFINER and its kin stand before it."""


def _create(known: KnownTables, cursor: Cursor) -> list[Signal]:
    replaces = cursor.accept("OR", "REPLACE")
    temporary = cursor.accept("TEMPORARY")
    if cursor.accept("TABLE"):
        return table_statements.create(known, cursor, replaces=replaces, temporary=temporary)
    if cursor.accept_any("DATABASE", "SCHEMA"):
        return databases.create(known, cursor, replaces=replaces)
    cursor.accept_any("ONLINE", "OFFLINE")
    if cursor.accept("UNIQUE", "INDEX"):
        return _create_unique_index(known, cursor)
    return _view(cursor, "CREATE")


def _create_unique_index(known: KnownTables, cursor: Cursor) -> list[Signal]:
    cursor.if_exists()
    cursor.name()
    while not cursor.done and not cursor.accept("ON"):
        cursor.step()
    table_id = cursor.table()
    table = known.table(table_id)
    if table is None or not known.captured(table_id):
        return []
    draft = Draft(table.id, table)
    if not draft.offer_unique_key(key_parts(cursor)):
        return []
    known.put(draft.build())
    return [Signal("ALTER", table_id.database, _tail(cursor), table_id)]


def _tail(cursor: Cursor) -> str:
    """The statement; Debezium's MySQL connector drops the first word of those on views and unique indexes."""
    return cursor.text_after_first() if cursor.flavor == "mysql" else cursor.text


def _view(cursor: Cursor, kind: EventKind) -> list[Signal]:
    for _ in range(HEADER_TOKENS):
        if cursor.accept("VIEW"):
            cursor.if_exists()
            view = cursor.table()
            return [Signal(kind, view.database, _tail(cursor), view)]
        if cursor.peek() in OBJECTS:
            break
        cursor.step()
    return []


def _alter(known: KnownTables, cursor: Cursor) -> list[Signal]:
    if cursor.accept_any("DATABASE", "SCHEMA"):
        databases.alter(known, cursor)
        return []
    while cursor.accept_any("ONLINE", "OFFLINE", "IGNORE"):
        pass
    return table_statements.alter(known, cursor) if cursor.accept("TABLE") else _view(cursor, "ALTER")


def _drop(known: KnownTables, cursor: Cursor) -> list[Signal]:
    if cursor.accept_any("DATABASE", "SCHEMA"):
        return databases.drop(known, cursor)
    temporary = cursor.accept("TEMPORARY")
    if not cursor.accept_any("TABLE", "TABLES"):
        return []
    cursor.if_exists()
    prefix = cursor.text_to_here()
    dropped = [cursor.table()]
    while cursor.accept(","):
        dropped.append(cursor.table())
    ending = cursor.token() if cursor.peek() in ("RESTRICT", "CASCADE") else None
    suffix = "" if ending is None else " " + (ending.upper if cursor.flavor == "mysql" else ending.text)
    signals = []
    for table_id in dropped:
        if temporary and known.is_permanent(table_id):
            continue
        known.remove(table_id)
        signals.append(Signal("DROP", table_id.database, prefix + _backticked(table_id) + suffix, table_id))
    return signals


def _backticked(table_id: TableId) -> str:
    parts = [table_id.database, table_id.table] if table_id.database else [table_id.table]
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def _rename(known: KnownTables, cursor: Cursor) -> list[Signal]:
    if not cursor.accept_any("TABLE", "TABLES"):
        return []
    cursor.if_exists()
    prefix = cursor.text_to_here()
    signals = []
    while True:
        first = cursor.token()
        old = cursor.table()
        while not cursor.done and not cursor.accept("TO"):  # MariaDB: WAIT 5, NOWAIT
            cursor.step()
        new = cursor.table()
        table = known.table(old)
        if table is not None:
            known.remove(old)
            known.put(replace(table, id=new))
        clause = "" if first is None else cursor.text_between(first)
        signals.append(Signal("ALTER", new.database, prefix + clause, new, old))
        if not cursor.accept(","):
            return signals


def _truncate(known: KnownTables, cursor: Cursor) -> list[Signal]:
    cursor.accept("TABLE")
    table_id = cursor.table()
    return [Signal("TRUNCATE", table_id.database, cursor.text, table_id)]


def _use(known: KnownTables, cursor: Cursor) -> list[Signal]:
    name = cursor.name()
    known.variables.set(DATABASE, known.database_charset(name))
    return [Signal("DATABASE", name, cursor.text)]


def _set(known: KnownTables, cursor: Cursor) -> list[Signal]:
    assignments = read_assignments(cursor)
    for name, value, everywhere in assignments:
        known.variables.set(name, value, everywhere=everywhere)
        if name.lower() == DATABASE and cursor.database:
            known.set_database_charset(cursor.database, value)
    return [Signal("DATABASE", cursor.database, cursor.text)] if assignments else []


READERS: dict[str, Callable[[KnownTables, Cursor], list[Signal]]] = {
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": _drop,
    "RENAME": _rename,
    "TRUNCATE": _truncate,
    "USE": _use,
    "SET": _set,
}
