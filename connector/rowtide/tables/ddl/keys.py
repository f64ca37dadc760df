"""Reads indexes and constraints, of which only keys and periods matter for a table's columns and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.lexer import Kind, name_of

_INDEX_WORDS = ("INDEX", "KEY", "FULLTEXT", "SPATIAL", "FOREIGN", "PRIMARY", "UNIQUE", "CONSTRAINT")


def at_constraint(cursor: Cursor) -> bool:
    """Whether an index or constraint stands here rather than a column."""
    word, following = cursor.peek(), cursor.peek(1)
    return (
        word in _INDEX_WORDS
        or (word == "CHECK" and following == "(")
        or (word == "PERIOD" and following == "FOR")
        or (word in ("VECTOR", "CLUSTERING") and following in ("INDEX", "KEY"))
    )


@dataclass(frozen=True, slots=True)
class KeyConstraint:
    """A primary or unique key; None among the parts stands for an expression."""

    primary: bool
    parts: Sequence[str | None]

    def apply(self, draft: Draft) -> None:
        if self.primary:
            draft.set_primary_key([name for name in self.parts if name is not None])
        else:
            draft.offer_unique_key(self.parts)


@dataclass(frozen=True, slots=True)
class Period:
    """MariaDB's period of an application, whose columns take no NULL."""

    name: str
    parts: Sequence[str | None]

    def apply(self, draft: Draft) -> None:
        draft.add_period(self.name, [name for name in self.parts if name is not None])


def read_constraint(cursor: Cursor) -> KeyConstraint | Period | None:
    """Reads the index or constraint at the cursor, up to the comma or parenthesis behind it; None if it is neither."""
    constraint: KeyConstraint | Period | None = None
    if cursor.accept("CONSTRAINT") and cursor.peek() not in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        cursor.skip_one()
    if cursor.accept("PRIMARY", "KEY"):
        _skip_to_columns(cursor)
        constraint = KeyConstraint(True, key_parts(cursor))
    elif cursor.accept("UNIQUE"):
        cursor.accept_any("KEY", "INDEX")
        _skip_to_columns(cursor)
        constraint = KeyConstraint(False, key_parts(cursor))
    elif cursor.accept("PERIOD", "FOR") and cursor.peek() != "SYSTEM_TIME":
        name = cursor.name()
        _skip_to_columns(cursor)
        constraint = Period(name, key_parts(cursor))
    cursor.skip_to_comma()
    return constraint


def _skip_to_columns(cursor: Cursor) -> None:
    """Steps over IF NOT EXISTS, the index's name and USING."""
    while not cursor.done and cursor.peek() not in ("(", ",", ")"):
        cursor.step()


def key_parts(cursor: Cursor) -> list[str | None]:
    """The columns in the parentheses here, without lengths and directions; None for an expression."""
    parts: list[str | None] = []
    if not cursor.accept("("):
        return parts
    while not cursor.done and not cursor.accept(")"):
        token = cursor.token()
        if (
            token is not None
            and token.kind is not Kind.SIGN
            and cursor.peek(1) in ("", "(", ",", ")", "ASC", "DESC", "WITHOUT")
        ):
            parts.append(name_of(token))
        elif token is not None and token.upper != ",":
            parts.append(None)
        cursor.skip_one()
        cursor.skip_to_comma()
        cursor.accept(",")
    return parts
