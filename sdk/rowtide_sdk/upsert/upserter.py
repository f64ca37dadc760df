"""Keeps tables of another database equal to the source's, whatever is delivered twice or in part."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

from rowtide_sdk.commits import StoredOffsets
from rowtide_sdk.errors import ConfigError, TargetError
from rowtide_sdk.events import Delete, Event, Insert, Read, Truncate, Update
from rowtide_sdk.keys import Key
from rowtide_sdk.message import TopicPartition
from rowtide_sdk.position import Position, PositionTracker
from rowtide_sdk.reader import Batch, Reader
from rowtide_sdk.row import Row
from rowtide_sdk.transactions import WholeTransaction
from rowtide_sdk.transactions.unit import Change
from rowtide_sdk.upsert.bookkeeping import Bookkeeping
from rowtide_sdk.upsert.changes import Deleted, TableChanges, Upserted, chunks
from rowtide_sdk.upsert.table import Create, TargetTable
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn, target_column

log = logging.getLogger(__name__)

Tables: TypeAlias = Mapping[str, str | TargetTable] | Callable[[str], str | TargetTable | None]
"""The target of a source table (`db.table`): by a mapping, or a function; tables without one are left out."""

Item: TypeAlias = Event[Row] | WholeTransaction[Row]

ROWS_AT_ONCE = 20_000
"""Changes that are brought together before they are written; a larger transaction is written in such parts."""

_STATEMENT_ROWS = 5_000
_RETRY_FIRST_S, _RETRY_MAX_S, _RETRIES = 0.1, 10.0, 20
_POSITION = TargetColumn(POSITION_COLUMN, Kind.BYTES, length=20)


def same_name(table: str) -> str:
    """Every table goes to one of the same name, without that of its database."""
    return table.partition(".")[2]


class Upserter:
    """Writes changes to a target: each once in effect, by key, never an older one over a newer one.

    A batch of items and the consumer's offsets after it are one transaction of the target, so what was handled is
    known there, after any crash. A transaction of the source is never torn apart. Each row keeps the position of its
    last change; a change that stands before it (sent again, or read again) leaves the row alone. Deletes are remembered
    for the same reason.

    Args:
        target: where to.
        tables: which source table goes to which target table.
        consumer: the name under which offsets are kept; upserters that share a target need different ones.
        create: whether tables are made and get new columns; needs messages with a schema.
        remember_deletes_s: for how long deletes are remembered; longer than what a connector may send again.

    Raises:
        ConfigError: a setting that cannot work.
    """

    def __init__(
        self,
        target: Target[Any],
        tables: Tables = same_name,
        *,
        consumer: str,
        create: Create = "evolve",
        remember_deletes_s: float = 7 * 86400.0,
    ) -> None:
        if not consumer or len(consumer) > 100:
            raise ConfigError("consumer must be a name of 1 to 100 characters; offsets are kept under it")
        if create not in ("missing", "evolve", "never"):
            raise ConfigError(f'create is "missing", "evolve" or "never", not {create!r}')
        self._target = target
        self._table_of = tables if callable(tables) else tables.get
        self._tables: dict[str, TargetTable | None] = {}
        self._create = create
        self._books = Bookkeeping(target, consumer, remember_deletes_s)
        self._tracker = PositionTracker()
        self._shapes: dict[str, tuple[object, tuple[str, ...]]] = {}  # a table's schema when its columns were looked at

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._target.close()

    def connect(self) -> None:
        """Opens the connection and reads what is known there.

        Raises:
            TargetError: the database refuses or cannot be reached.
        """
        self._target.connect()
        self._books.prepare()
        self._shapes.clear()
        self._tracker = PositionTracker(self._books.load()[1])

    @property
    def offsets(self) -> StoredOffsets:
        """To be given to the consumer as `commit`: reading goes on where the target is."""
        return StoredOffsets(self._load)

    def _load(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        known = self._books.load()[0]
        return {partition: known[partition] for partition in partitions if partition in known}

    def new_epoch(self) -> None:
        """The source's log begins anew (another server without GTIDs): what comes now is later than all before."""
        self._tracker.new_epoch()

    def follow(
        self, reader: Reader[Any], *, items: int = 2000, wait_s: float = 0.2, idle_s: float | None = None
    ) -> None:
        """Applies everything that the consumer gives, until it is stopped.

        Args:
            reader: a `Consumer` or `TransactionConsumer` without row classes, with `commit=upserter.offsets`.
            items: events or transactions that go into one transaction of the target, at most.
            wait_s: how long to wait for so many once there is one.
            idle_s: ends when nothing new has arrived for so long.

        Raises:
            TargetError: the target refused, or retries did not help.
            SdkError: as the consumer.
        """
        for batch in reader.batches(items, wait_s, idle_s=idle_s):
            self.apply(batch)

    def apply(self, batch: Batch[Any]) -> None:
        """Applies a batch and stores its offsets, in one transaction; tried again where that may help.

        Raises:
            TargetError: the target refused, or retries did not help; nothing of the batch is there.
        """
        delay_s = _RETRY_FIRST_S
        for attempt in range(_RETRIES + 1):
            try:
                if attempt:
                    self.connect()  # what was known may have been rolled back
                self._apply(batch)
            except TargetError as error:
                if not error.retriable or attempt == _RETRIES:
                    self._tracker = PositionTracker()
                    raise
                log.warning("%s; trying again in %.1f s", error, delay_s)
                time.sleep(delay_s)
                delay_s = min(2 * delay_s, _RETRY_MAX_S)
            else:
                return

    def _apply(self, batch: Batch[Any]) -> None:
        with self._target.transaction():
            for part in chunks(self._changes(batch.items), ROWS_AT_ONCE):
                self._write(part)
            self._books.store(batch.offsets, self._tracker.places)
            self._books.forget_old_deletes(time.time())

    def _changes(self, items: Iterable[Item]) -> Iterator[tuple[TargetTable, Change[Row], Position]]:
        for item in items:
            events: Iterable[Any] = item if isinstance(item, WholeTransaction) else (item,)
            for event in events:
                if isinstance(event, Insert | Update | Delete | Read | Truncate) and (
                    table := self._table(event.source.table_name)
                ):
                    yield table, event, self._tracker.position(event.message.topic_partition, event.source)

    def _table(self, name: str) -> TargetTable | None:
        if name not in self._tables:
            found = self._table_of(name)
            self._tables[name] = TargetTable(found) if isinstance(found, str) else found
        return self._tables[name]

    def _write(self, changes: Iterable[tuple[TargetTable, Change[Row], Position]]) -> None:
        tables: dict[str, TableChanges] = {}
        for table, event, position in changes:
            tables.setdefault(table.name, TableChanges(table)).add(event, position)
        for changed in tables.values():
            self._write_table(changed)

    def _write_table(self, changes: TableChanges) -> None:
        if not self._shape(changes):
            return
        later = self._books.later_deletes(changes.table.name, changes.rows)
        rows = {key: change for key, change in changes.rows.items() if not _undone(change, later.get(key))}
        name = changes.table.name
        if changes.truncated is not None:
            self._truncate(name, changes.truncated)
        deleted = [(self._values(key), change.position) for key, change in rows.items() if isinstance(change, Deleted)]
        for part in chunks(deleted, _STATEMENT_ROWS):
            self._target.delete(name, changes.key, part)
        for columns, upserted in _by_columns(rows).items():
            statement = UpsertStatement(name, (*columns, POSITION_COLUMN), changes.key)
            for part in chunks(upserted, _STATEMENT_ROWS):
                self._target.upsert(statement, [self._row(columns, change) for change in part])
        self._books.remember_deletes(changes)

    def _row(self, columns: Sequence[str], change: Upserted) -> list[Any]:
        values = change.values
        return [*self._values([values[column] for column in columns]), change.position.to_bytes()]

    def _values(self, values: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(map(self._target.value, values))

    def _truncate(self, table: str, position: Position) -> None:
        column = self._target.quoted(POSITION_COLUMN)
        self._target.execute(
            f"DELETE FROM {self._target.quoted(table)} WHERE {column} IS NULL OR {column} <= {self._target.mark}",
            [position.to_bytes()],
        )

    def _shape(self, changes: TableChanges) -> bool:
        """Makes the table, or adds what it lacks; false when there is none and nothing to put into it."""
        name, schema = changes.table.name, changes.schema
        known = self._shapes.get(name)
        if known is not None and (schema is None or known[0] is schema):
            return True
        columns = self._target.columns(name)
        if schema is not None and self._create != "never":
            table = changes.table
            wanted = [
                target_column(column, table.target_column(name))
                for name, column in changes.columns.items()
                if table.copies(name)
            ]
            if not columns:
                self._target.create_table(name, [*wanted, _POSITION], changes.key)
                columns = self._target.columns(name)
            missing = [column for column in [*wanted, _POSITION] if column.name not in columns]
            if missing and self._create == "evolve":
                self._target.add_columns(name, missing)
                columns = self._target.columns(name)
        if not columns and not any(isinstance(change, Upserted) for change in changes.rows.values()):
            self._books.remember_deletes(changes)
            return False
        self._check(changes, columns)
        self._shapes[name] = schema, columns
        return True

    def _check(self, changes: TableChanges, columns: Collection[str]) -> None:
        name = changes.table.name
        if not columns:
            why = "create is never" if self._create == "never" else "the messages have no schema to create it from"
            raise TargetError(f"{self._target.name} has no table {name}, and {why}")
        wanted = {POSITION_COLUMN}
        for change in changes.rows.values():
            wanted.update(change.values if isinstance(change, Upserted) else ())
        if missing := sorted(wanted - set(columns)):
            raise TargetError(
                f'table {name} of {self._target.name} lacks {", ".join(missing)}: add them, let create="evolve" do so, '
                "or leave source columns out with TargetTable.only"
            )


def _undone(change: Upserted | Deleted, deleted: Position | None) -> bool:
    """Whether the row was deleted later than that."""
    return deleted is not None and isinstance(change, Upserted) and change.position <= deleted


def _by_columns(rows: Mapping[Key, Upserted | Deleted]) -> dict[tuple[str, ...], list[Upserted]]:
    grouped: dict[tuple[str, ...], list[Upserted]] = {}
    for change in rows.values():
        if isinstance(change, Upserted):
            grouped.setdefault(tuple(change.values), []).append(change)
    return grouped
