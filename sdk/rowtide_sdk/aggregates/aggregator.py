"""One event for one business change: what was changed in a transaction, each aggregate as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from rowtide_sdk.aggregates.model import Aggregate, Whole
from rowtide_sdk.aggregates.store import Store
from rowtide_sdk.aggregates.tree import Tree
from rowtide_sdk.commits import StoredOffsets
from rowtide_sdk.errors import ConfigError, DecodeError
from rowtide_sdk.events import Delete, Event, Insert, Read, RowEvent, Truncate, Update
from rowtide_sdk.keys import key_text
from rowtide_sdk.reader import Reader
from rowtide_sdk.row import Row
from rowtide_sdk.transactions import WholeTransaction

log = logging.getLogger(__name__)

Item: TypeAlias = Event[Row] | WholeTransaction[Row]
Kind: TypeAlias = Literal["created", "changed", "deleted", "refreshed"]

AT_ONCE = 1000
"""Aggregates that one row may change within its transaction; of more, each is told as refreshed, afterwards."""

_PORTION = 2000


@dataclass(frozen=True, slots=True)
class AggregateEvent:
    """What became of one aggregate in one transaction.

    Attributes:
        kind: "refreshed" where one row (of a table that many refer to) changed more aggregates than fit into its
            transaction: then `before` is not known.
        key: of the root, a JSON array's text of its columns.
        transaction: the id of the source's transaction, where it has one.
    """

    kind: Kind
    key: str
    before: Whole | None
    after: Whole | None
    transaction: str | None


class Aggregator:
    """Keeps the rows of an aggregate's tables and tells of each transaction which aggregates it changed, and how.

    The state, the offsets of what has been read and what is still to be told are in one store, and change in one
    transaction after the handler has returned. So after a crash a transaction may be told again, but none is left out.
    Rows of snapshots fill the state without an event.

    Args:
        store: for this aggregator alone. With one in memory the topics are read from the beginning at each start.
        at_once: how many aggregates one row may change in its transaction.
    """

    def __init__(self, aggregate: Aggregate, store: Store, *, at_once: int = AT_ONCE) -> None:
        if at_once < 1:
            raise ConfigError(f"at_once is 1 or more, not {at_once}")
        self._store = store
        self._tree = Tree(aggregate, store)
        self._at_once = at_once

    @property
    def offsets(self) -> StoredOffsets:
        """To be given to the consumer as `commit`: reading goes on where the state is."""
        return StoredOffsets(self._store.offsets)

    def whole(self, *key: Any) -> Whole | None:
        """An aggregate as it is now, by the values of its root's key."""
        return self._tree.whole(key_text(key))

    def all(self) -> Iterator[Whole]:
        """Every aggregate as it is now, for instance after the snapshot."""
        for key in self._store.keys(self._tree.root):
            if (whole := self._tree.whole(key)) is not None:
                yield whole

    def follow(
        self,
        reader: Reader[Any],
        handler: Callable[[AggregateEvent], object],
        *,
        idle_s: float | None = None,
    ) -> None:
        """Hands over an event for each aggregate that a transaction changed, until the consumer is stopped.

        Args:
            reader: a `TransactionConsumer` without row classes, with `commit=aggregator.offsets` in its policy.
            handler: what it raises ends this; nothing of the transaction is kept then, and it is told again.
            idle_s: ends when nothing new has arrived for so long.

        Raises:
            TargetError: the store failed.
            SdkError: as the consumer.
        """
        self._refresh_all(handler)
        for batch in reader.batches(1, 0, idle_s=idle_s):
            with self._store.transaction():
                for item in batch.items:
                    for event in self._apply(item):
                        handler(event)
                self._store.store_offsets(batch.offsets)
            self._refresh_all(handler)

    def apply(self, item: Item) -> list[AggregateEvent]:
        """Takes an item and returns what it changed, for those who call the handler and keep offsets themselves."""
        with self._store.transaction():
            return self._apply(item)

    def refreshes(self, limit: int = _PORTION) -> list[AggregateEvent]:
        """The next aggregates that are to be told of because of a row that many refer to; none when all are told.

        They count as told with this call: it may be made within the application's own transaction of the same file.
        """
        with self._store.transaction():
            return self._refresh(limit)

    def _refresh_all(self, handler: Callable[[AggregateEvent], object]) -> None:
        while self._store.has_refreshes():
            with self._store.transaction():
                for event in self._refresh(_PORTION):
                    handler(event)

    def _refresh(self, limit: int) -> list[AggregateEvent]:
        wholes = ((root, self._tree.whole(root)) for root in self._store.take_refreshes(limit))
        return [AggregateEvent("refreshed", root, None, whole, None) for root, whole in wholes if whole is not None]

    def _apply(self, item: Item) -> list[AggregateEvent]:
        changes: Iterable[Any] = item if isinstance(item, WholeTransaction) else (item,)
        before: dict[str, Whole | None] = {}
        for change in changes:
            if isinstance(change, Truncate):
                log.warning("TRUNCATE of %s is not followed in aggregates", change.source.table_name)
            elif isinstance(change, Insert | Update | Delete | Read) and change.source.table_name in self._tree.tables:
                key = _key(change)
                known = self._store.row(change.source.table_name, key)
                if not isinstance(change, Read):
                    self._note(change, key, known, before)
                self._store_change(change, key, known)
        transaction = item.id if isinstance(item, WholeTransaction) else None
        return [event for key, was in before.items() if (event := self._event(key, was, transaction)) is not None]

    def _event(self, key: str, before: Whole | None, transaction: str | None) -> AggregateEvent | None:
        after = self._tree.whole(key)
        if before == after:
            return None
        kind: Kind = "created" if before is None else "deleted" if after is None else "changed"
        return AggregateEvent(kind, key, before, after, transaction)

    def _note(
        self,
        change: Insert[Row] | Update[Row] | Delete[Row],
        key: str,
        known: Row | None,
        before: dict[str, Whole | None],
    ) -> None:
        """Keeps the aggregates that the change is going to change, as they are before it."""
        table = change.source.table_name
        rows = [row for row in (known, change.after) if row is not None]
        roots: set[str] = set()
        for row in rows:
            roots.update(islice(self._tree.roots(table, key, row), self._at_once + 1))
        if len(roots) > self._at_once:
            for row in rows:
                self._store.add_refreshes(self._tree.roots(table, key, row))
            return
        for root in sorted(roots):
            if root not in before:
                before[root] = self._tree.whole(root)

    def _store_change(
        self, change: Insert[Row] | Update[Row] | Delete[Row] | Read[Row], key: str, known: Row | None
    ) -> None:
        table = change.source.table_name
        old = {} if known is None else self._tree.links(table, known)
        if isinstance(change, Delete):
            self._store.delete(table, key, old)
            return
        new = self._tree.links(table, change.after)
        self._store.unlink(key, {name: value for name, value in old.items() if new.get(name) != value})
        self._store.put(table, key, change.after, new)


def _key(change: RowEvent[Row]) -> str:
    if not isinstance(change.key, Row):
        message = change.message
        raise DecodeError(
            f"{change.source.table_name} has no key; tables of an aggregate need one",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
        )
    return key_text(tuple(change.key.values()))
