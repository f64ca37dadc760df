"""Settings of the session that executed a statement, as far as they decide on what the statement means."""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.mysql.charsets import charset_of_number

_NO_BACKSLASH_ESCAPES, _ORACLE = 1 << 20, 1 << 9
"""Bits of sql_mode (MySQL's sql/system_variables.h, MariaDB's sql/sql_class.h). New MySQL has no ORACLE any more; old
ones had it mean less.
"""


@dataclass(frozen=True, slots=True)
class Session:
    """What the log tells of a session; None where it does not.

    Attributes:
        escapes: backslashes escape.
        oracle: sql_mode has ORACLE, where MariaDB takes DATE for DATETIME.
        server_charset: what a database gets that is made without a character set.
    """

    escapes: bool | None = None
    server_charset: str | None = None
    oracle: bool = False


UNTOLD = Session()


def logged_session(sql_mode: int | None, server_collation: int | None) -> Session:
    """From the status variables of a Query event.

    Args:
        sql_mode: its bits.
        server_collation: number of the session's collation_server.
    """
    charset = None if server_collation is None else charset_of_number(server_collation)
    if sql_mode is None:
        return Session(server_charset=charset)
    return Session(not sql_mode & _NO_BACKSLASH_ESCAPES, charset, bool(sql_mode & _ORACLE))
