"""Applies CREATE, ALTER and DROP DATABASE, keeping default character sets. The cursor stands behind DATABASE."""

from __future__ import annotations

from rowtide.mysql.charsets import charset_of_collation
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.known import KnownTables
from rowtide.tables.ddl.lexer import name_of
from rowtide.tables.ddl.signals import Signal
from rowtide.tables.ddl.types import at_charset, read_charset

_OPTIONS = ("CHARACTER", "CHARSET", "DEFAULT", "COLLATE", "READ", "COMMENT", "UPGRADE", "ENCRYPTION")


def create(known: KnownTables, cursor: Cursor, *, replaces: bool = False) -> list[Signal]:
    unless_there = cursor.if_exists()
    name = cursor.name()
    if replaces:
        known.remove_database(name)
    server = known.server_charset()
    charset = _charset(cursor, server) or server
    if charset is not None and not (unless_there and known.database_charset(name)):
        known.set_database_charset(name, charset)
    return [Signal("DATABASE", name, cursor.text)]


def alter(known: KnownTables, cursor: Cursor) -> None:
    """Signals nothing: Debezium records the statement under the database it was executed in."""
    name = cursor.database if cursor.peek() in _OPTIONS else cursor.name()
    charset = _charset(cursor, known.server_charset())
    if charset is not None:
        known.set_database_charset(name, charset)


def drop(known: KnownTables, cursor: Cursor) -> list[Signal]:
    cursor.if_exists()
    name = cursor.name()
    known.remove_database(name)
    return [Signal("DATABASE", name, cursor.text)]


def _charset(cursor: Cursor, server: str | None) -> str | None:
    """What the options here say; CHARACTER SET goes before COLLATE, and DEFAULT means the server's."""
    charset = collation = None
    while not cursor.done:
        if at_charset(cursor):
            charset = read_charset(cursor) or server
        elif cursor.accept("COLLATE"):
            cursor.accept("=")
            collation = charset_of_collation(name_of(cursor.next()))
        else:
            cursor.step()
    return charset or collation
