"""What tells that a transaction is whole: the transaction topic, or without it, later events and silence."""

from __future__ import annotations

import heapq
import itertools
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

from rowtide_sdk.events import TransactionBoundary
from rowtide_sdk.message import TopicPartition
from rowtide_sdk.position import Position, PositionTracker
from rowtide_sdk.transactions.unit import Change, Unit

R = TypeVar("R")

Subscribed: TypeAlias = Callable[[str], bool]
"""Whether events of a table, `db.table`, are among those that are read."""


class Endings(ABC, Generic[R]):
    """Told of every event and boundary in turn; knows which transactions are whole."""

    @abstractmethod
    def id_of(self, event: Change[R]) -> str | None:
        """The transaction of an event; None when it belongs to none."""

    @abstractmethod
    def begun(self, boundary: TransactionBoundary) -> bool:
        """Takes a BEGIN; whether it had begun before, so that the connector was restarted within it."""

    @abstractmethod
    def begun_again(self, transaction_id: str) -> bool:
        """Whether the connector was restarted within the transaction before its first event was read."""

    @abstractmethod
    def expected(self, boundary: TransactionBoundary) -> dict[str, int]:
        """Events of subscribed tables that an END tells of, by table."""

    @abstractmethod
    def ended(self, unit: Unit[R], boundary: TransactionBoundary, now: float) -> None:
        """Takes a transaction's END."""

    @abstractmethod
    def added(self, unit: Unit[R], event: Change[R], now: float) -> None:
        """An event was added to a transaction."""

    @abstractmethod
    def next_whole(self, now: float) -> Unit[R] | None:
        """The transaction that is to be given next if it is whole; each is told once."""

    @abstractmethod
    def stuck(self, units: Iterable[Unit[R]], now: float, timeout_s: float) -> list[Unit[R]]:
        """Transactions that have waited too long."""

    @abstractmethod
    def dropped(self, unit: Unit[R]) -> None:
        """One of those is no longer waited for."""

    @abstractmethod
    def clear(self) -> None:
        """Forgets everything."""


class TopicEndings(Endings[R]):
    """By the counts of END records, in whose order transactions are given.

    Debezium up to 3.6 counts wrongly when it was restarted within a transaction. So where BEGIN came twice, or events
    came again, or more came than were counted, the transaction is whole only once nothing of it came for a while.
    """

    def __init__(self, subscribed: Subscribed, settle_s: float) -> None:
        self._subscribed = subscribed
        self._settle_s = settle_s
        self.clear()

    def clear(self) -> None:
        self._queue: deque[Unit[R]] = deque()
        self._late: list[Unit[R]] = []
        self._last_begun = ""
        self._begun_again = ""
        self._last_end_at = float("-inf")

    def id_of(self, event: Change[R]) -> str | None:
        return None if event.transaction is None else event.transaction.id

    def begun(self, boundary: TransactionBoundary) -> bool:
        again = boundary.id == self._last_begun
        if again:
            self._begun_again = boundary.id
        self._last_begun = boundary.id
        return again

    def begun_again(self, transaction_id: str) -> bool:
        return transaction_id == self._begun_again

    def expected(self, boundary: TransactionBoundary) -> dict[str, int]:
        counts = boundary.data_collections.items()
        return {table: count for table, count in counts if count and self._subscribed(table)}

    def ended(self, unit: Unit[R], boundary: TransactionBoundary, now: float) -> None:
        expected = self.expected(boundary)
        if unit.end is None:
            self._queue.append(unit)
            unit.expected = expected
        else:
            unit.doubtful = True
            known = unit.expected or {}
            unit.expected = {table: max(known.get(table, 0), expected.get(table, 0)) for table in known | expected}
        unit.end = boundary
        unit.last_at = self._last_end_at = now

    def added(self, unit: Unit[R], event: Change[R], now: float) -> None:
        if unit.late and unit not in self._late:
            self._late.append(unit)

    def next_whole(self, now: float) -> Unit[R] | None:
        if self._queue and self._is_whole(self._queue[0], now):
            return self._queue.popleft()
        for unit in self._late:
            if now - unit.last_at >= self._settle_s:
                self._late.remove(unit)
                return unit
        return None

    def _is_whole(self, unit: Unit[R], now: float) -> bool:
        if unit.misses:
            return False
        return now - unit.last_at >= self._settle_s if unit.doubtful or unit.overflows else True

    def stuck(self, units: Iterable[Unit[R]], now: float, timeout_s: float) -> list[Unit[R]]:
        """The one that all others wait for; and those without END, when others that came later have ended."""
        waiting = [self._queue[0]] if self._queue else []
        waiting += [unit for unit in units if unit.end is None and unit.last_at < self._last_end_at]
        return [unit for unit in waiting if now - unit.last_at > timeout_s]

    def dropped(self, unit: Unit[R]) -> None:
        if unit in self._queue:
            self._queue.remove(unit)
        if unit in self._late:
            self._late.remove(unit)


class QuietEndings(Endings[R]):
    """Without a transaction topic: by what stands later, and by silence.

    A transaction is whole when nothing of it came for the settling time, and each partition is beyond it or was silent
    for that time. An event that is later than that makes another transaction with `late` set: a weaker promise than
    that of the transaction topic. Transactions are given in the order of their first events' positions.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self.clear()

    def clear(self) -> None:
        self._positions = PositionTracker()
        self._numbers = itertools.count()
        self._heap: list[tuple[Position, int, Unit[R]]] = []
        self._spans: dict[Unit[R], tuple[Position, Position]] = {}  # of those not yet given
        self._reached: dict[TopicPartition, tuple[Position, float]] = {}  # where, and when it was read

    def id_of(self, event: Change[R]) -> str | None:
        if event.source.is_snapshot:
            return None
        return event.transaction.id if event.transaction is not None else event.source.gtid

    def begun(self, boundary: TransactionBoundary) -> bool:
        return False

    def begun_again(self, transaction_id: str) -> bool:
        return False

    def expected(self, boundary: TransactionBoundary) -> dict[str, int]:
        return {}

    def ended(self, unit: Unit[R], boundary: TransactionBoundary, now: float) -> None:
        """Some topic of boundaries is read, but not as the transaction topic: its records say nothing here."""

    def added(self, unit: Unit[R], event: Change[R], now: float) -> None:
        partition = event.message.topic_partition
        position = self._positions.position(partition, event.source)
        first, last = self._spans.get(unit, (None, position))
        if first is None or position < first:
            heapq.heappush(self._heap, (position, next(self._numbers), unit))
            first = position
        self._spans[unit] = first, max(last, position)
        self._reached[partition] = position, now

    def next_whole(self, now: float) -> Unit[R] | None:
        while self._heap:
            unit = self._heap[0][2]
            span = self._spans.get(unit)
            if span is None:  # given already, under an earlier position
                heapq.heappop(self._heap)
                continue
            if not self._is_whole(unit, span[1], now):
                return None
            heapq.heappop(self._heap)
            del self._spans[unit]
            return unit
        return None

    def _is_whole(self, unit: Unit[R], last: Position, now: float) -> bool:
        quiet_since = now - self._settle_s
        if unit.last_at > quiet_since:
            return False
        return all(position > last or read_at <= quiet_since for position, read_at in self._reached.values())

    def stuck(self, units: Iterable[Unit[R]], now: float, timeout_s: float) -> list[Unit[R]]:
        return []

    def dropped(self, unit: Unit[R]) -> None:
        self._spans.pop(unit, None)
