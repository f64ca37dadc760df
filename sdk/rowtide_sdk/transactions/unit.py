"""A transaction: while its events arrive, and as it is given to the application."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeAlias, TypeVar

from rowtide_sdk.events import Delete, Event, Insert, Read, TransactionBoundary, Truncate, Update
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.position import split_file
from rowtide_sdk.transactions.key_change import KeyChange, key_changes
from rowtide_sdk.transactions.spool import Spool

R = TypeVar("R")

Change: TypeAlias = Insert[R] | Update[R] | Delete[R] | Read[R] | Truncate

Order: TypeAlias = tuple[int, ...]
"""Place of an event in its transaction; the same for the same event when it is sent again."""


def order_of(event: Change[R]) -> Order:
    """By the connector's count where it counts, else by the place in the log, where a changed key has two events."""
    if event.transaction is not None:
        return (event.transaction.total_order,)
    source = event.source
    return split_file(source.file or "")[1], source.pos or 0, source.row or 0, event.op == "c"


class Part(Generic[R]):
    """The events of a transaction that came from one partition, where they stand in the transaction's order."""

    __slots__ = ("last", "last_ts_ms", "spool")

    def __init__(self, decode: Callable[[RawMessage], Event[R]]) -> None:
        self.spool: Spool[R] = Spool(decode)
        self.last: Order = ()
        self.last_ts_ms = 0

    def add(self, event: Change[R], order: Order) -> bool:
        """Whether the event is new; the connector repeats what it sent before a restart in the same order."""
        if order <= self.last:
            return False
        self.last = order
        self.last_ts_ms = event.source.ts_ms or 0
        self.spool.append(event)
        return True


class Unit(Generic[R]):
    """A transaction whose events arrive.

    Attributes:
        counts: events so far by `db.table`.
        expected: events of subscribed tables that END tells of; None before END.
        doubtful: the connector was restarted within it, so that END's counts may be wrong.
        followers: events outside of transactions that came after this one's in their partition.
        released: the application has handled it and its followers.
    """

    __slots__ = (
        "counts",
        "doubtful",
        "end",
        "expected",
        "followers",
        "id",
        "last_at",
        "late",
        "parts",
        "places",
        "released",
    )

    def __init__(self, transaction_id: str, now: float) -> None:
        self.id = transaction_id
        self.parts: dict[TopicPartition, Part[R]] = {}
        self.counts: dict[str, int] = {}
        self.places: dict[str, int] = {}
        self.expected: dict[str, int] | None = None
        self.end: TransactionBoundary | None = None
        self.doubtful = False
        self.late = False
        self.last_at = now
        self.followers: list[Event[R]] = []
        self.released = False

    def add(self, event: Change[R], order: Order, now: float, decode: Callable[[RawMessage], Event[R]]) -> bool:
        """Whether the event was new."""
        partition = event.message.topic_partition
        part = self.parts.get(partition)
        if part is None:
            part = self.parts[partition] = Part(decode)
        if not part.add(event, order):
            self.doubtful = True
            return False
        table = event.source.table_name
        self.counts[table] = self.counts.get(table, 0) + 1
        if event.transaction is not None:
            self.places[table] = max(self.places.get(table, 0), event.transaction.data_collection_order)
        self.last_at = now
        return True

    @property
    def misses(self) -> dict[str, int]:
        """How many events are known to be missing, by table."""
        if self.late:
            return {}
        missing = {table: max(count, self.places.get(table, 0)) for table, count in (self.expected or {}).items()}
        missing |= {table: place for table, place in self.places.items() if table not in missing}
        return {table: n - self.counts.get(table, 0) for table, n in missing.items() if n > self.counts.get(table, 0)}

    @property
    def overflows(self) -> bool:
        """More events came than END told of."""
        return any(count > (self.expected or {}).get(table, 0) for table, count in self.counts.items())

    @property
    def bytes_in_memory(self) -> int:
        return sum(part.spool.bytes_in_memory for part in self.parts.values())

    def to_disk(self) -> None:
        for part in self.parts.values():
            part.spool.to_disk()


class WholeTransaction(Generic[R]):
    """All events of one transaction of the source, in its order, over all subscribed topics and their partitions.

    Iterated as often as wanted; a large one is read from a temporary file each time, which goes with it.

    Attributes:
        id: the connector's id: the GTID, or `file=...,pos=...` without GTIDs.
        complete: False where events are missing, which only happens if the policy allows it.
        late: further events of a transaction that was given before, as the connector had counted wrongly.
        counts: number of events by `db.table`.
        end: the record that ended it; None without a transaction topic.
    """

    __slots__ = ("complete", "counts", "end", "id", "late", "unit")

    def __init__(self, unit: Unit[R], complete: bool) -> None:
        self.unit = unit
        self.id = unit.id
        self.complete = complete
        self.late = unit.late
        self.counts: Mapping[str, int] = unit.counts
        self.end = unit.end

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[Change[R]]:
        parts = [part.spool for part in self.unit.parts.values()]
        if len(parts) == 1:
            return iter(parts[0])  # type: ignore[arg-type] # only changes were put in
        return heapq.merge(*parts, key=order_of)  # type: ignore[arg-type]

    def of(self, table: str) -> Iterator[Change[R]]:
        """The events of one table, `db.table`."""
        return (event for event in self if event.source.table_name == table)

    def key_changes(self) -> Iterator[KeyChange[R]]:
        """Rows that go on under another key: each joins the Delete and the Insert that stand for it."""
        return key_changes(self)

    @property
    def first(self) -> Change[R]:
        return next(iter(self))

    @property
    def message(self) -> RawMessage:
        """The first event's, to tell where the transaction stands."""
        return self.first.message

    def __repr__(self) -> str:
        state = "" if self.complete else ", incomplete"
        return f"WholeTransaction({self.id!r}, {len(self)} events of {', '.join(sorted(self.counts))}{state})"
