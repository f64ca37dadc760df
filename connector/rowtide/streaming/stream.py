"""Turns binlog events into changes, one connection after another: what happens at each event, and what a restart skips.

The order of effects follows Debezium's BinlogStreamingChangeEventSource, so that offsets, positions and times come
out equal: an event is
handled with the time of the event before it, and counted as done after it was handled.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from rowtide.binlog import events
from rowtide.changes import (
    BinlogOffset,
    Change,
    Heartbeat,
    RowChanges,
    SchemaChange,
    SourceFacts,
    TransactionBegin,
    TransactionEnd,
    WholeTransactions,
)
from rowtide.errors import BinlogError, SchemaError
from rowtide.streaming.alerts import Alerts
from rowtide.streaming.offsets import OffsetTracker
from rowtide.streaming.partial_rows import check_images, images_of
from rowtide.streaming.run_offsets import GtidSet, RunOffsets
from rowtide.streaming.statements import StatementKind, classify
from rowtide.streaming.system_versions import ends_with_period, present_changes
from rowtide.tables.ddl import DdlEvent, SchemaState, logged_session
from rowtide.tables.ddl_filter import DdlFilter
from rowtide.tables.model import Table, TableId

log = logging.getLogger(__name__)

_DATABASE_MADE_OR_DROPPED = re.compile(r"\s*(CREATE|DROP)\s+(DATABASE|SCHEMA)\b", re.IGNORECASE)
"""Debezium's source block names no table for these (null), and an empty list of tables ("") for others that
concern none.
"""


class Lane(Protocol):
    """Takes whole transactions that need nothing of what a stream does (`_native.Lane`)."""

    def open(self, file: str, time_us: int | None, gtids: bool, gtid: str | None) -> None:
        """From now on, with what the stream knows; it closes at statements."""
        ...

    def close(self) -> None: ...

    def leave_out(self, body: object) -> None:
        """Rows of the table of these are left out."""
        ...


class TableSource(Protocol):
    """Knows what a table looked like when a row was written."""

    def captured(self, table: TableId) -> bool: ...

    def table_for(self, table_map: events.TableMap) -> Table | None:
        """The version that fits the map, None for rows of no table. Raises SchemaError when none is known."""
        ...


def _any_statement(ddl: DdlEvent) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What the configuration says of streaming.

    Attributes:
        operations: of `c`, `u`, `d`, `t`, those that are wanted.
        include_query: fill `source.query`.
        commit_time: take the source time from the GTID event's commit time where it has one (MySQL with gtid_mode=ON).
        ddl_filter: drops statements that are no news for the schema history.
        noticed_statement: tells whether a statement's time is taken for the offset.
        gtid_source: tells by server UUID, or MariaDB's `domain-server`, whether a GTID's rows are wanted; None wants
        all.
        on_unknown_table: what to do about rows of a captured table of which no fitting definition is known: `wait`
        leaves them out with an alert until one is.
        placeholders: something may stand for BLOB, TEXT and JSON that row images lack.
    """

    flavor: Literal["mysql", "mariadb"]
    operations: frozenset[str] = frozenset("cud")
    include_query: bool = False
    commit_time: bool = False
    ddl_filter: DdlFilter = field(default_factory=DdlFilter)
    noticed_statement: Callable[[DdlEvent], bool] = _any_statement
    gtid_source: Callable[[str], bool] | None = None
    on_unknown_table: Literal["wait", "fail", "warn", "skip", "ignore"] = "wait"
    placeholders: bool = False


class BinlogStream:
    """State of one stream across connections. Not thread-safe; opens nothing itself."""

    def __init__(
        self,
        start: BinlogOffset,
        gtids: GtidSet | None,
        schemas: SchemaState,
        tables: TableSource,
        options: StreamOptions,
    ) -> None:
        self._schemas = schemas
        self._tables = tables
        self._options = options
        self._ddl_filter = options.ddl_filter
        self._time_us: int | None = None
        self.alerts = Alerts()
        self.lane: Lane | None = None
        self._handlers: dict[type, Callable[[events.Event], Iterator[Change]]] = {
            events.Query: self._on_query,
            events.Xid: self._on_commit,
            events.Rows: self._on_rows,
            events.MysqlGtid: self._on_mysql_gtid,
            events.AnonymousGtid: self._on_nothing,
            events.MariadbGtid: self._on_mariadb_gtid,
            events.RowsQuery: self._on_rows_query,
            events.Incident: self._on_incident,
        }
        self.connected(start, gtids)

    def connected(self, start: BinlogOffset, gtids: GtidSet | None) -> None:
        """A connection begins to deliver events from `start`; what was done before it is skipped when it comes
        again.
        """
        self.tracker = OffsetTracker(start)
        self._gtids = gtids
        if gtids is not None:
            self.tracker.set_completed_gtids(str(gtids))
        self._events_to_skip = start.event
        self._rows_to_skip = start.row
        self._skipping = False
        self._foreign = False

    def set_lane(self) -> None:
        """Before events are read: whether and from where on the lane may take whole transactions."""
        if self.lane is None:
            return
        skips = self._skipping or self._foreign or self._events_to_skip > 0 or self._rows_to_skip > 0
        if skips or self._options.include_query or self._options.gtid_source is not None:
            self.lane.close()
        else:
            self.lane.open(self.tracker.file, self._time_us, self._gtids is not None, self.tracker.gtid)

    def resume_point(self) -> BinlogOffset:
        """Where the next connection has to go on."""
        return self.tracker.current()

    def heartbeat(self) -> Heartbeat:
        return Heartbeat(self.tracker.current())

    def changes(self, event: events.Event) -> Iterator[Change]:
        """What one event means. Every change must be taken before the next event is given."""
        if isinstance(event, events.Transactions):
            yield self._transactions(event.run)
            return
        header = event.header
        self.tracker.server_id = header.server_id
        if isinstance(event, events.Rotate):
            self.tracker.rotated(event.file, event.next_pos)
        elif not isinstance(event, events.Heartbeat) and header.next_position > 0:
            self.tracker.event_started(event.position, header.length)
        handler = self._handlers.get(type(event))
        if handler is not None:
            yield from handler(event)
        if isinstance(event, events.Heartbeat):
            return
        self.tracker.event_completed()
        if self._skipping:
            self._events_to_skip -= 1
            self._skipping = self._events_to_skip > 0
        self._take_time(event)

    def _transactions(self, run: events.EncodedRun) -> WholeTransactions:
        tracker, gtids = self.tracker, self._gtids
        change = WholeTransactions(run, RunOffsets(run, tracker.current(), tracker.completed_gtids, gtids))
        position, length, server_id, time_us, row, changed_us, gtid = run.end()
        if gtids is not None:
            for completed in run.gtids(run.count):
                gtids.add(completed)
        self._time_us = time_us
        last_row = None if row is None or changed_us is None else (row, changed_us)
        tracker.transactions_done(
            (position, length, server_id), (gtid, None if gtids is None else str(gtids)), last_row
        )
        return change

    def _take_time(self, event: events.Event) -> None:
        if event.header.timestamp == 0:
            return
        if self._time_us is None or not self._options.commit_time:
            self._time_us = event.header.timestamp * 1_000_000
        elif isinstance(event, events.MysqlGtid | events.AnonymousGtid):
            self._time_us = event.original_commit_us or event.header.timestamp * 1_000_000

    def _facts(self) -> SourceFacts:
        tracker = self.tracker
        return SourceFacts(
            time_us=self._time_us or 0,
            file=tracker.file,
            pos=tracker.position,
            server_id=tracker.server_id,
            gtid=tracker.gtid,
            thread=tracker.thread if self._options.flavor == "mysql" else None,
            query=tracker.query,
        )

    def _on_nothing(self, event: events.Event) -> Iterator[Change]:
        yield from ()

    def _on_mysql_gtid(self, event: events.Event) -> Iterator[Change]:
        assert isinstance(event, events.MysqlGtid)
        if self._gtids is not None:
            gtid = str(event)
            self._gtids.add(gtid)
            self.tracker.gtid_started(gtid, str(self._gtids))
        self._foreign = self._options.gtid_source is not None and not self._options.gtid_source(event.sid)
        yield from ()

    def _on_mariadb_gtid(self, event: events.Event) -> Iterator[Change]:
        assert isinstance(event, events.MariadbGtid)
        gtid = str(event)
        if self._gtids is not None:
            self._gtids.add(gtid)
            self.tracker.gtid_started(gtid, str(self._gtids))
        source = f"{event.domain}-{event.header.server_id}"
        self._foreign = self._options.gtid_source is not None and not self._options.gtid_source(source)
        if self._time_us is None:
            self._time_us = event.header.timestamp * 1_000_000
        yield from self._begin(None)

    def _begin(self, thread: int | None) -> Iterator[Change]:
        tracker = self.tracker
        tracker.transaction_started()
        assert tracker.transaction_id is not None
        yield TransactionBegin(tracker.transaction_id, self._facts(), tracker.current())
        tracker.thread = thread
        self._skipping = self._events_to_skip > 0

    def _on_commit(self, event: events.Event) -> Iterator[Change]:
        tracker = self.tracker
        if tracker.transaction_id is not None:
            yield TransactionEnd(tracker.transaction_id, self._facts(), tracker.current())
        tracker.transaction_completed()
        self._skipping = self._foreign = False

    def _on_rows_query(self, event: events.Event) -> Iterator[Change]:
        assert isinstance(event, events.RowsQuery)
        if self._options.include_query:
            self.tracker.query = event.sql
        yield from ()

    def _on_incident(self, event: events.Event) -> Iterator[Change]:
        raise BinlogError(
            "The server wrote an incident event: changes may be missing from its log.",
            position=event.position,
            hint="Take a new snapshot: delete the connector's offsets and its schema history topic, then start "
            "it again.",
        )

    def _on_rows(self, event: events.Event) -> Iterator[Change]:
        assert isinstance(event, events.Rows)
        if self._unwanted(event) or self._skipping or self._foreign:
            return
        table_map = event.table_map
        if not self._tables.captured(TableId(table_map.database, table_map.table)):
            if self.lane is not None:
                self.lane.leave_out(event.body)
            self._rows_to_skip = 0
            return
        check_images(event, placeholders=self._options.placeholders)
        table = self._table_for(table_map)
        if table is None:
            self._rows_to_skip = 0
            return
        first_row, self._rows_to_skip = self._rows_to_skip, 0
        rows = len(event)
        if first_row >= rows:
            return
        self.tracker.change_at(self._time_us or 0)
        self.tracker.rows_started(first_row)
        changes = RowChanges(
            table=table,
            operation=event.kind,
            images=images_of(event, first_row),
            source=self._facts(),
            offset=replace(self.tracker.current(), row=0),
            first_row=first_row,
            event_rows=rows,
            partial=not event.complete,
        )
        if len(table_map.column_types) == len(table.columns):
            yield changes
        else:
            yield from self._present_changes(changes)
        self.tracker.rows_completed(rows)

    def _unwanted(self, event: events.Rows) -> bool:
        """Whether the configuration leaves its operation out; updates of system-versioned tables may be deletes."""
        wanted = self._options.operations
        if event.kind in wanted:
            return False
        return not (event.kind == "u" and "d" in wanted and ends_with_period(event.table_map))

    def _present_changes(self, changes: RowChanges) -> Iterator[RowChanges]:
        for run in present_changes(changes.images, changes.table):
            if run.operation not in self._options.operations:
                continue
            first_row = changes.first_row + run.first
            self.tracker.rows_started(first_row)
            offset = replace(self.tracker.current(), row=0)
            yield replace(changes, operation=run.operation, images=run.images, offset=offset, first_row=first_row)

    def _table_for(self, table_map: events.TableMap) -> Table | None:
        """None where the rows are to be left out. Raises SchemaError."""
        handling = self._options.on_unknown_table
        try:
            table = self._tables.table_for(table_map)
        except SchemaError as error:
            if handling == "fail":
                raise
            if handling == "wait":
                self.alerts.left_out(TableId(table_map.database, table_map.table), self._place(), error)
            else:
                level = logging.WARNING if handling == "warn" else logging.DEBUG
                log.log(level, "%s is left out: %s", self._place(), error)
            return None
        if table is not None:
            self.alerts.read(table.id, self._place())
        return table

    def _place(self) -> str:
        return f"{self.tracker.file}:{self.tracker.position}"

    def _on_query(self, event: events.Event) -> Iterator[Change]:
        assert isinstance(event, events.Query)
        sql = event.sql.strip()
        kind = classify(sql, self._ddl_filter)
        if kind is StatementKind.BEGIN:
            yield from self._begin(event.thread_id)
        elif kind is StatementKind.COMMIT:
            yield from self._on_commit(event)
        elif kind is StatementKind.ROLLBACK:
            log.warning(
                "%s:%d ends a transaction with ROLLBACK, whose rows were already sent: it mixed tables with and "
                "without transactions",
                self.tracker.file, self.tracker.position,
            )  # fmt: skip
            yield from self._on_commit(event)
        elif kind is StatementKind.XA_ROLLBACK:
            log.warning(
                "%s:%d rolls a prepared XA transaction back, whose rows were sent when it was prepared: %.200s",
                self.tracker.file, self.tracker.position, sql,
            )  # fmt: skip
        elif kind is StatementKind.DML:
            log.warning(
                "%s:%d holds a statement instead of rows, which cannot be captured: a client changed its "
                "binlog_format. Statement: %.200s",
                self.tracker.file, self.tracker.position, sql,
            )  # fmt: skip
        elif kind is StatementKind.DDL:
            yield from self._ddl(sql, event)

    def _ddl(self, sql: str, event: events.Query) -> Iterator[Change]:
        session = logged_session(event.context.sql_mode, event.context.server_collation)
        result = self._schemas.apply(sql, event.database, failed=event.error_code != 0, session=session)
        if result.unparsed:
            self.alerts.unread(self._place(), event.database, sql, result.reason)
        for ddl in result.events:
            if self._options.noticed_statement(ddl):
                self.tracker.change_at(self._time_us or 0)
            if ddl.kind == "TRUNCATE" and ddl.tables:
                yield from self._truncated(ddl)
            else:
                yield self._schema_change(ddl)

    def _truncated(self, ddl: DdlEvent) -> Iterator[Change]:
        table = self._schemas.table(ddl.tables[0])
        if table is None:
            yield self._schema_change(ddl)
        elif "t" in self._options.operations and self._tables.captured(table.id):
            whole_ms = (self._time_us or 0) // 1000 * 1000  # as Debezium has it of statements, though not of rows
            facts = replace(self._facts(), time_us=whole_ms)
            yield RowChanges(table, "t", _NO_ROWS, facts, self.tracker.current())

    def _schema_change(self, ddl: DdlEvent) -> SchemaChange:
        return SchemaChange(
            database=ddl.database,
            ddl=ddl.ddl,
            changes=ddl.changes,
            source=self._facts(),
            offset=self.tracker.current(),
            tables=None if _DATABASE_MADE_OR_DROPPED.match(ddl.ddl) else ddl.tables,
            row=self.tracker.row,
        )


class _NoRows:
    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[tuple[None, None]]:
        return iter(())


_NO_ROWS = _NoRows()
