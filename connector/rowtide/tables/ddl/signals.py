"""Events before it is known what they leave of tables, and how they become events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rowtide.connect.java import hash_map_order
from rowtide.tables.ddl.result import DdlEvent, EventKind
from rowtide.tables.model import Table, TableChange, TableId


@dataclass(frozen=True, slots=True)
class Signal:
    """What a reader says of one table or database. `previous` is the name before RENAME TABLE."""

    kind: EventKind
    database: str
    ddl: str
    table: TableId | None = None
    previous: TableId | None = None


def events(signals: Sequence[Signal], find: Callable[[TableId], Table | None]) -> tuple[DdlEvent, ...]:
    """One event a signal, with the tables that `find` knows after all statements are applied.

    An event's `tables` are those of all its neighbours of the same database, in the order of Java's set of them.
    """
    made: list[DdlEvent] = []
    first = 0
    while first < len(signals):
        last = first
        while last < len(signals) and signals[last].database == signals[first].database:
            last += 1
        run = signals[first:last]
        named = {str(signal.table): signal.table for signal in run if signal.table is not None}
        tables = tuple(named[name] for name in hash_map_order(named))
        made += [DdlEvent(item.kind, item.database, item.ddl, _changes(item, find), tables) for item in run]
        first = last
    return tuple(made)


def _changes(signal: Signal, find: Callable[[TableId], Table | None]) -> tuple[TableChange, ...]:
    if signal.table is None:
        return ()
    if signal.kind == "DROP":
        return (TableChange("DROP", signal.table),)
    table = find(signal.table)
    if table is None or signal.kind not in ("CREATE", "ALTER"):
        return ()
    return (TableChange("CREATE" if signal.kind == "CREATE" else "ALTER", table.id, table, signal.previous),)
