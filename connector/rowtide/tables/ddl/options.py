"""Reads the options of tables: character set, collation and comment; all others are stepped over."""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.tables.ddl.collations import overlooked
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.lexer import Kind, name_of, unquoted
from rowtide.tables.ddl.types import at_charset, read_charset


@dataclass(slots=True)
class Options:
    """What was said of a table; `charset` is that of the collation where only that was given."""

    charset: str | None = None
    comment: str | None = None

    def read(self, cursor: Cursor) -> bool:
        """Reads the option at the cursor; False, and nothing read, if it is none of ours."""
        if cursor.peek() == "DEFAULT" and cursor.peek(1) in ("CHARACTER", "CHAR", "CHARSET", "COLLATE"):
            cursor.step()
        if at_charset(cursor):
            self.charset = read_charset(cursor)
            self._explicit = True
        elif cursor.accept("COLLATE"):
            cursor.accept("=")
            if cursor.at_name():
                charset = overlooked(name_of(cursor.next()))
                self.charset = self.charset if self._explicit else charset
        elif cursor.accept("COMMENT"):
            cursor.accept("=")
            token = cursor.token()
            if token is not None and token.kind is Kind.STRING:
                self.comment = unquoted(token.text)
                cursor.step()
        else:
            return False
        return True

    _explicit: bool = False
