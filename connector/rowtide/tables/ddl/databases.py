"""Applies CREATE, ALTER and DROP DATABASE, keeping default character sets. The cursor stands behind DATABASE."""

from __future__ import annotations

from rowtide.mysql.charsets import charset_of_collation
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.known import KnownTables
from rowtide.tables.ddl.lexer import name_of
from rowtide.tables.ddl.signals import Signal
from rowtide.tables.ddl.types import at_charset, read_charset
from rowtide.tables.ddl.variables import SERVER

_OPTIONS = ("CHARACTER", "CHARSET", "DEFAULT", "COLLATE", "READ", "COMMENT", "UPGRADE", "ENCRYPTION")


def create(known: KnownTables, cursor: Cursor) -> list[Signal]:
    cursor.if_exists()
    name = cursor.name()
    server = known.variables.get(SERVER)
    charset = _charset(cursor, server) or server
    if charset is not None:
        known.database_charsets[name] = charset
    return [Signal("DATABASE", name, cursor.text)]


def alter(known: KnownTables, cursor: Cursor) -> None:
    """Signals nothing: Debezium records the statement under the database it was executed in."""
    name = cursor.database if cursor.peek() in _OPTIONS else cursor.name()
    charset = _charset(cursor, known.variables.get(SERVER))
    if charset is not None:
        known.database_charsets[name] = charset


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
