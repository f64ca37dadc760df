"""What a consumer yields: one class for each kind of record on Debezium's topics.

`Event[R]` is the union of them all, so `match` works and type checkers narrow; R is the class of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from rowtide_sdk.message import Headers, RawMessage
from rowtide_sdk.schema import RowSchema
from rowtide_sdk.source import Source, Transaction, aware_datetime

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class AnyEvent:
    """What every event has: the message it was read from.

    `key` is a `Row` of the key's columns, None without a key, or a plain value where a transform made it one.
    """

    message: RawMessage
    key: Any

    @property
    def topic(self) -> str:
        return self.message.topic

    @property
    def partition(self) -> int:
        return self.message.partition

    @property
    def offset(self) -> int:
        return self.message.offset

    @property
    def timestamp_ms(self) -> int:
        return self.message.timestamp_ms

    @property
    def headers(self) -> Headers:
        return self.message.headers

    def header(self, name: str) -> bytes | None:
        """The first header of that name; None when it has no value or is not there."""
        return next((value for header, value in self.headers if header == name), None)


@dataclass(frozen=True, slots=True)
class ChangeEvent(AnyEvent):
    """What every change of a table has.

    Attributes:
        op: Debezium's letter: c, u, d, r or t.
        ts_ms, ts_us, ts_ns: when the connector made the record, since 1970 UTC; `source` has the server's time.
    """

    op: ClassVar[str] = ""

    source: Source
    transaction: Transaction | None
    ts_ms: int | None
    ts_us: int | None
    ts_ns: int | None

    @property
    def timestamp(self) -> datetime | None:
        """When the connector made the record, aware (UTC)."""
        return aware_datetime(self.ts_ms, self.ts_us, self.ts_ns)


@dataclass(frozen=True, slots=True)
class RowEvent(ChangeEvent, Generic[R]):
    """What every change of one row has.

    Attributes:
        before, after: the row's images; None where there is none.
        changed: names of the columns whose values differ between the images, in the table's order; all of them when
            there is only one image. Compared before rows become classes, so columns a class leaves out count too.
            Without columns of `after` that were not sent.
        schema: the table's columns, when the message told them; the same object until they change.
        new_key: of a Delete, when the row goes on under another key: that key. The Insert that follows has the row.
        old_key: of an Insert, when the row had another key before: that key.
    """

    before: R | None
    after: R | None
    changed: tuple[str, ...]
    schema: RowSchema | None
    new_key: Any = None
    old_key: Any = None


@dataclass(frozen=True, slots=True)
class Insert(RowEvent[R]):
    op: ClassVar[str] = "c"
    before: None
    after: R


@dataclass(frozen=True, slots=True)
class Update(RowEvent[R]):
    """`before` is None only where the message has no before image: not with MySQL's full row images, but in rows whose
    envelope a transform removed."""

    op: ClassVar[str] = "u"
    before: R | None
    after: R


@dataclass(frozen=True, slots=True)
class Delete(RowEvent[R]):
    """A row is gone, or has another key now (`new_key`)."""

    op: ClassVar[str] = "d"
    before: R
    after: None


@dataclass(frozen=True, slots=True)
class Read(RowEvent[R]):
    """A row found by a snapshot."""

    op: ClassVar[str] = "r"
    before: None
    after: R


@dataclass(frozen=True, slots=True)
class Truncate(ChangeEvent):
    """All rows of the table went at once."""

    op: ClassVar[str] = "t"


@dataclass(frozen=True, slots=True)
class Tombstone(AnyEvent):
    """A null value: tells Kafka's compaction to forget the key. Follows the Delete, which has the row."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """One table after a DDL statement.

    Attributes:
        type: CREATE, ALTER or DROP.
        id: quoted name, `"db"."table"`.
        table: Debezium's description of the table (columns, primary key, ...); None after DROP.
    """

    type: str
    id: str
    table: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class SchemaChange(AnyEvent):
    """A DDL statement, from the topic named like the connector's topic prefix."""

    source: Source
    database: str | None
    ddl: str | None
    table_changes: tuple[TableChange, ...]
    ts_ms: int | None


@dataclass(frozen=True, slots=True)
class TransactionBoundary(AnyEvent):
    """Begin or end of a transaction, from the transaction topic.

    Attributes:
        status: "BEGIN" or "END".
        event_count: captured events of the transaction; None at BEGIN.
        data_collections: events by `db.table`; empty at BEGIN.
    """

    status: str
    id: str
    event_count: int | None
    data_collections: Mapping[str, int]
    ts_ms: int | None

    @property
    def is_end(self) -> bool:
        return self.status == "END"


@dataclass(frozen=True, slots=True)
class Heartbeat(AnyEvent):
    ts_ms: int


@dataclass(frozen=True, slots=True)
class Unknown(AnyEvent):
    """Not a Debezium record. `reason` says why, `message.value` keeps the bytes."""

    reason: str


Event: TypeAlias = (
    Insert[R]
    | Update[R]
    | Delete[R]
    | Read[R]
    | Truncate
    | Tombstone
    | SchemaChange
    | TransactionBoundary
    | Heartbeat
    | Unknown
)
