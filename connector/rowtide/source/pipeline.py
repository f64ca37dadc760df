"""From changes to record batches: records schema changes in the history first, then lets the envelope build records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from rowtide.changes import (
    Change,
    Heartbeat,
    RowChanges,
    SchemaChange,
    TransactionBegin,
    TransactionEnd,
    WholeTransactions,
)
from rowtide.connect.record import RecordBatch
from rowtide.envelope import RecordBuilder
from rowtide.tables.history import HistoryRecord, HistoryStore
from rowtide.tables.history.scope import HistoryScope


class Pipeline:
    """Composes history and envelope for one task. Called in the order of the changes."""

    def __init__(
        self,
        builder: RecordBuilder,
        history: HistoryStore,
        scope: HistoryScope,
        *,
        server_name: str,
        publish_schema_changes: bool,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._builder = builder
        self._history = history
        self._scope = scope
        self._server_name = server_name
        self._publish = publish_schema_changes
        self._clock_ms = clock_ms

    def records(self, change: Change) -> RecordBatch | None:
        """The records of a change, None if it makes none. A schema change is in the history when this returns."""
        if isinstance(change, SchemaChange):
            batches = self.schema_changes([change])
            return batches[0] if batches else None
        batch = self._batch(change)
        return batch if len(batch) else None

    def schema_changes(self, changes: Sequence[SchemaChange]) -> list[RecordBatch]:
        """Records several schema changes at once, then builds their records; what is published may not be recorded."""
        wanted = [change for change in changes if self._scope.wanted(change.database, change.changes, change.ddl)]
        self._history.append_many([self._history_record(change).to_json() for change in wanted])
        if not self._publish:
            return []
        return [self._builder.schema_change(change) for change in changes if self._published(change)]

    def _published(self, change: SchemaChange) -> bool:
        return self._scope.published(change.database, change.changes, change.ddl, change.tables)

    def _history_record(self, change: SchemaChange) -> HistoryRecord:
        # The last record of a snapshot is stored without the mark of a snapshot; the history keeps it there, too.
        offset = replace(change.offset, snapshot="INITIAL") if change.source.snapshot else change.offset
        return HistoryRecord(
            source={"server": self._server_name},
            position=self._builder.offset_map(offset),
            ts_ms=self._clock_ms(),
            database=change.database,
            ddl=change.ddl,
            changes=change.changes,
        )

    def _batch(
        self, change: RowChanges | TransactionBegin | TransactionEnd | Heartbeat | WholeTransactions
    ) -> RecordBatch:
        if isinstance(change, RowChanges):
            return self._builder.rows(change)
        if isinstance(change, WholeTransactions):
            return self._builder.transactions(change)
        if isinstance(change, TransactionBegin):
            return self._builder.begin(change)
        if isinstance(change, TransactionEnd):
            return self._builder.end(change)
        return self._builder.heartbeat(change)
