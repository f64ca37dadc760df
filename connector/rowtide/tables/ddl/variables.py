"""System variables that statements set, as far as they decide on character sets and quoting."""

from __future__ import annotations

from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.lexer import Kind, Token, unquoted

SERVER, DATABASE, SQL_MODE = "character_set_server", "character_set_database", "sql_mode"
_KEPT = frozenset({SERVER, DATABASE, SQL_MODE})
_ANSI_MODES = frozenset({"ANSI_QUOTES", "ANSI", "ORACLE", "POSTGRESQL", "MSSQL", "DB2", "MAXDB"})


class Variables:
    """Values by scope; a session's stands before the global one."""

    def __init__(self) -> None:
        self._session: dict[str, str] = {}
        self._global: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self._session.get(name) or self._global.get(name)

    def set(self, name: str, value: str | None, *, everywhere: bool = False) -> None:
        """Keeps the value if the variable matters to us; None and DEFAULT forget it."""
        name = name.lower()
        if name not in _KEPT:
            return
        scope = self._global if everywhere else self._session
        if value is None or value.upper() == "DEFAULT":
            scope.pop(name, None)
        else:
            scope[name] = value

    @property
    def ansi_quotes(self) -> bool:
        modes = (self.get(SQL_MODE) or "").upper().split(",")
        return any(mode.strip() in _ANSI_MODES for mode in modes)


def read_assignments(cursor: Cursor) -> list[tuple[str, str, bool]]:
    """The assignments of a SET statement from behind SET: name, value, and whether it is the global value."""
    assignments = []
    everywhere = False
    while not cursor.done:
        scope = cursor.accept_any("GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY")
        if scope:
            everywhere = scope in ("GLOBAL", "PERSIST")
        target = cursor.next()
        name, here = _target(target, everywhere=everywhere)
        cursor.accept(":")
        if name and cursor.accept("="):
            start = cursor.token()
            cursor.skip_to_comma()
            assignments.append((name, _value(cursor, start), here))
        else:
            cursor.skip_to_comma()
        if not cursor.accept(","):
            break
    return assignments


def _target(token: Token, *, everywhere: bool) -> tuple[str, bool]:
    """The variable's name, empty for a user's, and whether its global value is meant."""
    if token.kind is not Kind.VARIABLE:
        return unquoted(token.text), everywhere
    if not token.text.startswith("@@"):
        return "", False
    scope, _, name = token.text[2:].rpartition(".")
    return name, scope.lower() in ("global", "persist")


def _value(cursor: Cursor, start: Token | None) -> str:
    return unquoted(cursor.text_between(start)) if start is not None else ""
