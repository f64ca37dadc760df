"""What applying a statement yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rowtide.tables.model import TableChange, TableId

EventKind = Literal["CREATE", "ALTER", "DROP", "TRUNCATE", "DATABASE"]


@dataclass(frozen=True, slots=True)
class DdlEvent:
    """One record for history and schema change topic.

    Attributes:
        database: what `databaseName` says; may be empty.
        ddl: the statement, or the part of it that concerns this table.
        changes: none or one; a TRUNCATE, and what concerns no known table, has none.
        tables: all tables of the run of events for this database, in the order in which `source.table` names them.
    """

    kind: EventKind
    database: str
    ddl: str
    changes: tuple[TableChange, ...] = ()
    tables: tuple[TableId, ...] = ()


@dataclass(frozen=True, slots=True)
class DdlResult:
    """The events of one statement, never empty.

    Attributes:
        unparsed: a statement on a table's columns could not be understood; the table is as it was.
        reason: why; empty unless `unparsed`.
    """

    events: tuple[DdlEvent, ...]
    unparsed: bool = False
    reason: str = ""
