"""What a snapshot reads, decided before anything is locked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rowtide.changes import BinlogOffset
from rowtide.mysql.server import Server, quoted
from rowtide.tables.model import TableId


@dataclass(frozen=True, slots=True)
class SnapshotOptions:
    """What the configuration says of snapshots.

    Attributes:
        data: rows are read, not only schemas.
        locking: `minimal` (lock until the schemas are read), `extended` (until the rows are), `none`.
        lock_timeout_s: how long to wait for a lock.
        fetch_rows: how many rows make a batch.
        at: of definitions that are read anew for a stored offset: what stands for the position of the read view.
        selects: for a table, the statement to read it with instead of all its columns and rows.
        columns: of a table, the names of the columns to read.
    """

    data: bool = True
    locking: str = "minimal"
    lock_timeout_s: int = 10
    fetch_rows: int = 1000
    at: BinlogOffset | None = None
    selects: Mapping[TableId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SnapshotPlan:
    """Tables in the order in which they are described and read.

    Attributes:
        schemas: every table whose definition is recorded.
        data: the tables whose rows are read.
    """

    schemas: tuple[TableId, ...]
    data: tuple[TableId, ...]


def plan(
    server: Server,
    *,
    wanted_schema: Callable[[TableId], bool],
    wanted_data: Callable[[TableId], bool],
    order: Callable[[TableId], tuple[int, int, str]],
    by_rows: Literal["disabled", "ascending", "descending"] = "disabled",
    only_captured: bool = False,
) -> SnapshotPlan:
    """Asks the server for its tables.

    Args:
        order: sorts captured tables.
        by_rows: sorts them first by the server's estimates of their rows.
        only_captured: definitions are those of captured tables alone, and stand in their order.
    """
    by_name = sorted(all_tables(server), key=str)
    data = sorted(filter(wanted_data, by_name), key=order)
    if by_rows != "disabled":
        sign = 1 if by_rows == "ascending" else -1
        data.sort(key=lambda table: sign * server.estimated_rows(table.database, table.table))
    schemas = sorted(by_name, key=order) if only_captured else by_name
    return SnapshotPlan(schemas=tuple(filter(wanted_schema, schemas)), data=tuple(data))


def all_tables(server: Server) -> Iterable[TableId]:
    """The server's base tables, without those of information_schema and performance_schema."""
    for database in server.databases():
        if database.lower() in ("information_schema", "performance_schema"):
            continue
        for table in server.tables(database):
            yield TableId(database, table)


def select_statement(table: TableId, columns: Sequence[str], override: str | None) -> str:
    return override or f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table.database)}.{quoted(table.table)}"  # noqa: S608 - quoted
