"""What a source yields: row changes, schema changes, transaction boundaries, heartbeats; and the offsets with them.

Each change carries the source block's facts (`SourceFacts`) and the binlog part of its offset (`BinlogOffset`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rowtide.tables.model import Table, TableId
from rowtide.tables.model import TableChange as TableChange  # noqa: PLC0414 - for those who import it from here

RawRow = Sequence[object]
"""One raw value a column of the table; the forms are those of `rowtide.binlog.values`."""

Operation = Literal["c", "u", "d", "r", "t"]


class SnapshotMarker(enum.Enum):
    """`source.snapshot` of a record that a snapshot made."""

    TRUE = "true"
    FIRST = "first"
    FIRST_IN_TABLE = "first_in_data_collection"
    LAST_IN_TABLE = "last_in_data_collection"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The facts of a `source` block that do not depend on table or row.

    Attributes:
        time_us: source time in µs since the epoch.
        pos: start of the event; of a snapshot, the consistent point.
        thread: MySQL's thread id, None when unknown.
        query: the statement, when `include.query` is set and the server logs it.
        snapshot: None while streaming.
    """

    time_us: int
    file: str
    pos: int
    server_id: int = 0
    gtid: str | None = None
    thread: int | None = None
    query: str | None = None
    snapshot: SnapshotMarker | None = None


@dataclass(frozen=True, slots=True)
class BinlogOffset:
    """Where to go on after a restart, in Debezium's terms (BinlogOffsetContext).

    Attributes:
        file, pos: position of the event that opened the running transaction, or the end of the last event outside one.
        gtids: GTID set completed before the running transaction; None without GTIDs.
        event: events completed since `pos`.
        row: rows done of the event that is being read.
        ts_sec: source time of the last change in seconds, None before the first one after a start.
        snapshot: `INITIAL` while an initial snapshot runs.
    """

    file: str
    pos: int
    gtids: str | None = None
    event: int = 0
    row: int = 0
    server_id: int = 0
    ts_sec: int | None = None
    snapshot: str | None = None


class RowImages(Protocol):
    """The rows of one event or of one read of a snapshot, as (before, after) pairs decoded on demand."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[RawRow | None, RawRow | None]]:
        """Raises BinlogError when the bytes do not fit the table."""
        ...


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Rows of one table version, from one event. A truncate has no rows.

    Attributes:
        first_row: index within its event of the first row in `images`, rows before it having been sent earlier.
        event_rows: how many rows the event has.
        markers: of a snapshot: the marker for each row; empty otherwise.
        partial: values may be `UNAVAILABLE` (`rowtide.binlog.values`).
        offset: with `row` 0; the offset after row i of the event has `row` i + 1.
    """

    table: Table
    operation: Operation
    images: RowImages
    source: SourceFacts
    offset: BinlogOffset
    first_row: int = 0
    event_rows: int = 0
    markers: Sequence[SnapshotMarker] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One DDL statement, as history and schema change topic record it.

    Attributes:
        database: database it belongs to; empty for a server-wide statement.
        tables: tables that `source.table` names, joined by commas; None prints null, and none at all an empty text.
        row: what `source.row` shows, the last row number of the stream.
    """

    database: str
    ddl: str
    changes: tuple[TableChange, ...]
    source: SourceFacts
    offset: BinlogOffset
    tables: tuple[TableId, ...] | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class TransactionBegin:
    id: str
    source: SourceFacts
    offset: BinlogOffset


@dataclass(frozen=True, slots=True)
class TransactionEnd:
    id: str
    source: SourceFacts
    offset: BinlogOffset


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The stream is alive at this offset; emitted as a record only when heartbeats are on."""

    offset: BinlogOffset


class EncodedRecords(Protocol):
    """Records that are bytes already, by the number of their topic (`rowtide.envelope.native_transactions`)."""

    def __len__(self) -> int: ...

    def take_batches(self) -> list[tuple[int, Any]]: ...


@dataclass(frozen=True, slots=True)
class WholeTransactions:
    """Transactions whose records the native engine has made.

    Attributes:
        offset: where to go on after the record of an index.
    """

    records: EncodedRecords
    offset: Callable[[int], BinlogOffset]


Change = RowChanges | SchemaChange | TransactionBegin | TransactionEnd | Heartbeat | WholeTransactions

OffsetMap = Mapping[str, object]
