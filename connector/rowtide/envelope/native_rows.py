"""The records of row changes, encoded by the native engine; what a plan cannot do is done record by record between."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from rowtide.changes import RawRow, RowChanges, SnapshotMarker, SourceFacts
from rowtide.connect.record import EncodedBatch, EncodedRecord, Header, PackedRecords, RecordEncoder, SourceRecord
from rowtide.connect.schema import Struct
from rowtide.connect.shape import Unknown
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.plans import MARKERS, RowPlan
from rowtide.envelope.transaction import Counted

_MARKER_NUMBERS = {marker: number for number, marker in enumerate(MARKERS)}

_PIECE_BYTES = 1 << 20
"""A batch is encoded in pieces of about this size: a row's records may be many times as long as its image."""

UNCHANGED, CHANGED, MOVED, UNCLEAR = range(4)
"""What an update does (`_native.Plan.kinds`)."""


class RowRecords(Protocol):
    """The record path for one row."""

    def records_of(
        self, before: RawRow | None, after: RawRow | None, index: int, counted: int
    ) -> Sequence[SourceRecord]:
        """Args: counted: events of the batch before this row."""
        ...

    def value_of(self, row: RawRow) -> Struct: ...

    def key_of(self, row: RawRow) -> Struct | None: ...


class NativeRows:
    """Encodes one RowChanges with a plan."""

    def __init__(
        self,
        planned: RowPlan,
        packed: Any,
        config: EnvelopeConfig,
        changes: RowChanges,
        transaction: Counted | None,
        maker: RowRecords,
    ) -> None:
        """Args: packed: the `_native.Batch` that is filled with one piece after another."""
        self._planned = planned
        self._plan = planned.plan
        self._packed = packed
        self._changes = changes
        self._maker = maker
        self._transaction = transaction
        rules = config.rules
        self._tombstones = changes.operation == "d" and rules.tombstones
        self._clock_ns = None if config.clock is time.time_ns else config.clock()
        self._markers = _marker_numbers(changes.markers)
        self._facts = _facts(changes.source, by_row=bool(changes.markers))
        self._counted = 0
        self._own_headers: dict[int, list[tuple[str, bytes | None]]] = {}
        self._made = self._sent = 0
        """Records of the piece before transforms, and those up to the last that they leave."""

    def encode(self, kinds: bytes, encoder: RecordEncoder) -> Iterator[EncodedBatch]:
        """All records, or those before one that cannot be encoded, in pieces.

        Args:
            kinds: of updates, what each does; empty for other operations.
        """
        topic = self._planned.topic
        constant = encoder.encode_headers(topic, self._headers())
        row, rows = 0, len(self._changes.images)
        pos: int | None = self._changes.images.start()  # type: ignore[attr-defined]
        while row < rows and pos is not None:
            self._packed.clear()
            self._own_headers = {}
            self._made = self._sent = 0
            row, pos = self._piece(row, pos, kinds, constant, encoder)
            packed: PackedRecords = self._packed
            if self._made == len(packed):
                yield EncodedBatch(topic, packed, constant, self._own_headers)
            else:
                yield EncodedBatch(topic, packed, constant, self._own_headers, self._made, self._sent)

    def _headers(self) -> tuple[Header, ...]:
        """The plan's headers, with what they take from the event."""
        if self._planned.constant:
            return self._planned.headers
        facts = self._changes.source
        known: dict[str, object] = {
            "ts_ms": facts.time_us // 1000,
            "ts_us": facts.time_us,
            "ts_ns": facts.time_us * 1000,
            "server_id": facts.server_id,
            "gtid": facts.gtid,
            "file": facts.file,
            "pos": facts.pos,
            "thread": facts.thread,
            "query": facts.query,
            "transaction_id": self._transaction.id if self._transaction is not None else None,
        }
        return tuple(
            Header(header.name, header.schema, known[header.value.name])
            if isinstance(header.value, Unknown)
            else header
            for header in self._planned.headers
        )

    def _piece(
        self, row: int, pos: int, kinds: bytes, constant: list[tuple[str, bytes | None]], encoder: RecordEncoder
    ) -> tuple[int, int | None]:
        """Fills a piece; answers the next row and where it begins, None for one that cannot be encoded."""
        rows = len(self._changes.images)
        while row < rows and self._packed.size < _PIECE_BYTES:
            done, pos, counted, stopped = self._run(row, pos, rows - row, kinds)
            row += done
            self._counted += counted
            self._count(counted)
            if stopped:
                after = self._one(row, pos, constant, encoder)
                if after is None:
                    return row, None
                row, pos = row + 1, after
        return row, pos

    def _run(self, row: int, pos: int, rows: int, kinds: bytes) -> tuple[int, int, int, bool]:
        answer: tuple[int, int, int, bool] = self._plan.encode(
            self._packed,
            self._changes.images,
            self._changes.operation,
            self._facts,
            self._counters(),
            self._tombstones,
            (pos, self._changes.first_row + row, rows, _PIECE_BYTES),
            self._markers[row:],
            kinds[row:],
            self._clock_ns,
        )
        return answer

    def _counters(self) -> tuple[str, int, int] | None:
        transaction = self._transaction
        if transaction is None:
            return None
        order = transaction.orders.get(str(self._changes.table.id), 0)
        return transaction.id, sum(transaction.orders.values()) + self._counted, order + self._counted

    def _one(self, row: int, pos: int, constant: list[tuple[str, bytes | None]], encoder: RecordEncoder) -> int | None:
        """The row by the record path; answers where the next row begins, None when a record cannot be made."""
        try:
            before, after, end = self._changes.images.read(pos)  # type: ignore[attr-defined]
            records = self._maker.records_of(before, after, row, self._counted)
            encoded = [self._encoded(record, encoder) for record in records]
        except Exception:  # noqa: BLE001 - transforms raise what they like
            return None  # the record path meets it again, and says it
        if any(record is not None and not self._fits(record) for record in encoded):
            return None
        for record, source in zip(encoded, records, strict=True):
            self._made += 1
            self._counted += source.value is not None or source.value_schema is not None
            if record is None:
                continue
            if record.headers != constant:
                self._own_headers[len(self._packed)] = record.headers
            self._packed.push(record.key, record.value)
            self._sent = self._made
        return int(end)

    def _encoded(self, record: SourceRecord, encoder: RecordEncoder) -> EncodedRecord | None:
        transformed = record if encoder.transforms is None else encoder.transforms.transformed(record)
        return None if transformed is None else encoder.encode(transformed)

    def _fits(self, record: EncodedRecord) -> bool:
        """Whether it goes where the others of a batch do."""
        return record.topic == self._planned.topic and record.partition is None and record.timestamp is None

    def _count(self, rows: int) -> None:
        """Notes rows that the plan has done."""
        kept = self._planned.kept
        if not kept:
            self._made += rows * (1 + self._tombstones)
            self._sent = self._made
        elif rows:
            if any(kept):
                self._sent = self._made + (rows - 1) * len(kept) + len(kept) - kept[::-1].index(True)
            self._made += rows * len(kept)


def _marker_numbers(markers: Sequence[SnapshotMarker]) -> bytes:
    numbers = bytearray([_MARKER_NUMBERS[SnapshotMarker.TRUE]]) * len(markers)
    for row, marker in enumerate(markers):
        if marker is not SnapshotMarker.TRUE:  # most are; a look into the dict for each would cost more than its row
            numbers[row] = _MARKER_NUMBERS[marker]
    return bytes(numbers)


def _facts(source: SourceFacts, *, by_row: bool) -> tuple[object, ...]:
    return (
        source.time_us,
        source.file,
        source.pos,
        source.server_id,
        source.gtid,
        source.thread,
        source.query,
        None if by_row else _MARKER_NUMBERS[source.snapshot],
    )
