"""What a binlog stream says, one frozen class an event type.

Positions: `header.position` is where an event starts in its file and `header.next_position` where the following one
starts. Servers leave the latter 0 in events that are in no file (artificial: flag 0x20; the FORMAT_DESCRIPTION that
is repeated when a dump starts in the middle of a file) and, MariaDB from 11.4, in the events within a transaction.
Decoders keep 0 for the former, and then neither has a meaning; for the latter they fill in the place that follows
from the events before. Events out of a compressed transaction carry position, next position and length of the
TRANSACTION_PAYLOAD.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rowtide.binlog.event_types import ARTIFICIAL_FLAG

RowKind = Literal["c", "u", "d"]
RowImage = Sequence[object]


@dataclass(frozen=True, slots=True)
class EventHeader:
    """What every event begins with.

    Attributes:
        timestamp: seconds since the epoch at which the statement began.
        type: number of `EventType`, or one that is not in it.
        length: bytes of the whole event in the log, checksum included.
        next_position: where the next event starts; 0 for artificial events (see the module).
    """

    timestamp: int
    type: int
    server_id: int
    length: int
    next_position: int
    flags: int

    @property
    def position(self) -> int:
        """Where the event starts in its file; without meaning when `next_position` is 0."""
        return max(0, self.next_position - self.length)

    @property
    def artificial(self) -> bool:
        return bool(self.flags & ARTIFICIAL_FLAG) or self.next_position == 0


@dataclass(frozen=True, slots=True)
class Event:
    header: EventHeader

    @property
    def position(self) -> int:
        """Where the event starts in its file; without meaning when `header.next_position` is 0."""
        return self.header.position


@dataclass(frozen=True, slots=True)
class FormatDescription(Event):
    """The first event of a file.

    Attributes:
        checksum: the events that follow end in a CRC32.
        post_header_lengths: fixed part of each event type, index 0 being type 1.
    """

    server_version: str
    checksum: bool
    post_header_lengths: bytes = b""

    @property
    def mariadb(self) -> bool:
        return "mariadb" in self.server_version.lower()


@dataclass(frozen=True, slots=True)
class Rotate(Event):
    """The stream goes on in `file` at `next_pos`."""

    file: str
    next_pos: int


@dataclass(frozen=True, slots=True)
class QueryContext:
    """Session settings that a statement needs, each None when the server did not log it. Collations are by number."""

    sql_mode: int | None = None
    client_collation: int | None = None
    connection_collation: int | None = None
    server_collation: int | None = None
    database_collation: int | None = None
    utf8mb4_collation: int | None = None


@dataclass(frozen=True, slots=True)
class Query(Event):
    """A statement: BEGIN, COMMIT, DDL, or whatever is logged as text."""

    thread_id: int
    database: str
    sql: str
    error_code: int
    context: QueryContext


@dataclass(frozen=True, slots=True)
class Xid(Event):
    """Commit of a transaction."""

    xid: int


@dataclass(frozen=True, slots=True)
class XaPrepare(Event):
    """End of an XA transaction's first part, or its commit when `one_phase`."""

    one_phase: bool
    format_id: int
    gtrid: bytes
    bqual: bytes


@dataclass(frozen=True, slots=True)
class TableDetails:
    """What `binlog_row_metadata` adds to a TABLE_MAP; a field is None when the server did not log it.

    All but `primary_key` have one entry a column.

    Attributes:
        unsigned: None for columns that are not numbers.
        collations: by number; None for columns without one.
        set_values, enum_values: items in order; empty for other columns.
        primary_key: (index of the column, prefix length in characters or 0).
        visible: False for invisible columns.
    """

    unsigned: tuple[bool | None, ...] | None = None
    collations: tuple[int | None, ...] | None = None
    names: tuple[str, ...] | None = None
    set_values: tuple[tuple[str, ...], ...] | None = None
    enum_values: tuple[tuple[str, ...], ...] | None = None
    geometry_types: tuple[int | None, ...] | None = None
    primary_key: tuple[tuple[int, int], ...] | None = None
    visible: tuple[bool, ...] | None = None
    vector_dimensions: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableMap(Event):
    """Names a table for the row events that follow in the statement.

    Attributes:
        column_types: numbers of `ColumnType`. metadata: the type's parameter as the server packs it, 0 where the type
        has none; two-byte ones are little-endian.
    """

    table_id: int
    database: str
    table: str
    column_types: tuple[int, ...]
    metadata: tuple[int, ...]
    nullable: tuple[bool, ...]
    details: TableDetails


class RowImages(Protocol):
    """(before, after) of each row, one raw value a column (`rowtide.binlog.values`), decoded as it is asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[RowImage | None, RowImage | None]]: ...


class RowBody(Protocol):
    """The undecoded rows of one event; each method raises BinlogError when the bytes do not fit the table."""

    @property
    def data(self) -> bytes:
        """The row images as the event has them."""
        ...

    def __len__(self) -> int: ...

    def images(self, first_row: int) -> RowImages: ...


@dataclass(frozen=True, slots=True)
class Rows(Event):
    """Rows that one statement wrote to one table. Nothing is decoded before it is asked for.

    A column that the server left out of an image (`binlog_row_image` other than FULL) is None in it, as NULL is;
    `columns_before` and `columns_after` tell.

    Attributes:
        kind: c(reate), u(pdate), d(elete).
        columns_before, columns_after: True for each column that the image has; None where there is no such image.
        last_of_statement: no more row events follow for this statement.
    """

    kind: RowKind
    table_map: TableMap
    columns_before: tuple[bool, ...] | None
    columns_after: tuple[bool, ...] | None
    body: RowBody
    last_of_statement: bool

    @property
    def complete(self) -> bool:
        """Whether the images have every column."""
        return all(self.columns_before or ()) and all(self.columns_after or ())

    @property
    def data(self) -> bytes:
        return self.body.data

    def __len__(self) -> int:
        """Number of rows. Raises BinlogError."""
        return len(self.body)

    def images(self, first_row: int = 0) -> RowImages:
        """The rows from `first_row` on. Iterating raises BinlogError."""
        return self.body.images(first_row)


@dataclass(frozen=True, slots=True)
class MysqlGtid(Event):
    """Begins a transaction that has a GTID.

    Attributes:
        sid: UUID of the server that made it, lower case.
        original_commit_us: commit on that server, µs since the epoch; None before MySQL 8.0.1.
        immediate_commit_us: commit on the server that is read.
    """

    sid: str
    gno: int
    tag: str | None
    original_commit_us: int | None
    immediate_commit_us: int | None

    def __str__(self) -> str:
        return f"{self.sid}:{self.tag}:{self.gno}" if self.tag else f"{self.sid}:{self.gno}"


@dataclass(frozen=True, slots=True)
class AnonymousGtid(Event):
    """Begins a transaction on a MySQL server without GTIDs."""

    original_commit_us: int | None
    immediate_commit_us: int | None


@dataclass(frozen=True, slots=True)
class MariadbGtid(Event):
    """Begins a MariaDB transaction, or one statement when `standalone`. The server's number is the header's."""

    domain: int
    sequence: int
    flags: int

    @property
    def standalone(self) -> bool:
        """No commit follows (DDL)."""
        return bool(self.flags & 1)

    def __str__(self) -> str:
        return f"{self.domain}-{self.header.server_id}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class GtidList(Event):
    """MariaDB: (domain, server, sequence) reached at the file's start."""

    gtids: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class PreviousGtids(Event):
    """MySQL: the GTID set logged before this file, in `MysqlGtidSet`'s text form."""

    text: str


@dataclass(frozen=True, slots=True)
class RowsQuery(Event):
    """The statement whose row events follow (ROWS_QUERY, MariaDB's ANNOTATE_ROWS)."""

    sql: str


@dataclass(frozen=True, slots=True)
class Heartbeat(Event):
    """The server is alive and has nothing to send after `pos`."""

    file: str
    pos: int


@dataclass(frozen=True, slots=True)
class TransactionPayload(Event):
    """A compressed transaction begins; its events follow.

    Attributes:
        compression: `zstd` or `none`.
        size: bytes of the events when expanded.
    """

    compression: str
    size: int


@dataclass(frozen=True, slots=True)
class Incident(Event):
    """The server lost events here; what follows may not fit what came before."""

    number: int
    message: str


class EncodedRun(Protocol):
    """Records of consecutive transactions, which the native engine encoded while it decoded them."""

    def __len__(self) -> int:
        """Number of records."""
        ...

    @property
    def count(self) -> int:
        """Number of transactions."""
        ...

    def gtids(self, transactions: int) -> list[str]:
        """Those of the first transactions, joined where they follow one another."""
        ...

    def place(self, record: int) -> tuple[int, int, int, int, int, int]:
        """Where to go on after a record: number and position of its transaction, events and rows done in it, server id,
        time in seconds."""
        ...

    def end(self) -> tuple[int, int, int, int | None, int | None, int | None, str | None]:
        """The last event's position, length, server id and time in µs; number and time of the last row; last GTID."""
        ...

    def take_batches(self) -> list[tuple[int, Any]]:
        """Topic number and packed records; once."""
        ...


@dataclass(frozen=True, slots=True)
class Transactions(Event):
    """Whole transactions in place of their events. The header is that of the last event."""

    run: EncodedRun


@dataclass(frozen=True, slots=True)
class Stop(Event):
    """The server shut down here."""


@dataclass(frozen=True, slots=True)
class Ignored(Event):
    """An event without meaning for change capture, or of an unknown type."""

    @property
    def type(self) -> int:
        return self.header.type
