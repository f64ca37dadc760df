"""Transaction metadata: counters of the running transaction, the block in row records, BEGIN and END records.

The counters are part of every offset inside a transaction, so that they go on after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rowtide.connect.java import hash_map_order
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT64, OPTIONAL_INT64, STRING, Struct, array, struct
from rowtide.envelope.table_schema import TRANSACTION_BLOCK

ID_KEY = "transaction_id"
ORDER_PREFIX = "transaction_data_collection_order_"

_KEY = struct("io.debezium.connector.common.TransactionMetadataKey", ("id", STRING), version=1)
_COLLECTION = struct("event.collection", ("data_collection", STRING), ("event_count", INT64), version=1, optional=True)
_VALUE = struct(
    "io.debezium.connector.common.TransactionMetadataValue",
    ("status", STRING),
    ("id", STRING),
    ("event_count", OPTIONAL_INT64),
    ("data_collections", array(_COLLECTION, optional=True)),
    ("ts_ms", INT64),
    version=1,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """The state of the counters at one moment; orders are by `db.table`."""

    id: str
    orders: Mapping[str, int]

    def with_event(self, table: str, events: int) -> Counted:
        """The state after so many more events of a table."""
        return Counted(self.id, {**self.orders, table: self.orders.get(table, 0) + events})

    def block(self, table: str) -> Struct:
        """The `transaction` block of the event that was counted last."""
        return Struct(TRANSACTION_BLOCK, (self.id, sum(self.orders.values()), self.orders[table]))

    def offset(self) -> dict[str, object]:
        """The keys that an offset inside the transaction has more."""
        return {ID_KEY: self.id, **{ORDER_PREFIX + table: order for table, order in self.orders.items()}}


class Transactions:
    """The running transaction, None outside of one."""

    def __init__(self) -> None:
        self.current: Counted | None = None

    def begin(self, transaction_id: str) -> bool:
        """False when it is the transaction that an offset restored: its counters go on, and its BEGIN was sent."""
        if self.current is not None and self.current.id == transaction_id:
            return False
        self.current = Counted(transaction_id, {})
        return True

    def count(self, table: str, events: int) -> None:
        if self.current is not None and events:
            self.current = self.current.with_event(table, events)

    def end(self) -> Counted | None:
        ended, self.current = self.current, None
        return ended

    def restore(self, offset: Mapping[str, object]) -> None:
        """Takes up what a stored offset says. An offset outside of a transaction ends what is running."""
        transaction_id = offset.get(ID_KEY)
        if not isinstance(transaction_id, str):
            self.current = None
            return
        orders = {
            key.removeprefix(ORDER_PREFIX): order
            for key, order in offset.items()
            if key.startswith(ORDER_PREFIX) and isinstance(order, int)
        }
        self.current = Counted(transaction_id, orders)


def begin_record(topic: str, state: Counted, time_ms: int) -> SourceRecord:
    return _record(topic, state.id, ("BEGIN", state.id, None, None, time_ms))


def end_record(topic: str, state: Counted, time_ms: int) -> SourceRecord:
    """Tables in the order of a Java HashMap, which is what Debezium keeps them in."""
    collections = [Struct(_COLLECTION, (table, state.orders[table])) for table in hash_map_order(state.orders)]
    return _record(topic, state.id, ("END", state.id, sum(state.orders.values()), collections, time_ms))


def _record(topic: str, transaction_id: str, values: tuple[object, ...]) -> SourceRecord:
    return SourceRecord(topic, None, _KEY, Struct(_KEY, (transaction_id,)), _VALUE, Struct(_VALUE, values))
