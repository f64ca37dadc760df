"""Puts events of several topics and partitions together to the transactions that they came from.

Pure: messages and the time go in, transactions and single events come out; nothing here reads or waits.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from typing import Generic, TypeAlias, TypeVar

from rowtide_sdk.decoder import Decoder
from rowtide_sdk.errors import IncompleteTransactionError
from rowtide_sdk.events import Event, RowEvent, TransactionBoundary, Truncate
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.transactions.endings import Endings
from rowtide_sdk.transactions.ledger import Ledger
from rowtide_sdk.transactions.policy import TransactionPolicy
from rowtide_sdk.transactions.spool import size_of
from rowtide_sdk.transactions.unit import Change, Order, Unit, WholeTransaction, order_of

log = logging.getLogger(__name__)

R = TypeVar("R")

Item: TypeAlias = WholeTransaction[R] | Event[R]
"""What a reader of transactions gives: those, and the events that belong to none."""

SPILL_BYTES = 1 << 20
"""Transactions smaller than that stay in memory: each file costs a descriptor."""

_LOOK_S = 1.0
"""Time between two looks for transactions that have waited too long, as each goes over all that are in the making."""


class Grouper(Generic[R]):
    """One reader's transactions in the making.

    A transaction is given when it is whole, and transactions are given in the order in which they ended. An event
    outside of transactions (a snapshot's row, a tombstone, a change of the schema) is given after the transactions
    that stand before it in its partition.

    Args:
        endings: what tells that a transaction is whole.
    """

    def __init__(self, decoder: Decoder[R], endings: Endings[R], policy: TransactionPolicy) -> None:
        self._decoder = decoder
        self._endings = endings
        self._policy = policy
        self._ledger = Ledger()
        self._units: dict[str, Unit[R]] = {}
        self._known: OrderedDict[str, dict[TopicPartition, tuple[Order, int]]] = OrderedDict()
        self._ready: deque[tuple[Item[R], Unit[R] | None]] = deque()  # with a unit where it is the unit's last
        self._bytes = 0
        self._look_at = 0.0

    def put(self, message: RawMessage, now: float) -> None:
        """Takes the next message of its partition.

        Raises:
            DecodeError: as for `Decoder.decode`; the message may be passed over then, by `skip`.
        """
        event = self._decoder.decode(message)
        if isinstance(event, TransactionBoundary):
            self._boundary(event, now)
        elif isinstance(event, RowEvent | Truncate) and (transaction_id := self._endings.id_of(event)) is not None:
            self._change(event, transaction_id, now)
        else:
            self._single(event)
        self._ledger.read(message.topic_partition, message.offset)

    def skip(self, message: RawMessage) -> None:
        self._ledger.read(message.topic_partition, message.offset)

    def take(self, now: float) -> Item[R] | None:
        """The next item that can be given.

        Raises:
            IncompleteTransactionError: one misses events for longer than the policy allows.
        """
        if not self._ready:
            self._collect(now)
        return self._ready[0][0] if self._ready else None

    def done(self) -> dict[TopicPartition, int]:
        """Tells that the item taken last was handled; the offsets that may be committed for its partitions now."""
        item, unit = self._ready.popleft()
        return self._ledger.done([item.message.topic_partition]) if unit is None else self._release(unit)

    def settled(self) -> dict[TopicPartition, int]:
        """Offsets that may be committed by now, as far as they changed, also of messages that made no item."""
        return self._ledger.news()

    def _release(self, unit: Unit[R]) -> dict[TopicPartition, int]:
        unit.released = True  # its events go when nobody has the transaction any more
        partitions = set(unit.parts) | {follower.message.topic_partition for follower in unit.followers}
        if unit.end is not None:
            partitions.add(unit.end.message.topic_partition)
        return self._ledger.done(partitions)

    @property
    def bytes_in_memory(self) -> int:
        return self._bytes

    def clear(self) -> None:
        """Forgets all that is in the making: its partitions are read again from their last commit."""
        self._units.clear()
        self._known.clear()
        self._ready.clear()
        self._ledger.clear()
        self._endings.clear()
        self._bytes = 0

    def _boundary(self, boundary: TransactionBoundary, now: float) -> None:
        begun = self._units.get(boundary.id)
        if not boundary.is_end:
            if self._endings.begun(boundary) and begun is not None:
                begun.doubtful = True
            return
        if (begun is None and boundary.id in self._known) or (begun is not None and begun.late):
            return  # sent again
        if begun is None and not self._endings.expected(boundary):
            return
        unit = begun or self._new_unit(boundary.id, now)
        self._ledger.hold(boundary.message.topic_partition, boundary.message.offset, unit)
        self._endings.ended(unit, boundary, now)

    def _new_unit(self, transaction_id: str, now: float) -> Unit[R]:
        unit = self._units[transaction_id] = Unit(transaction_id, now)
        unit.doubtful = self._endings.begun_again(transaction_id)
        return unit

    def _change(self, event: Change[R], transaction_id: str, now: float) -> None:
        order = order_of(event)
        unit = self._units.get(transaction_id)
        if unit is None:
            known = self._known.get(transaction_id)
            if known is not None and _is_repeated(known, event, order):
                return
            unit = self._new_unit(transaction_id, now)
            if known is not None and _is_late(known, event):
                unit.late = unit.doubtful = True
        partition = event.message.topic_partition
        is_first = partition not in unit.parts
        if not unit.add(event, order, now, self._decoder.decode):
            return
        if is_first:
            self._ledger.hold(partition, event.message.offset, unit)
        self._endings.added(unit, event, now)
        self._bytes += size_of(event.message)
        if self._bytes > self._policy.memory_bytes:
            self._spill()

    def _spill(self) -> None:
        sizes = {unit.id: unit.bytes_in_memory for unit in self._units.values()}
        self._bytes = sum(sizes.values())
        largest = max(sizes, key=sizes.__getitem__, default=None)
        if largest is not None and sizes[largest] >= min(SPILL_BYTES, self._policy.memory_bytes):
            self._units[largest].to_disk()
            self._bytes -= sizes[largest]

    def _single(self, event: Event[R]) -> None:
        holder = self._ledger.last_holder(event.message.topic_partition)
        if isinstance(holder, Unit) and holder.id in self._units:
            holder.followers.append(event)
        else:
            self._ready.append((event, None))

    def _collect(self, now: float) -> None:
        while (unit := self._endings.next_whole(now)) is not None:
            self._give(unit, complete=True)
        if not self._ready and now >= self._look_at:
            self._look_at = now + _LOOK_S
            for unit in self._endings.stuck(self._units.values(), now, self._policy.timeout_s):
                self._incomplete(unit, now)

    def _incomplete(self, unit: Unit[R], now: float) -> None:
        problem = _problem(unit, now)
        if self._policy.on_incomplete == "raise":
            raise IncompleteTransactionError(problem, unit.id)
        log.warning("%s", problem)
        self._endings.dropped(unit)
        self._give(unit, complete=False, skipped=self._policy.on_incomplete == "skip")

    def _give(self, unit: Unit[R], *, complete: bool, skipped: bool = False) -> None:
        self._remember(unit)
        items: list[Item[R]] = [WholeTransaction(unit, complete)] if unit.parts and not skipped else []
        items += unit.followers
        if items:
            *others, last = items
            self._ready.extend((item, None) for item in others)
            self._ready.append((last, unit))
        else:
            unit.released = True

    def _remember(self, unit: Unit[R]) -> None:
        del self._units[unit.id]
        self._bytes -= unit.bytes_in_memory
        known = self._known.pop(unit.id, {})
        known |= {partition: (part.last, part.last_ts_ms) for partition, part in unit.parts.items()}
        self._known[unit.id] = known
        while len(self._known) > self._policy.remembered:
            self._known.popitem(last=False)


def _is_repeated(known: dict[TopicPartition, tuple[Order, int]], event: Change[R], order: Order) -> bool:
    """Sent before. A later event of the same place is of a server whose log began anew, where ids come again."""
    last, last_ts_ms = known.get(event.message.topic_partition, ((), 0))
    return order <= last and (event.source.ts_ms or 0) <= last_ts_ms


def _is_late(known: dict[TopicPartition, tuple[Order, int]], event: Change[R]) -> bool:
    return order_of(event) > known.get(event.message.topic_partition, ((), 0))[0]


def _problem(unit: Unit[R], now: float) -> str:
    missing = ", ".join(f"{count} of {table}" for table, count in unit.misses.items()) or "its end"
    return (
        f"transaction {unit.id} is incomplete: {missing} did not come for {now - unit.last_at:.0f} s. "
        'TransactionPolicy.on_incomplete="give" gives such transactions as they are, "skip" passes them over; if a '
        "transform drops rows or not all tables are subscribed, name the tables in collections="
    )
