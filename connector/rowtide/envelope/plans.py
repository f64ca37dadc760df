"""Encoding plans: what the native engine must know to make the records of a table version from its row images.

A plan is put together from the same schemas, codecs and converter formats that the record path uses. Where one of them
does something that a plan cannot, there is none, and the records are made one by one.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rowtide import native
from rowtide.changes import Operation, SnapshotMarker
from rowtide.connect.formats import NoFormatError, PayloadFormat
from rowtide.connect.record import Header, RecordEncoder
from rowtide.connect.schema import Schema
from rowtide.connect.shape import ShapeError, Unknown
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.plan_fields import NoPlanError, PlannedField, null_of, steps_of
from rowtide.envelope.shaped_plans import ShapedParts, headers_of
from rowtide.envelope.shapes import (
    ENVELOPE_SLOTS,
    SOURCE_SLOTS,
    TRANSACTION_SLOTS,
    Shape,
    Shapes,
    source_constants,
)
from rowtide.envelope.table_schema import VERSIONS_MAX, TableSchema
from rowtide.errors import DataError, RetriableError
from rowtide.tables.model import Column, Table
from rowtide.types import ColumnCodec

log = logging.getLogger(__name__)

Formats = tuple[PayloadFormat, PayloadFormat]
Columns = Sequence[tuple[Column, ColumnCodec]]
Part = tuple[object, ...]
Nulls = tuple[tuple[object, ...], tuple[object, ...]]

MARKERS = (None, *SnapshotMarker)
"""Snapshot markers by their number in plans."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """How rows of one table version become records.

    Attributes:
        plan: the `_native.Plan`.
        headers: of all records; those that transforms take from the event have `Unknown` values.
        kept: which of a row's records transforms leave; empty where there are none that change anything.
    """

    plan: Any
    topic: str
    headers: tuple[Header, ...]
    kept: tuple[bool, ...] = ()

    @property
    def constant(self) -> bool:
        """Whether headers are the same for all events."""
        return not any(isinstance(header.value, Unknown) for header in self.headers)


class Plans:
    """Makes plans, and keeps them by table version. Used from one thread."""

    def __init__(self, config: EnvelopeConfig, headers: tuple[Header, ...]) -> None:
        """Args: headers: of the records, before transforms."""
        self._config = config
        self._headers = headers
        self._encoder: RecordEncoder | None = None
        self._images: tuple[type, ...] = (native.required().RowImages, native.required().TextImages)
        self.lane: Any | None = None
        self.topics: list[tuple[str, tuple[Header, ...]]] = []
        """Topics of the lane by their number, and the headers of what it makes for them."""
        self._topic_numbers: dict[str, int] = {}
        self.batch = native.required().Batch()
        """Memory for the records of one piece, used again for the next."""
        self._plans: OrderedDict[tuple[int, str, bool], tuple[TableSchema, RowPlan | None]] = OrderedDict()
        self._lazy: OrderedDict[tuple[int, bool], tuple[TableSchema, RowPlan | None, Nulls]] = OrderedDict()

    def use(self, encoder: RecordEncoder) -> None:
        """How keys and values are written from now on, and what is done to records before."""
        if encoder is not self._encoder:
            if self._encoder is not None and self.lane is not None:
                self.lane.forget()
            self._encoder = encoder
            self._plans.clear()
            self._lazy.clear()

    def new_lane(self, *, commit_times: bool) -> Any | None:
        """A `_native.Lane` for whole transactions, which learns the tables that have plans; None where all records are
        looked at."""
        rules, config = self._config.rules, self._config
        looked_at = rules.skip_unchanged or rules.transactions or rules.tolerant or config.post_processors
        if looked_at or config.clock is not time.time_ns:
            return None
        kinds = tuple(kind not in rules.skipped_operations for kind in "cud")
        self.lane = native.required().Lane(kinds, rules.tombstones, commit_times)
        return self.lane

    def known(self, images: object, planned: RowPlan, operation: Operation) -> None:
        """Rows of a table like these have a plan, which their transactions may use."""
        if self.lane is None or not planned.constant:
            return
        # What is dropped needs a place, too; nothing is ever sent to it.
        topic = planned.topic if any(planned.kept) or not planned.kept else ""
        number = self._topic_numbers.get(topic)
        if number is None:
            number = self._topic_numbers[topic] = len(self.topics)
            self.topics.append((topic, planned.headers))
        elif not self._same_headers(*self.topics[number], planned.headers):
            return  # the lane's records of a topic have the same headers, so that they stay in order
        kinds = tuple(not planned.kept or operation == kind for kind in "cud")
        self.lane.encode(images, planned.plan, number, kinds)

    def _same_headers(self, topic: str, one: tuple[Header, ...], other: tuple[Header, ...]) -> bool:
        # Schemas are compared by identity, and every table has its own.
        assert self._encoder is not None
        return one == other or self._encoder.encode_headers(topic, one) == self._encoder.encode_headers(topic, other)

    def encodes(self, images: object) -> bool:
        """Whether the native engine can read these row images."""
        return isinstance(images, self._images)

    def of(self, table: Table, schema: TableSchema, operation: Operation, *, in_transaction: bool) -> RowPlan | None:
        """The plan of a table version, None where there is none, which is said once a version (and operation)."""
        encoder = self._encoder
        if encoder is None or encoder.formats is None:
            return None
        if encoder.transforms is None:
            key = id(schema), "r" if operation == "r" else "", False
        else:
            key = id(schema), operation, in_transaction
        known = self._plans.get(key)
        if known is not None:
            return known[1]
        try:
            plan = self._made(table, schema, encoder, operation, in_transaction=in_transaction)
        except (DataError, RetriableError):
            return None  # the record path meets it again, and says it; the next batch tries anew
        self._plans[key] = schema, plan
        if len(self._plans) > VERSIONS_MAX:
            self._plans.popitem(last=False)
        return plan

    def looked_into(self, table: Table, schema: TableSchema, *, snapshot: bool) -> tuple[RowPlan | None, Nulls]:
        """The plan for records that transforms look into, and what stands for NULL in the fields of key and row."""
        encoder = self._encoder
        if encoder is None or encoder.formats is None:
            return None, ((), ())
        key = id(schema), snapshot
        known = self._lazy.get(key)
        if known is not None:
            return known[1], known[2]
        nulls = _nulls(schema.key_columns, snapshot=snapshot), _nulls(schema.value_columns, snapshot=snapshot)
        plan: RowPlan | None = None
        try:
            planner = _Planner(self._config, table, schema, encoder.formats, snapshot=snapshot)
            plan = RowPlan(planner.plan(looked_into=True), schema.topic, self._headers)
        except (NoPlanError, NoFormatError) as error:
            log.info("records of %s are decoded in Python, which is slower: %s", table.id, error)
        except (DataError, RetriableError):
            return None, nulls  # the record path meets it again, and says it; the next batch tries anew
        self._lazy[key] = schema, plan, nulls
        if len(self._lazy) > VERSIONS_MAX:
            self._lazy.popitem(last=False)
        return plan, nulls

    def _made(
        self, table: Table, schema: TableSchema, encoder: RecordEncoder, operation: Operation, *, in_transaction: bool
    ) -> RowPlan | None:
        assert encoder.formats is not None
        planner = _Planner(self._config, table, schema, encoder.formats, snapshot=operation == "r")
        try:
            if encoder.transforms is None:
                return RowPlan(planner.plan(), schema.topic, self._headers)
            shapes = Shapes(
                self._config, table, schema, self._headers, operation, in_transaction=in_transaction
            ).transformed(encoder.transforms)
            return self._shaped(planner, schema, ShapedParts(self._config, encoder, operation), shapes)
        except (NoPlanError, NoFormatError) as error:
            log.info("records of %s are made one by one, which is slower: %s", table.id, error)
        except ShapeError as error:
            log.info("records of %s (op %s) are made one by one, which is slower: %s", table.id, operation, error)
        return None

    def _shaped(self, planner: _Planner, schema: TableSchema, parts: ShapedParts, shapes: Sequence[Shape]) -> RowPlan:
        left = headers_of(shapes)
        records = parts.records(shapes)
        plan = planner.comparing().shaped(records, parts.checked(schema))
        topic, headers = left if left is not None else (schema.topic, ())
        return RowPlan(plan, topic, headers, tuple(shape is not None for shape in shapes))


class _Planner:
    def __init__(
        self, config: EnvelopeConfig, table: Table, schema: TableSchema, formats: Formats, *, snapshot: bool
    ) -> None:
        self._config = config
        self._table = table
        self._schema = schema
        self._key_format, self._value_format = formats
        self._snapshot = snapshot

    def plan(self, *, looked_into: bool = False) -> Any:
        """Args: looked_into: with marks at the places that are looked for in records."""
        self._marks = looked_into
        schema = self._schema
        key_frame = (b"", b"") if schema.key_schema is None else self._key_format.frame(schema.topic, schema.key_schema)
        return self._made(key_frame, self._template())

    def comparing(self) -> Any:
        """A plan that tells what updates do, but not how records are written."""
        return self._made((b"", b""), [])

    def _made(self, key_frame: tuple[bytes, bytes], template: list[Part]) -> Any:
        if self._config.post_processors:
            raise NoPlanError("the connector has post-processors")
        schema = self._schema
        key = None
        if schema.key_schema is not None:
            key = self._struct(self._key_format, schema.key_schema, schema.key_columns, schema.key_constant)
        return native.required().Plan(
            key,
            self._struct(self._value_format, schema.value_schema, schema.value_columns),
            (self._key_format.name, self._value_format.name),
            key_frame,
            template,
            len(self._table.columns),
        )

    def _struct(
        self, format_: PayloadFormat, schema: Schema, columns: Columns, constant: str | None = None
    ) -> tuple[list[PlannedField], bytes]:
        fields = [self._field(format_, schema, i, column, codec) for i, (column, codec) in enumerate(columns)]
        if constant is not None:
            i = len(fields)
            prefix = format_.value_prefix(schema.fields[i].schema)
            fields.append((0, format_.field_prefix(schema, i), prefix, None, ("const", constant), None))
        return fields, format_.struct_end(schema)

    def _field(
        self, format_: PayloadFormat, struct: Schema, index: int, column: Column, codec: ColumnCodec
    ) -> PlannedField:
        steps, cut = steps_of(column, codec, codec.schema, format_, self._config.values, snapshot=self._snapshot)
        null = null_of(codec, snapshot=self._snapshot)
        return (
            column.position - 1,
            format_.field_prefix(struct, index),
            format_.value_prefix(codec.schema),
            format_.null(codec.schema) if null is None else format_.value(codec.schema, null),
            steps,
            cut,
        )

    def _template(self) -> list[Part]:
        start, end = self._value_format.frame(self._schema.topic, self._schema.envelope_schema)
        payload = self._marked("payload", self._envelope())
        return [("const", start), *payload, ("const", end)]

    def _marked(self, name: str, parts: list[Part]) -> list[Part]:
        return [(name,), *parts, (f"{name}_end",)] if self._marks else parts

    def _envelope(self) -> list[Part]:
        format_, envelope = self._value_format, self._schema.envelope_schema
        parts: list[Part] = []
        for i, field in enumerate(envelope.fields):
            parts.append(("const", format_.field_prefix(envelope, i)))
            if field.name in ("before", "after"):
                parts.append(self._slot(field.name, field.schema))
            elif field.name == "source":
                block: list[Part] = [("const", format_.value_prefix(field.schema)), *self._source(field.schema)]
                parts += self._marked("source", block)
            elif field.name == "transaction":
                block = [("const", format_.value_prefix(field.schema)), *self._block(field.schema)]
                parts.append(("transaction", block, self._null_of(field.schema)))
            elif field.name in ENVELOPE_SLOTS:
                parts.append(self._slot(ENVELOPE_SLOTS[field.name], field.schema))
            else:
                raise NoPlanError(f"the envelope has a field {field.name}")
        parts.append(("const", format_.struct_end(envelope)))
        return parts

    def _source(self, source: Schema) -> list[Part]:
        """The source block. Version, connector, name, database and table are those of all rows of the table."""
        constants = source_constants(self._config, self._table)
        parts: list[Part] = []
        for i, field in enumerate(source.fields):
            parts.append(("const", self._value_format.field_prefix(source, i)))
            if field.name in constants:
                parts.append(("const", self._literal(field.schema, constants[field.name])))
            elif field.name == "snapshot":
                texts = [None if marker is None else marker.value for marker in MARKERS]
                parts.append(("marker", [self._literal(field.schema, text) for text in texts]))
            elif field.name in SOURCE_SLOTS:
                parts.append(self._slot(field.name, field.schema))
            else:
                raise NoPlanError(f"the source block has a field {field.name}")
        parts.append(("const", self._value_format.struct_end(source)))
        return parts

    def _block(self, block: Schema) -> list[Part]:
        parts: list[Part] = []
        for i, field in enumerate(block.fields):
            parts.append(("const", self._value_format.field_prefix(block, i)))
            parts.append(self._slot(TRANSACTION_SLOTS[field.name], field.schema))
        parts.append(("const", self._value_format.struct_end(block)))
        return parts

    def _slot(self, name: str, schema: Schema) -> Part:
        return name, self._value_format.value_prefix(schema), self._value_format.null(schema)

    def _literal(self, schema: Schema, value: object) -> bytes:
        return self._null_of(schema) if value is None else self._value_format.value(schema, value)

    def _null_of(self, schema: Schema) -> bytes:
        null = self._value_format.null(schema)
        if null is None:
            raise NoPlanError("a field of the envelope lacks a value")
        return null


def _nulls(columns: Columns, *, snapshot: bool) -> tuple[object, ...]:
    return tuple(null_of(codec, snapshot=snapshot) for _, codec in columns)
