"""The part of a task's life in which it takes its snapshot."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from rowtide.changes import BinlogOffset, Change, RowChanges, SchemaChange
from rowtide.connect.record import RecordBatch
from rowtide.mysql import checks
from rowtide.mysql.server import Server
from rowtide.snapshot.plan import plan
from rowtide.snapshot.snapshot import Snapshot
from rowtide.source import assembly
from rowtide.source.parts import Parts
from rowtide.source.snapshot_mode import Plan

log = logging.getLogger(__name__)

_HISTORY_BATCH = 512
"""Schema changes recorded with one wait for the store."""


class SnapshotPhase:
    """Yields the snapshot's records; a lost connection starts it anew."""

    def __init__(self, parts: Parts, plan: Plan, stored: BinlogOffset | None = None) -> None:
        """Args: stored: where the stream goes on when the plan says so."""
        self._parts = parts
        self._plan = plan
        self._at = stored if plan.from_stored else None
        self._snapshot: Snapshot | None = None
        self._changes: Iterator[Change] = iter(())
        self._pushed_back: Change | None = None

    def poll(self, timeout_s: float) -> list[RecordBatch] | None:
        """The next records, None after the last. Raises ServerUnavailableError when the connection is lost."""
        if self._snapshot is None:
            self._open()
        batches: list[RecordBatch] = []
        records = 0
        while records < self._parts.batch_records:
            change = self._next()
            if change is None:
                return batches or None
            made = (
                self._schema_changes(change)
                if isinstance(change, SchemaChange)
                else [self._parts.pipeline.records(change)]
            )
            batches += [batch for batch in made if batch is not None]
            records += sum(len(batch) for batch in made if batch is not None)
            if isinstance(change, RowChanges):
                break  # a block of rows may be as long as one row can be, so only one is held
        return batches

    def _next(self) -> Change | None:
        change, self._pushed_back = self._pushed_back, None
        return change or next(self._changes, None)

    def _schema_changes(self, first: SchemaChange) -> list[RecordBatch]:
        changes = [first]
        while len(changes) < _HISTORY_BATCH:
            change = self._next()
            if not isinstance(change, SchemaChange):
                self._pushed_back = change
                break
            changes.append(change)
        return self._parts.pipeline.schema_changes(changes) if self._plan.schema else []

    def _open(self) -> None:
        parts = self._parts
        with Server(parts.settings.server) as server:
            checks.check(server, parts.settings.needs)
            ignores_case = server.ignores_case()
            parts.replace_schemas(assembly.new_schemas(parts.settings, parts.filters, case_insensitive=ignores_case))
            tables = plan(
                server,
                wanted_schema=parts.filters.schema_recorded,
                wanted_data=parts.filters.snapshot_data,
                order=parts.filters.order,
                by_rows=parts.settings.table_order,
                only_captured=parts.settings.flag("schema.history.internal.store.only.captured.tables.ddl"),
            )
        log.info("Taking a snapshot: %d table definitions, rows of %d tables", len(tables.schemas), len(tables.data))
        self._snapshot = Snapshot(
            parts.settings.server,
            replace(parts.settings.snapshot_options, data=self._plan.data, at=self._at),
            parts.schemas,
            stopping=parts.stopping,
            captured_columns=parts.filters.captured_columns,
        )
        self._changes = self._snapshot.changes(tables)

    def end_offset(self) -> BinlogOffset:
        """Where the stream begins, once `poll` has answered None."""
        if self._at is not None:
            return self._at
        assert self._snapshot is not None
        position = self._snapshot.position
        assert position is not None
        return BinlogOffset(file=position.file, pos=position.pos, gtids=position.gtids)

    def close(self) -> None:
        self._changes, self._pushed_back = iter(()), None
        if self._snapshot is not None:
            self._snapshot.close()
            self._snapshot = None
