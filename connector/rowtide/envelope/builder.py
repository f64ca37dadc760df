"""From changes to record batches, in the order of the stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowtide import native
from rowtide.changes import (
    BinlogOffset,
    Heartbeat,
    RowChanges,
    SchemaChange,
    TransactionBegin,
    TransactionEnd,
    WholeTransactions,
)
from rowtide.connect.java import hash_map
from rowtide.connect.record import ListBatch, RecordBatch, SourceRecord
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.headers import context_headers
from rowtide.envelope.heartbeat import heartbeat_record
from rowtide.envelope.native_transactions import TransactionsBatch
from rowtide.envelope.plans import Plans
from rowtide.envelope.rows import RowRecordBatch, RowsContext
from rowtide.envelope.schema_change import SchemaChangeRecords
from rowtide.envelope.source_info import SourceInfo
from rowtide.envelope.table_schema import TableSchemas
from rowtide.envelope.transaction import Counted, Transactions, begin_record, end_record


class RecordBuilder:
    """Builds the records of one task.

    Called from the task's thread with the changes in their order, since it counts a transaction's events.
    Batches may be read later; read twice, their records carry a later time.
    """

    def __init__(self, config: EnvelopeConfig) -> None:
        self._config = config
        self._headers = context_headers(config)
        self._source = SourceInfo(config)
        self._schemas = TableSchemas(config, self._source)
        self._schema_changes = SchemaChangeRecords(config, self._source, self._headers)
        self._transactions = Transactions()
        self._plans = Plans(config, self._headers) if native.engine() == "native" else None

    def rows(self, changes: RowChanges) -> RecordBatch:
        """The records of some rows. With transaction metadata, updates are decoded here, since they must be counted.

        Raises:
            DataError: a default cannot be converted, and failures are not tolerated.
            SchemaError, BinlogError: while the batch is read; rows do not fit the table.
        """
        table = changes.table.id
        context = RowsContext(
            self._config,
            self._schemas.of(changes.table),
            self._source.block(changes.source, table.database, table.table),
            self._headers,
            None if changes.operation == "r" else self._transactions.current,
            self._offset_map,
            self._plans,
        )
        batch = RowRecordBatch(context, changes)
        if context.transaction is not None:
            self._transactions.count(str(table), batch.events)
        return batch

    def new_lane(self, *, commit_times: bool) -> Any | None:
        """What the native engine needs to make records of whole transactions by itself; None where it must not.

        Args:
            commit_times: source times are those of commits where the log has them.
        """
        return self._plans.new_lane(commit_times=commit_times) if self._plans is not None else None

    def transactions(self, change: WholeTransactions) -> RecordBatch:
        assert self._plans is not None
        return TransactionsBatch(
            self._config.source_partition,
            change.records,
            self._plans.topics,
            lambda index: self._offset_map(change.offset(index), None),
        )

    def schema_change(self, change: SchemaChange) -> RecordBatch:
        return self._single(self._schema_changes.record(change), change.offset)

    def begin(self, begin: TransactionBegin) -> RecordBatch:
        """Empty without transaction metadata, and for a transaction that goes on after a restart."""
        if not self._config.rules.transactions or not self._transactions.begin(begin.id):
            return self._none(begin.offset)
        state = Counted(begin.id, {})
        record = begin_record(self._config.topics.transactions, state, begin.source.time_us // 1000)
        return self._single(record, begin.offset)

    def end(self, end: TransactionEnd) -> RecordBatch:
        """Empty without transaction metadata, and when none was begun. Its offset is still inside the transaction."""
        state = self._transactions.current
        if not self._config.rules.transactions or state is None:
            return self._none(end.offset)
        record = end_record(self._config.topics.transactions, state, end.source.time_us // 1000)
        batch = self._single(record, end.offset)
        self._transactions.end()
        return batch

    def heartbeat(self, heartbeat: Heartbeat) -> RecordBatch:
        """Empty when heartbeats are off."""
        if not self._config.rules.heartbeats:
            return self._none(heartbeat.offset)
        topics = self._config.topics
        record = heartbeat_record(topics.heartbeats, topics.prefix, self._config.clock() // 1_000_000)
        return self._single(record, heartbeat.offset)

    def offset_map(self, offset: BinlogOffset) -> dict[str, object]:
        """The offset as it is stored now: Debezium's keys in the order of a Java HashMap, unset ones left out."""
        return self._offset_map(offset, self._transactions.current)

    def restore(self, offset: Mapping[str, object]) -> None:
        """Goes on with the transaction of a stored offset. Called before the first change."""
        if self._config.rules.transactions:
            self._transactions.restore(offset)

    def _offset_map(self, offset: BinlogOffset, transaction: Counted | None) -> dict[str, object]:
        entries: dict[str, object] = {
            "server_id": offset.server_id or None,
            "gtids": offset.gtids,
            "file": offset.file,
            "pos": offset.pos,
            "event": offset.event or None,
            "row": offset.row or None,
            "ts_sec": offset.ts_sec,
            "snapshot": offset.snapshot,
        }
        present = {key: value for key, value in entries.items() if value is not None}
        if transaction is not None and offset.snapshot is None:
            present.update(transaction.offset())
        return hash_map(present)

    def _single(self, record: SourceRecord, offset: BinlogOffset) -> RecordBatch:
        return ListBatch(self._config.source_partition, self.offset_map(offset), [record])

    def _none(self, offset: BinlogOffset) -> RecordBatch:
        return ListBatch(self._config.source_partition, self.offset_map(offset), [])
