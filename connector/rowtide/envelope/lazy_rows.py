"""Records that were encoded together, shown one by one: their structs are read when somebody looks into them.

What nobody has changed goes to Kafka as the bytes that it is already. A struct reads a single field from the row image,
or all of them at once, as `values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rowtide.changes import RawRow
from rowtide.connect.encoded import AFTER, BEFORE, KEY, SOURCE, VALUE, EncodedStruct
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Schema, Struct
from rowtide.envelope.native_rows import NativeRows
from rowtide.envelope.plans import Nulls
from rowtide.envelope.source_info import SourceBlock
from rowtide.envelope.table_schema import TRANSACTION_BLOCK, TableSchema

_PIECE_BYTES = 1 << 18
"""A batch is read in pieces of about this size; one lives as long as a record of it."""

_ENVELOPES = (VALUE, SOURCE)
_CHANGEABLE = (list, dict, Struct)
"""Values that somebody who has got one may change in place; codecs make such, and defaults may be such."""

_new: Any = object.__new__


class LazyRows(NativeRows):
    """The records of one RowChanges, most of them encoded before they are asked for."""

    def records(
        self, schema: TableSchema, source: SourceBlock, headers: tuple[Header, ...], kinds: bytes, nulls: Nulls
    ) -> Iterator[SourceRecord]:
        """All records in order. Raises what the record path raises for those that cannot be encoded.

        Args:
            kinds: of updates, what each does; empty for other operations.
            nulls: what stands for NULL in the fields of key and row.
        """
        images: Any = self._changes.images
        row, rows, pos = 0, len(images), images.start()
        while row < rows:
            counters = self._counters()
            opened, done, pos, counted, stopped = self._plan.open(
                images,
                self._changes.operation,
                self._facts,
                counters,
                self._tombstones,
                (pos, self._changes.first_row + row, rows - row, _PIECE_BYTES),
                self._markers[row:],
                kinds[row:],
                self._clock_ns,
            )
            reading = _Reading(self, opened, schema, source, nulls, row, None if counters is None else counters[0])
            self._counted += counted
            row += done
            yield from reading.records(headers, tombstones=self._tombstones)
            if stopped or not done:
                before, after, pos = images.read(pos)
                for record in self._maker.records_of(before, after, row, self._counted):
                    self._counted += record.value is not None or record.value_schema is not None
                    yield record
                row += 1

    def raw_row(self, pos: int, *, before: bool) -> RawRow:
        images: Any = self._changes.images
        read = images.read(pos)
        row: RawRow = read[0] if before else read[1]
        return row

    @property
    def operation(self) -> str:
        return self._changes.operation

    @property
    def markers(self) -> Sequence[Any]:
        return self._changes.markers

    def value_of(self, row: RawRow, *, key: bool) -> Sequence[object]:
        """The values of a row's struct by their codecs."""
        struct = self._maker.key_of(row) if key else self._maker.value_of(row)
        assert struct is not None  # a table without key has no struct to ask it for
        return struct.values


class _Reading:
    """The records of one piece, and what is needed to read them."""

    __slots__ = (
        "_changeable_nulls",
        "_first",
        "_nulls",
        "_operation",
        "_owner",
        "_rows",
        "_schema",
        "_source",
        "_transaction",
        "topic",
    )

    def __init__(
        self,
        owner: LazyRows,
        rows: Any,
        schema: TableSchema,
        source: SourceBlock,
        nulls: Nulls,
        first: int,
        transaction: str | None,
    ) -> None:
        """Args: first: how many rows of the changes come before the piece."""
        self.topic = schema.topic
        self._owner = owner
        self._rows = rows
        self._schema = schema
        self._source = source
        self._nulls = nulls
        self._changeable_nulls = any(map(_any_changeable, nulls))
        self._first = first
        self._operation = owner.operation
        self._transaction = transaction

    def records(self, headers: tuple[Header, ...], *, tombstones: bool) -> Iterator[SourceRecord]:
        schema = self._schema
        topic, key_schema, value_schema = schema.topic, schema.key_schema, schema.envelope_schema
        for index in range(len(self._rows)):
            key = None if key_schema is None else self._struct(index, KEY, key_schema)
            value = self._struct(index, VALUE, value_schema)
            yield SourceRecord(topic, None, key_schema, key, value_schema, value, headers)
            if tombstones:
                yield SourceRecord(topic, None, key_schema, key, None, None, headers)

    def _struct(self, index: int, part: int, schema: Schema) -> EncodedStruct:
        made: EncodedStruct = _new(EncodedStruct)
        made.schema = schema
        made.rows = self._rows
        made.part = part
        made.index = index
        made.reading = self
        made.known = None
        return made

    def values(self, struct: EncodedStruct) -> tuple[object, ...]:
        part, index = struct.part, struct.index
        if part == VALUE:
            return self._envelope(index)
        if part == SOURCE:
            return self._source_block(index)
        values: tuple[object, ...] | None = self._rows.values(index, part, self._nulls[part != KEY])
        read = self._by_codecs(part, index) if values is None else values
        if (values is None or self._changeable_nulls) and _any_changeable(read):
            struct.rows = None
        return read

    def value(self, struct: EncodedStruct, field: int) -> object:
        part = struct.part
        if part not in _ENVELOPES and not self._changeable_nulls:
            cell: tuple[object] | None = self._rows.cell(struct.index, part, field, self._nulls[part != KEY])
            if cell is not None:
                return cell[0]
        return struct.values[field]

    def _by_codecs(self, part: int, index: int) -> tuple[object, ...]:
        before = part == BEFORE or (part == KEY and self._operation == "d")
        row = self._owner.raw_row(self._rows.pos(index), before=before)
        return tuple(self._owner.value_of(row, key=part == KEY))

    def _envelope(self, index: int) -> tuple[object, ...]:
        before, after, nanos, _, total, order = self._rows.facts(index)
        row = self._schema.value_schema
        transaction = self._transaction
        return (
            self._struct(index, BEFORE, row) if before else None,
            self._struct(index, AFTER, row) if after else None,
            self._struct(index, SOURCE, self._source.schema),
            None if transaction is None else Struct(TRANSACTION_BLOCK, (transaction, total, order)),
            self._operation,
            nanos // 1_000_000,
            nanos // 1000,
            nanos,
        )

    def _source_block(self, index: int) -> tuple[object, ...]:
        markers = self._owner.markers
        number = self._rows.facts(index)[3]
        marker = markers[self._first + index] if markers else None
        return tuple(self._source.of_row(number, marker).values)


def _any_changeable(values: Sequence[object]) -> bool:
    return any(isinstance(value, _CHANGEABLE) for value in values)
