"""What a statement in the log is for, before any of it is parsed."""

from __future__ import annotations

import enum
import re

from rowtide.tables.ddl_filter import DdlFilter

_SET_STATEMENT = re.compile(r"^\s*SET\s+STATEMENT\s.+?\sFOR\s+", re.IGNORECASE | re.DOTALL)
_DML = ("INSERT ", "UPDATE ", "DELETE ", "REPLACE ")


class StatementKind(enum.Enum):
    BEGIN = "begin"
    COMMIT = "commit"
    DML = "dml"
    DDL = "ddl"
    ROLLBACK = "rollback"
    XA_ROLLBACK = "xa rollback"
    IGNORED = "ignored"


def classify(sql: str, ddl_filter: DdlFilter) -> StatementKind:
    """The kind of a trimmed statement; the order of the tests is Debezium's (contract: BEGIN and COMMIT, XA,
    filter, DML).
    """
    upper = sql[:32].upper()
    if upper == "BEGIN":
        return StatementKind.BEGIN
    if upper == "COMMIT":
        return StatementKind.COMMIT
    statement = _SET_STATEMENT.sub("", sql).lstrip()
    words = statement[:16].upper()
    if words.startswith("XA "):
        return StatementKind.XA_ROLLBACK if words.startswith("XA ROLLBACK") else StatementKind.IGNORED
    if ddl_filter.drops_streamed(sql):
        return StatementKind.IGNORED
    if words.startswith(_DML):
        return StatementKind.DML
    if upper == "ROLLBACK":
        return StatementKind.ROLLBACK
    if upper in ("END", "FLUSH PRIVILEGES") or upper.startswith(("SAVEPOINT", "ROLLBACK TO")):
        return StatementKind.IGNORED
    return StatementKind.DDL
