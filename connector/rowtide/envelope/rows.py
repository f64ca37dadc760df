"""Row changes as record batches, built when somebody iterates over them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from rowtide.changes import BinlogOffset, Operation, RawRow, RowChanges, SnapshotMarker
from rowtide.connect.record import EncodedBatch, Header, RecordBatch, RecordEncoder, SourceRecord
from rowtide.connect.schema import Struct
from rowtide.envelope.config import EnvelopeConfig, FailureHandling
from rowtide.envelope.headers import NEW_KEY, OLD_KEY
from rowtide.envelope.lazy_rows import LazyRows
from rowtide.envelope.native_rows import UNCLEAR, NativeRows
from rowtide.envelope.plans import Nulls, Plans, RowPlan
from rowtide.envelope.post_processing import RowEvent
from rowtide.envelope.source_info import SourceBlock
from rowtide.envelope.table_schema import TRANSACTION_BLOCK, RowReader, RowValues, TableSchema
from rowtide.envelope.transaction import Counted
from rowtide.errors import BinlogError, DataError, RowtideError

log = logging.getLogger(__name__)

OffsetMap = Callable[[BinlogOffset, Counted | None], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class RowsContext:
    """What all records of a batch have in common.

    Attributes:
        transaction: the counters before the batch, None outside of a transaction or without transaction metadata.
        offset_map: turns an offset and the counters at it into the map that is stored.
        plans: of the native engine, None where another one runs.
    """

    config: EnvelopeConfig
    schema: TableSchema
    source: SourceBlock
    headers: tuple[Header, ...]
    transaction: Counted | None
    offset_map: OffsetMap
    plans: Plans | None = None


@dataclass(frozen=True, slots=True)
class RowStep:
    """What one row makes: how many records, and how many of them had been counted in the transaction after each."""

    records: tuple[SourceRecord, ...]
    events: tuple[int, ...]


class RowRecordBatch(RecordBatch):
    """The records of one RowChanges.

    Inserts, deletes, snapshot rows and truncates make the same number of records each, so they are counted
    undecoded. Updates are decoded at the first question, or compared by the native engine, since a changed key makes
    three records of one row; so are all rows when failures are tolerated.
    """

    def __init__(self, context: RowsContext, changes: RowChanges) -> None:
        self.source_partition = context.config.source_partition
        self._context = context
        self._changes = changes
        self._maker = RecordMaker(context, changes)
        self._per_row = _records_a_row(context.config, changes)
        self._made: list[RowStep] | None = None
        self._compared: bytes | None = None

    def __len__(self) -> int:
        if self._per_row is not None:
            return self._rows() * self._per_row
        return sum(map(len, self._event_counts()))

    def __iter__(self) -> Iterator[SourceRecord]:
        if self._per_row is None:
            for step in self._steps():
                yield from step.records
        elif self._per_row:
            yield from self._maker.uniform()

    @property
    def events(self) -> int:
        """How many change events the batch counts for in its transaction; tombstones are none."""
        if self._per_row is not None:
            return self._rows() if self._per_row else 0
        return sum(max(events, default=0) for events in self._event_counts())

    def encode_batch(self, encoder: RecordEncoder) -> Iterator[EncodedBatch] | None:
        context, changes = self._context, self._changes
        if context.plans is None:
            return None
        context.plans.use(encoder)
        planned = self._plan()
        kinds = self._kinds() if changes.operation == "u" else b""
        if planned is None or kinds is None or self._per_row == 0:
            return None
        if changes.operation != "r":
            context.plans.known(changes.images, planned, changes.operation)
        rows = NativeRows(planned, context.plans.batch, context.config, changes, context.transaction, self._maker)
        return rows.encode(kinds, encoder)

    def lazy_records(self, encoder: RecordEncoder) -> Iterator[SourceRecord]:
        context, changes = self._context, self._changes
        if context.plans is None or self._made is not None or self._per_row == 0:
            return iter(self)
        context.plans.use(encoder)
        planned, nulls = self._looked_into()
        kinds = self._kinds() if changes.operation == "u" else b""
        if planned is None or kinds is None:
            return iter(self)
        rows = LazyRows(planned, None, context.config, changes, context.transaction, self._maker)
        return rows.records(context.schema, context.source, context.headers, kinds, nulls)

    def _looked_into(self) -> tuple[RowPlan | None, Nulls]:
        """How these rows become records that can be looked into; no plan where the native engine cannot do it."""
        plans, changes = self._context.plans, self._changes
        if plans is None or not self._natively():
            return None, ((), ())
        return plans.looked_into(changes.table, self._context.schema, snapshot=changes.operation == "r")

    def _natively(self) -> bool:
        """Whether the native engine can read these rows."""
        plans, changes = self._context.plans, self._changes
        excluded = changes.operation == "t" or self._context.config.rules.tolerant
        return plans is not None and not excluded and plans.encodes(changes.images)

    def _plan(self) -> RowPlan | None:
        """How these rows become records, None where the native engine cannot do it."""
        context, changes = self._context, self._changes
        if context.plans is None or not self._natively():
            return None
        return context.plans.of(
            changes.table, context.schema, changes.operation, in_transaction=context.transaction is not None
        )

    def _kinds(self) -> bytes | None:
        """What each update does, as the native engine sees it; None where it does not see that."""
        if self._compared is None:
            planned = self._plan() or self._looked_into()[0]
            rules = self._context.config.rules
            if planned is None or self._changes.operation != "u":
                return None
            if "u" in rules.skipped_operations:
                self._compared = bytes(len(self._changes.images))
            else:
                images: Any = self._changes.images
                self._compared = planned.plan.kinds(images, images.start(), rules.skip_unchanged)
        return None if UNCLEAR in self._compared else self._compared

    def _event_counts(self) -> Sequence[tuple[int, ...]]:
        """Of each row, the events counted after each of its records."""
        kinds = self._kinds() if self._made is None else None
        if kinds is None:
            return [step.events for step in self._steps()]
        moved = (1, 1, 2) if self._context.config.rules.tombstones else (1, 2)
        by_kind = ((), (1,), moved)
        return [by_kind[kind] for kind in kinds]

    def source_offset(self, index: int) -> Mapping[str, object]:
        if self._per_row is not None:
            row = index // self._per_row
            events = row + 1
        else:
            row, events = self._place(index)
        transaction = self._context.transaction
        counted = transaction.with_event(str(self._changes.table.id), events) if transaction else None
        return self._context.offset_map(self._offset_after(row), counted)

    def _offset_after(self, row: int) -> BinlogOffset:
        """Records of one row share their offset. Only rows of the binlog are numbered."""
        if self._changes.operation in ("r", "t"):
            return self._changes.offset
        return replace(self._changes.offset, row=self._changes.first_row + row + 1)

    def _rows(self) -> int:
        return 1 if self._changes.operation == "t" else len(self._changes.images)

    def _steps(self) -> list[RowStep]:
        if self._made is None:
            self._made = list(self._maker.steps())
        return self._made

    def _place(self, index: int) -> tuple[int, int]:
        """The row that makes a record, and the events counted up to the record."""
        counts = self._event_counts()
        starts = list(accumulate(map(len, counts), initial=0))
        row = next(i for i in range(len(counts)) if starts[i] <= index < starts[i + 1])
        before = sum(max(events, default=0) for events in counts[:row])
        return row, before + counts[row][index - starts[row]]


def _records_a_row(config: EnvelopeConfig, changes: RowChanges) -> int | None:
    """None where every row may make another number: of updates, and when failures are tolerated."""
    operation, rules = changes.operation, config.rules
    if operation != "r" and operation in rules.skipped_operations:
        return 0
    if operation == "u" or rules.tolerant:
        return None
    return 2 if operation == "d" and rules.tombstones else 1


class RecordMaker:
    """Builds the records of one RowChanges. Each reads the clock when it is built."""

    def __init__(self, context: RowsContext, changes: RowChanges) -> None:
        self._context = context
        self._changes = changes
        self._schema = context.schema
        self._clock = context.config.clock
        self._values = _reading(context.schema.value, changes)
        self._key_values = None if context.schema.key is None else _reading(context.schema.key, changes)
        transaction = context.transaction
        self._transaction_id = transaction.id if transaction else None
        self._table = str(changes.table.id)
        self._tolerant = context.config.rules.tolerant
        self._total = self._order = 0
        self._count_from(0)

    def _count_from(self, events: int) -> None:
        """Goes on after so many events of the batch."""
        transaction = self._context.transaction
        if transaction is not None:
            self._total = sum(transaction.orders.values()) + events
            self._order = transaction.orders.get(self._table, 0) + events

    def uniform(self) -> Iterator[SourceRecord]:
        """The records of every operation but update."""
        if self._changes.operation == "t":
            yield self._truncate()
            return
        self._count_from(0)
        for i, (before, after) in enumerate(self._changes.images):
            yield from self._uniform(before, after, i)

    def _truncate(self) -> SourceRecord:
        return self._record("t", None, (None, None), self._context.source.struct())

    def _uniform(self, before: RawRow | None, after: RawRow | None, index: int) -> tuple[SourceRecord, ...]:
        operation = self._changes.operation
        row = after if before is None else before
        if row is None:
            return ()
        key, value, source = self.key_of(row), self.value_of(row), self._source(index)
        if operation != "d":
            return (self._record(operation, key, (None, value), source, row),)
        deleted = self._record("d", key, (value, None), source, row)
        if not self._context.config.rules.tombstones:
            return (deleted,)
        return deleted, self._tombstone(key, self._context.headers)

    def steps(self) -> Iterator[RowStep]:
        """The records of every row, one step a row, also of the rows that make none."""
        rules = self._context.config.rules
        if self._changes.operation == "t":
            yield RowStep((self._truncate(),), (1,)) if "t" not in rules.skipped_operations else RowStep((), ())
            return
        self._count_from(0)
        for i, (before, after) in enumerate(self._images()):
            try:
                yield self._step(before, after, i)
            except RowtideError as error:
                tolerate(rules.on_failure, error, f"no record can be made of row {i} of", self._table)
                yield RowStep((), ())

    def records_of(
        self, before: RawRow | None, after: RawRow | None, index: int, counted: int
    ) -> tuple[SourceRecord, ...]:
        """The records of one row. Args: counted: events of the batch before it."""
        self._count_from(counted)
        return self._step(before, after, index).records

    def _images(self) -> Iterable[tuple[RawRow | None, RawRow | None]]:
        rules = self._context.config.rules
        if rules.on_undecodable == "fail":
            return self._changes.images
        try:
            return list(self._changes.images)
        except BinlogError as error:
            tolerate(rules.on_undecodable, error, "the rows of an event cannot be decoded, of", self._table)
            return []

    def _step(self, before: RawRow | None, after: RawRow | None, index: int) -> RowStep:
        operation, rules = self._changes.operation, self._context.config.rules
        if operation == "u":
            return self._update(before, after, index)
        if operation != "r" and operation in rules.skipped_operations:
            return RowStep((), ())
        records = self._uniform(before, after, index)
        return RowStep(records, (1,) * len(records))

    def _update(self, before: RawRow | None, after: RawRow | None, index: int) -> RowStep:
        rules = self._context.config.rules
        if before is None or after is None or "u" in rules.skipped_operations:
            return RowStep((), ())
        old_value, new_value = self.value_of(before), self.value_of(after)
        if rules.skip_unchanged and old_value == new_value:
            return RowStep((), ())
        old_key, new_key = self.key_of(before), self.key_of(after)
        if old_key != new_key and old_key is not None and new_key is not None:
            return self._moved((old_key, new_key), (old_value, new_value), (before, after), index)
        return RowStep((self._record("u", new_key, (old_value, new_value), self._source(index), after),), (1,))

    def _moved(
        self, keys: tuple[Struct, Struct], values: tuple[Struct, Struct], rows: tuple[RawRow, RawRow], index: int
    ) -> RowStep:
        """A changed key: delete and tombstone under the old one, create under the new one, naming each other.

        They are sent whatever `skipped.operations` says of c and d, which Debezium takes for kinds of log events.
        """
        source = self._source(index)
        to_new = (Header(NEW_KEY, self._schema.key_schema, keys[1]), *self._context.headers)
        from_old = (Header(OLD_KEY, self._schema.key_schema, keys[0]), *self._context.headers)
        records = [self._record("d", keys[0], (values[0], None), source, rows[0], to_new)]
        if self._context.config.rules.tombstones:
            records.append(self._tombstone(keys[0], to_new))
        records.append(self._record("c", keys[1], (None, values[1]), source, rows[1], from_old))
        return RowStep(tuple(records), (*(1,) * (len(records) - 1), 2))

    def value_of(self, row: RawRow) -> Struct:
        value = Struct(self._schema.value_schema, self._values(row))
        if self._tolerant:
            _check_required(value, self._table)
        return value

    def key_of(self, row: RawRow) -> Struct | None:
        if self._key_values is None or self._schema.key_schema is None:
            return None
        return Struct(self._schema.key_schema, self._key_values(row))

    def _source(self, index: int) -> Struct:
        markers = self._changes.markers
        marker: SnapshotMarker | None = markers[index] if markers else None
        row = 0 if self._changes.operation == "r" else self._changes.first_row + index
        return self._context.source.of_row(row, marker)

    def _record(
        self,
        operation: Operation,
        key: Struct | None,
        states: tuple[Struct | None, Struct | None],
        source: Struct,
        row: RawRow | None = None,
        headers: tuple[Header, ...] | None = None,
    ) -> SourceRecord:
        """Args: states: before and after. row: the raw row that post-processors see."""
        nanos = self._clock()
        schema = self._schema.envelope_schema
        value = Struct(
            schema,
            (*states, source, self._transaction(), operation, nanos // 1_000_000, nanos // 1000, nanos),
        )
        if self._context.config.post_processors:
            self._process(RowEvent(self._changes.table, self._schema.value_columns, operation, key, value, row))
        return SourceRecord(
            self._schema.topic,
            None,
            key.schema if key is not None else None,
            key,
            schema,
            value,
            self._context.headers if headers is None else headers,
        )

    def _process(self, event: RowEvent) -> None:
        for processor in self._context.config.post_processors:
            processor.apply(event)

    def _transaction(self) -> Struct | None:
        if self._transaction_id is None:
            return None
        self._total += 1
        self._order += 1
        return Struct(TRANSACTION_BLOCK, (self._transaction_id, self._total, self._order))

    def _tombstone(self, key: Struct | None, headers: tuple[Header, ...]) -> SourceRecord:
        return SourceRecord(self._schema.topic, None, key.schema if key else None, key, None, None, headers)


def _reading(reader: RowReader, changes: RowChanges) -> RowValues:
    """How the changes' rows are read."""
    if changes.operation == "r":
        return reader.selected
    return reader.partial if changes.partial else reader.streamed


def _check_required(struct: Struct, table: str) -> None:
    """Raises DataError for a null where there must be none, which otherwise shows when the record is encoded."""
    for field, value in zip(struct.schema.fields, struct.values, strict=True):
        if value is None and not field.schema.optional and field.schema.default is None:
            raise DataError(f"Column {field.name} of {table} has a value that cannot be converted, and must have one.")


def tolerate(handling: FailureHandling, error: RowtideError, what: str, table: str) -> None:
    """Says what is left out. Raises the error when nothing may be."""
    if handling == "fail":
        raise error
    log.log(logging.WARNING if handling == "warn" else logging.DEBUG, "%s %s: %s", what, table, error)
