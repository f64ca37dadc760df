"""Applies CREATE TABLE and ALTER TABLE. The cursor stands behind TABLE."""

from __future__ import annotations

from dataclasses import replace

from rowtide.errors import SchemaError
from rowtide.tables.ddl.alter import Alteration
from rowtide.tables.ddl.create import Created, read_create_table
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.known import KnownTables
from rowtide.tables.ddl.signals import Signal
from rowtide.tables.model import Table, TableId


def create(known: KnownTables, cursor: Cursor, *, replaces: bool, temporary: bool) -> list[Signal]:
    """CREATE TABLE. One that is known already stays, and nothing is signalled, if the statement leaves it as it is.

    Raises:
        SchemaError: a column's definition could not be understood; nothing was changed.
    """
    unless_there = cursor.if_exists()
    table_id = cursor.table()
    old = known.table(table_id)
    charset = known.charset_for(table_id.database)
    created = read_create_table(cursor, table_id, charset, comments=known.include_comments)
    table = _created(known, created, table_id)
    keeps = old is not None and not replaces and (unless_there or temporary or _same(old, table))
    if table is None or keeps:
        return []
    known.put(table, temporary=temporary)
    return [Signal("CREATE", table_id.database, created.text, table_id)]


def _created(known: KnownTables, created: Created, table_id: TableId) -> Table | None:
    if created.like is not None:
        original = known.table(created.like)
        return None if original is None else replace(original, id=table_id, comment=None)
    if created.from_query:  # row format logs no such statement; each connector makes something else of it
        return created.table if known.flavor == "mysql" else None
    if created.table is None or not created.table.columns:
        raise SchemaError(f"no columns of {table_id} found")
    return created.table


def _same(known: Table, table: Table | None) -> bool:
    return table is not None and (known.columns, known.primary_key, known.default_charset) == (
        table.columns,
        table.primary_key,
        table.default_charset,
    )


def alter(known: KnownTables, cursor: Cursor) -> list[Signal]:
    """ALTER TABLE. Nothing is signalled for an unknown table.

    Raises:
        SchemaError: a clause on columns could not be understood; nothing was changed.
    """
    cursor.if_exists()
    table_id = cursor.table()
    table = known.table(table_id)
    if table is None:
        return []
    charset = known.charset_for(table_id.database)
    alteration = Alteration(cursor, Draft(table.id, table), charset, comments=known.include_comments)
    alteration.read()
    altered = alteration.draft.build()
    if alteration.renamed is not None:
        known.remove(table_id)
        altered = replace(altered, id=alteration.renamed)
    known.put(altered)
    return [Signal("ALTER", altered.id.database, cursor.text, altered.id)]
