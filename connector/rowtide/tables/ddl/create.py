"""Reads CREATE TABLE from behind the table's name."""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.tables.ddl.collations import settled
from rowtide.tables.ddl.columns import read_definition
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.keys import at_constraint, read_constraint
from rowtide.tables.ddl.options import Options
from rowtide.tables.model import Table, TableId

_QUERY_WORDS = ("SELECT", "AS", "TABLE", "VALUES", "(")


@dataclass(frozen=True, slots=True)
class Created:
    """What a CREATE TABLE says.

    Attributes:
        table: None where it is LIKE another one.
        like: the table to copy.
        text: what is recorded of the statement.
        from_query: rows, and perhaps columns, come from a SELECT.
    """

    text: str
    table: Table | None = None
    like: TableId | None = None
    from_query: bool = False


def read_create_table(cursor: Cursor, table_id: TableId, default_charset: str | None, *, comments: bool) -> Created:
    """Reads the rest of the statement.

    Raises:
        SchemaError: a column's definition could not be understood.
    """
    if cursor.accept("LIKE") or cursor.accept("(", "LIKE"):
        return Created(cursor.text, like=cursor.table())
    draft = Draft(table_id)
    if cursor.peek() == "(" and cursor.peek(1) not in ("SELECT", "WITH", "(", "VALUES", "TABLE"):
        cursor.step()
        _read_elements(cursor, draft, comments=comments)
        cursor.must(")")
    options = Options()
    text = cursor.text
    while not cursor.done:
        if _at_query(cursor):
            if cursor.flavor == "mariadb" and cursor.peek() == "SELECT" and draft.has_columns:
                text = cursor.text_before()
                break
            return Created(text, _finished(draft, options, default_charset, comments=comments), from_query=True)
        if cursor.flavor == "mariadb" and cursor.peek() == "START" and cursor.peek(1) == "TRANSACTION":
            text = cursor.text_before()
            break
        if cursor.accept("PARTITION", "BY"):
            break
        if not options.read(cursor):
            cursor.skip_one()
            if cursor.accept("=") and not cursor.done:
                cursor.skip_one()
    return Created(text, _finished(draft, options, default_charset, comments=comments))


def _at_query(cursor: Cursor) -> bool:
    word, following = cursor.peek(), cursor.peek(1)
    return (
        word in _QUERY_WORDS
        or (word == "WITH" and following != "SYSTEM")
        or (word in ("IGNORE", "REPLACE") and following in ("SELECT", "AS", "WITH"))
    )


def _finished(draft: Draft, options: Options, default_charset: str | None, *, comments: bool) -> Table:
    draft.charset = settled(options.charset, default_charset)
    draft.comment = options.comment if comments else None
    return draft.build()


def _read_elements(cursor: Cursor, draft: Draft, *, comments: bool) -> None:
    while not cursor.done and cursor.peek() != ")":
        if at_constraint(cursor):
            constraint = read_constraint(cursor)
            if constraint is not None:
                constraint.apply(draft)
        else:
            _read_column(cursor, draft, comments=comments)
        if not cursor.accept(","):
            break


def _read_column(cursor: Cursor, draft: Draft, *, comments: bool) -> None:
    """Adds the column at the cursor, with the key it may declare."""
    name = cursor.column()
    definition = read_definition(cursor, comments=comments)
    draft.put(definition.column(name))
    if definition.primary or (definition.unique and not draft.has_key):
        draft.set_key([name])  # a UNIQUE that takes NULL too, unlike a unique index of the table: so does Debezium
