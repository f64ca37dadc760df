"""Takes an initial snapshot and yields it as changes: schema statements first, then the rows.

Order, statements, markers and offsets are those of Debezium's relational snapshot: everything carries the position
of the read view,
and the very last record is marked `last` and stored without the `snapshot` key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from rowtide.changes import BinlogOffset, Change, RowChanges, SchemaChange, SnapshotMarker, SourceFacts
from rowtide.connect.java import hash_map_order
from rowtide.errors import ConnectError, SchemaError, ServerError
from rowtide.mysql.connection import Connection, open_raw
from rowtide.mysql.server import LogPosition, Server, quoted
from rowtide.mysql.settings import ServerSettings
from rowtide.snapshot.locks import SnapshotLock
from rowtide.snapshot.plan import SnapshotOptions, SnapshotPlan, select_statement
from rowtide.snapshot.reader import TableReader
from rowtide.snapshot.result_set import BlockSize, SnapshotImages
from rowtide.tables.ddl import DdlEvent, SchemaState
from rowtide.tables.model import Table, TableId

log = logging.getLogger(__name__)

MaybeLast = tuple[SchemaChange | RowChanges, bool]
"""A change, and whether nothing may follow it."""

_BLOCK_BYTES = 1 << 20
"""A block of rows is not longer, but for one row that is."""
_SESSION = (
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION net_write_timeout = 3600",
    "SET SESSION wait_timeout = 86400",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)


class Snapshot:
    """One attempt. Use `changes()` once; `close()` gives up locks, read view and connection, whatever happened."""

    def __init__(
        self,
        settings: ServerSettings,
        options: SnapshotOptions,
        schemas: SchemaState,
        *,
        stopping: Callable[[], bool],
        captured_columns: Callable[[Table], Sequence[str]],
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._options = options
        self._schemas = schemas
        self._stopping = stopping
        self._captured_columns = captured_columns
        self._clock_us = clock_us
        self._settings = settings
        self._connection: Connection = open_raw(settings)
        self._server = Server(settings, self._connection)
        self._lock = SnapshotLock(self._server, options.lock_timeout_s)
        self.position: LogPosition | None = None
        self.rows_read = 0

    def close(self) -> None:
        self._server.close()

    def changes(self, plan: SnapshotPlan) -> Iterator[Change]:
        """All changes, in order. Raises ServerError and its kinds, SchemaError, or ConnectError when asked to stop."""
        self._begin(plan)
        changes = self._schema_changes(plan)
        if self._options.data:
            # Statements are read before the lock is given up; rows are read lazily after it.
            yield from _with_last(self._then_data(list(changes), plan))
        else:
            statements = list(changes)
            self._lock.release()
            yield from _with_last((statement, True) for statement in statements)

    def _then_data(self, statements: list[SchemaChange], plan: SnapshotPlan) -> Iterator[MaybeLast]:
        if self._options.locking != "extended" and not self._lock.tables_only:
            self._lock.release()
        yield from ((statement, True) for statement in statements)
        tables = [self._table(table) for table in plan.data]
        for number, table in enumerate(tables):
            yield from self._table_changes(table, first=number == 0, last=number == len(tables) - 1)
        self._lock.release()

    def _begin(self, plan: SnapshotPlan) -> None:
        for statement in _SESSION:
            self._server.execute(statement)
        if self._options.locking != "none":
            self._lock.acquire(plan.data)
        if not self._lock.tables_only:  # starting a transaction would give table locks up
            self._server.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        at = self._options.at
        self.position = LogPosition(at.file, at.pos, at.gtids) if at else self._server.log_position()
        log.info("Snapshot of %d tables at %s:%d", len(plan.data), self.position.file, self.position.pos)

    def _schema_changes(self, plan: SnapshotPlan) -> Iterator[SchemaChange]:
        yield from self._apply("", self._charset_statement())
        for table in plan.schemas:
            yield from self._apply(
                table.database, f"DROP TABLE IF EXISTS {quoted(table.database)}.{quoted(table.table)}"
            )
        for database in dict.fromkeys(table.database for table in plan.schemas):
            charset, collation = self._server.database_charset(database)
            yield from self._apply(database, f"DROP DATABASE IF EXISTS {quoted(database)}")
            yield from self._apply(
                database, f"CREATE DATABASE {quoted(database)} CHARSET {charset} COLLATE {collation}"
            )
            yield from self._apply(database, f"USE {quoted(database)}")
            for table in self._definition_order([table for table in plan.schemas if table.database == database]):
                self._check_running()
                statement = self._create_statement(table)
                if statement is not None:
                    yield from self._apply(database, statement)

    def _create_statement(self, table: TableId) -> str | None:
        """None for a table that is not captured and that the server cannot describe (damaged, or a MERGE table of
        tables that are gone), which must not keep others from being captured.
        """
        try:
            return self._server.create_statement(table.database, table.table)
        except ServerError as error:
            if error.retriable or self._schemas.captured(table):
                raise
            log.warning("The definition of %s, which is not captured, is left out: %s", table, error.message)
            return None

    def _definition_order(self, tables: Sequence[TableId]) -> Sequence[TableId]:
        """Without a lock Debezium collects definitions in a HashMap, and records them in its order."""
        if self._options.locking != "none":
            return tables
        by_name = {str(table): table for table in tables}
        return [by_name[name] for name in hash_map_order(by_name, capacity=2)]

    def _charset_statement(self) -> str:
        rows = self._server.query("SHOW VARIABLES WHERE Variable_name IN ('character_set_server', 'collation_server')")
        return "SET " + ", ".join(f"{name}={value}" for name, value in sorted(rows))

    def _apply(self, database: str, sql: str) -> Iterator[SchemaChange]:
        for event in self._schemas.apply(sql, database).events:
            yield self._schema_change(event)

    def _schema_change(self, event: DdlEvent) -> SchemaChange:
        return SchemaChange(
            database=event.database,
            ddl=event.ddl,
            changes=event.changes,
            source=self._facts(SnapshotMarker.TRUE, self._clock_us()),
            offset=self._offset(self._clock_us()),
            tables=event.tables or None,
        )

    def _table(self, table_id: TableId) -> Table:
        table = self._schemas.table(table_id)
        if table is None:
            raise SchemaError(f"The definition of {table_id} could not be understood from SHOW CREATE TABLE.")
        return table

    def _table_changes(self, table: Table, *, first: bool, last: bool) -> Iterator[MaybeLast]:
        columns = self._captured_columns(table)
        statement = select_statement(table.id, columns, self._options.selects.get(table.id))
        read_at = self._server_time_us()
        reader = TableReader(self._connection, self._settings, table)
        size = BlockSize(self._options.fetch_rows, _BLOCK_BYTES)
        started = time.monotonic()
        rows = 0
        for block, is_last in reader.blocks(statement, size):
            self._check_running()
            markers = _markers(
                len(block), first_table=first, last_table=last, first_batch=rows == 0, last_batch=is_last
            )
            rows += len(block)
            yield self._rows(table, block, markers, read_at), is_last
        self.rows_read += rows
        log.info("Read %d rows of %s in %.1f s", rows, table.id, time.monotonic() - started)

    def _server_time_us(self) -> int:
        """The server's clock in whole seconds, which Debezium takes as the time of a table's rows."""
        ((seconds,),) = self._server.query("SELECT UNIX_TIMESTAMP()")
        return int(seconds) * 1_000_000

    def _rows(
        self, table: Table, batch: SnapshotImages, markers: Sequence[SnapshotMarker], read_at_us: int
    ) -> RowChanges:
        return RowChanges(
            table=table,
            operation="r",
            images=batch,
            source=self._facts(SnapshotMarker.TRUE, read_at_us),
            offset=self._offset(read_at_us),
            event_rows=len(batch),
            markers=markers,
        )

    def _facts(self, marker: SnapshotMarker, time_us: int) -> SourceFacts:
        assert self.position is not None
        return SourceFacts(time_us=time_us, file=self.position.file, pos=self.position.pos, snapshot=marker)

    def _offset(self, time_us: int) -> BinlogOffset:
        assert self.position is not None
        if self._options.at is not None:
            return replace(self._options.at, ts_sec=time_us // 1_000_000, snapshot="INITIAL")
        return BinlogOffset(
            file=self.position.file,
            pos=self.position.pos,
            gtids=self.position.gtids,
            ts_sec=time_us // 1_000_000,
            snapshot="INITIAL",
        )

    def _check_running(self) -> None:
        if self._stopping():
            raise ConnectError("The snapshot was stopped before its end; it begins anew at the next start.")


def _markers(
    rows: int, *, first_table: bool, last_table: bool, first_batch: bool, last_batch: bool
) -> Sequence[SnapshotMarker]:
    """The marker for each row; where several hold it is last, first, last of table, first of table, in this order."""
    markers = [SnapshotMarker.TRUE] * rows
    if first_batch:
        markers[0] = SnapshotMarker.FIRST if first_table else SnapshotMarker.FIRST_IN_TABLE
    if last_batch and last_table:
        markers[-1] = SnapshotMarker.LAST
    elif last_batch and markers[-1] is not SnapshotMarker.FIRST:
        markers[-1] = SnapshotMarker.LAST_IN_TABLE
    return markers


def _with_last(changes: Iterator[MaybeLast]) -> Iterator[Change]:
    """The changes, the last record of which becomes `last` and is stored without the snapshot key.

    Only those are held back that may be the last, since rows may be long.
    """
    held: SchemaChange | RowChanges | None = None
    for change, may_be_last in changes:
        if held is not None:
            yield held
        held = change if may_be_last else None
        if not may_be_last:
            yield change
    if isinstance(held, RowChanges):
        yield from _last_row_apart(held)
    elif held is not None:
        yield replace(
            held,
            source=replace(held.source, snapshot=SnapshotMarker.LAST),
            offset=replace(held.offset, snapshot=None),
        )


def _last_row_apart(change: RowChanges) -> Iterator[RowChanges]:
    rest, last = cast("SnapshotImages", change.images).split_last()
    if len(rest):
        yield replace(change, images=rest, event_rows=len(rest), markers=change.markers[:-1])
    yield replace(
        change,
        images=last,
        event_rows=1,
        markers=[SnapshotMarker.LAST],
        offset=replace(change.offset, snapshot=None),
    )
