"""All tables of a server as the statements of its log leave them, and what is recorded of each statement.

Grouping, order and texts are Debezium's (BinlogDatabaseSchema of 3.6 and the listeners of its parsers). Where
Debezium would read later rows wrongly, the server is followed instead: COLLATE without CHARACTER SET decides on the
character set wherever it stands, ALTER TABLE ... DEFAULT CHARSET holds for columns added later, a database made
without a character set has the server's, CREATE OR REPLACE TABLE replaces, IF [NOT] EXISTS of a column is heeded, SET
DEFAULT NULL takes the default away, columns added in parentheses keep their own NOT NULL, MariaDB's executable
comments are executed, DROP TEMPORARY TABLE leaves permanent tables alone. No statement stops the reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowtide.errors import SchemaError
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.known import KnownTables
from rowtide.tables.ddl.lexer import Token, tokenize
from rowtide.tables.ddl.normalize import normalized
from rowtide.tables.ddl.result import DdlEvent, DdlResult
from rowtide.tables.ddl.session import UNTOLD, Session
from rowtide.tables.ddl.signals import Signal, events
from rowtide.tables.ddl.statements import HEADER_TOKENS, OBJECTS, PROGRAMS, READERS

_CREATE_OR_REPLACE = re.compile(r"\s*CREATE\s+OR\s+REPLACE\s+TABLE\b", re.IGNORECASE)


class SchemaState(KnownTables):
    """All tables of a server; statements are applied to it in the order of the log."""

    def apply(self, sql: str, database: str, *, failed: bool = False, session: Session = UNTOLD) -> DdlResult:
        """Applies the statement or statements of one log event, executed in `database`. Raises for no text whatever.

        Args:
            failed: the event says that the server ended the statement with an error. A CREATE OR REPLACE TABLE that
                fails has dropped the old table, and is logged for that.
            session: of the one that executed it; what the schema history has kept of a statement does not tell it.
        """
        self.session = session
        escapes = session.escapes is not False
        text = sql
        if self.flavor == "mysql":
            text = normalized(sql, ansi_quotes=self.variables.ansi_quotes, escapes=escapes)
        signals, reason = self._apply_text(text, database, escapes=escapes)
        if reason and not signals and "\\" in text and session.escapes is None:  # NO_BACKSLASH_ESCAPES, perhaps
            signals, plain_reason = self._apply_text(text, database, escapes=False)
            reason = plain_reason and reason
        made = events(signals, self.table) or (DdlEvent("DATABASE", database, sql),)
        if failed and _CREATE_OR_REPLACE.match(text):
            for table in (table for event in made for table in event.tables):
                self.remove(table)
        return DdlResult(made, unparsed=bool(reason), reason=reason)

    def _apply_text(self, text: str, database: str, *, escapes: bool) -> tuple[list[Signal], str]:
        """What came of it, and what was not understood, empty if nothing."""
        signals: list[Signal] = []
        reason = ""
        for tokens in _statements(tokenize(text, self.flavor, escapes=escapes)):
            try:
                signals += self._apply_one(Cursor(text, tokens, database, self.flavor, self.session))
            except SchemaError as error:
                reason = reason or error.message
        return signals, reason

    def _apply_one(self, cursor: Cursor) -> list[Signal]:
        if cursor.peek() == "SET" and cursor.peek(1) == "STATEMENT":
            inner = cursor.after("FOR")
            return [] if inner is None else self._apply_one(inner)
        reader = READERS.get(cursor.peek())
        if reader is None:
            return []
        cursor.step()
        return reader(self, cursor)


def _statements(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The tokens of each statement; none for what defines a program, whatever semicolons are in it."""
    if _is_program(tokens):
        return []
    statements = []
    start = 0
    for index, token in enumerate(tokens):
        if token.upper == ";":
            statements.append(tokens[start:index])
            start = index + 1
    statements.append(tokens[start:])
    return [statement for statement in statements if statement]


def _is_program(tokens: Sequence[Token]) -> bool:
    if not tokens or tokens[0].upper not in ("CREATE", "ALTER", "DROP"):
        return bool(tokens) and tokens[0].upper not in READERS
    found = next((token.upper for token in tokens[1:HEADER_TOKENS] if token.upper in OBJECTS), "")
    return found in PROGRAMS
