"""Encoding plans: what the native engine must know to make the records of a table version from its row images.

A plan is put together from the same schemas, codecs and converter formats that the record path uses. Where one of them
does something that a plan cannot, there is none, and the records are made one by one.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from rowtide import native
from rowtide.changes import SnapshotMarker
from rowtide.connect.formats import NoFormatError, PayloadFormat
from rowtide.connect.schema import OPTIONAL_INT32, Schema, SchemaType
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.table_schema import VERSIONS_MAX, TableSchema
from rowtide.errors import DataError, RetriableError
from rowtide.tables.model import Column, Table
from rowtide.types import ColumnCodec
from rowtide.types.recipes import Recipe, recipe

log = logging.getLogger(__name__)

Formats = tuple[PayloadFormat, PayloadFormat]
Columns = Sequence[tuple[Column, ColumnCodec]]
Part = tuple[object, ...]

MARKERS = (None, *SnapshotMarker)
"""Snapshot markers by their number in plans."""

_SOURCE_SLOTS = ("ts_ms", "ts_us", "ts_ns", "server_id", "gtid", "file", "pos", "row", "thread", "query")
_ENVELOPE_SLOTS = {"op": "op", "ts_ms": "now_ms", "ts_us": "now_us", "ts_ns": "now_ns"}
_TRANSACTION_SLOTS = {"id": "transaction_id", "total_order": "total_order", "data_collection_order": "table_order"}


class NoPlanError(Exception):
    """Records of the table can only be made one by one; the message says why."""


class Plans:
    """Makes plans, and keeps them by table version. Used from one thread."""

    def __init__(self, config: EnvelopeConfig) -> None:
        self._config = config
        self._formats: Formats | None = None
        self._images: tuple[type, ...] = (native.required().RowImages, native.required().TextImages)
        self.lane: Any | None = None
        self.topics: list[str] = []
        self._topic_numbers: dict[str, int] = {}
        self.batch = native.required().Batch()
        """Memory for the records of one piece, used again for the next."""
        self._plans: OrderedDict[tuple[int, bool], tuple[TableSchema, Any]] = OrderedDict()

    def use(self, formats: Formats | None) -> None:
        """How keys and values are written from now on; None when that is only known to their converters."""
        if formats is not self._formats:
            if self._formats is not None and self.lane is not None:
                self.lane.forget()
            self._formats = formats
            self._plans.clear()

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

    def known(self, images: object, plan: Any, topic: str) -> None:
        """Rows of a table like these have a plan, which their transactions may use."""
        if self.lane is None:
            return
        number = self._topic_numbers.get(topic)
        if number is None:
            number = self._topic_numbers[topic] = len(self.topics)
            self.topics.append(topic)
        self.lane.encode(images, plan, number)

    def encodes(self, images: object) -> bool:
        """Whether the native engine can read these row images."""
        return isinstance(images, self._images)

    def of(self, table: Table, schema: TableSchema, *, snapshot: bool) -> Any | None:
        """The `_native.Plan` of a table version, None where there is none, which is said once a version."""
        formats = self._formats
        if formats is None:
            return None
        key = id(schema), snapshot
        known = self._plans.get(key)
        if known is not None:
            return known[1]
        try:
            plan = self._made(table, schema, formats, snapshot=snapshot)
        except (DataError, RetriableError):
            return None  # the record path meets it again, and says it; the next batch tries anew
        self._plans[key] = schema, plan
        if len(self._plans) > VERSIONS_MAX:
            self._plans.popitem(last=False)
        return plan

    def _made(self, table: Table, schema: TableSchema, formats: Formats, *, snapshot: bool) -> Any | None:
        try:
            return _Planner(self._config, table, schema, formats, snapshot=snapshot).plan()
        except (NoPlanError, NoFormatError) as error:
            log.info("records of %s are made one by one, which is slower: %s", table.id, error)
            return None


class _Planner:
    def __init__(
        self, config: EnvelopeConfig, table: Table, schema: TableSchema, formats: Formats, *, snapshot: bool
    ) -> None:
        if config.post_processors:
            raise NoPlanError("the connector has post-processors")
        self._config = config
        self._table = table
        self._schema = schema
        self._key_format, self._value_format = formats
        self._snapshot = snapshot

    def plan(self) -> Any:
        schema = self._schema
        key_frame = (b"", b"")
        key = None
        if schema.key_schema is not None:
            key = self._struct(self._key_format, schema.key_schema, schema.key_columns, schema.key_constant)
            key_frame = self._key_format.frame(schema.topic, schema.key_schema)
        return native.required().Plan(
            key,
            self._struct(self._value_format, schema.value_schema, schema.value_columns),
            (self._key_format.name, self._value_format.name),
            key_frame,
            self._template(),
            len(self._table.columns),
        )

    def _struct(
        self, format_: PayloadFormat, schema: Schema, columns: Columns, constant: str | None = None
    ) -> tuple[list[tuple[object, ...]], bytes]:
        fields = [self._field(format_, schema, i, column, codec) for i, (column, codec) in enumerate(columns)]
        if constant is not None:
            i = len(fields)
            prefix = format_.value_prefix(schema.fields[i].schema)
            fields.append((0, format_.field_prefix(schema, i), prefix, None, ("const", constant), None))
        return fields, format_.struct_end(schema)

    def _field(
        self, format_: PayloadFormat, struct: Schema, index: int, column: Column, codec: ColumnCodec
    ) -> tuple[object, ...]:
        steps, cut = self._steps(format_, column, codec)
        return (
            column.position - 1,
            format_.field_prefix(struct, index),
            format_.value_prefix(codec.schema),
            self._null(format_, codec),
            steps,
            cut,
        )

    def _steps(self, format_: PayloadFormat, column: Column, codec: ColumnCodec) -> tuple[Recipe, int | None]:
        cut = None
        if codec.change is not None:
            if codec.change[0] == "const":
                return codec.change, None
            if codec.change[0] != "cut":
                raise NoPlanError(f"column {column.name} is changed by a converter or a hash")
            cut = int(codec.change[1])
        steps = recipe(column, self._config.values, snapshot=self._snapshot)
        if steps is None:
            raise NoPlanError(f"column {column.name} has a type or character set that the native engine does not know")
        if steps[0] in ("geometry", "point"):
            steps = (steps[0], _geometry_form(format_, codec.schema))
        return steps, cut

    def _null(self, format_: PayloadFormat, codec: ColumnCodec) -> bytes | None:
        """What a field shows for NULL: the value that the codec puts there, or what the converter does."""
        value = (codec.convert_snapshot if self._snapshot else codec.convert)(None)
        return format_.null(codec.schema) if value is None else format_.value(codec.schema, value)

    def _template(self) -> list[Part]:
        start, end = self._value_format.frame(self._schema.topic, self._schema.envelope_schema)
        return [("const", start), *self._envelope(), ("const", end)]

    def _envelope(self) -> list[Part]:
        format_, envelope = self._value_format, self._schema.envelope_schema
        parts: list[Part] = []
        for i, field in enumerate(envelope.fields):
            parts.append(("const", format_.field_prefix(envelope, i)))
            if field.name in ("before", "after"):
                parts.append(self._slot(field.name, field.schema))
            elif field.name == "source":
                parts.append(("const", format_.value_prefix(field.schema)))
                parts += self._source(field.schema)
            elif field.name == "transaction":
                block = [("const", format_.value_prefix(field.schema)), *self._block(field.schema)]
                parts.append(("transaction", block, self._null_of(field.schema)))
            elif field.name in _ENVELOPE_SLOTS:
                parts.append(self._slot(_ENVELOPE_SLOTS[field.name], field.schema))
            else:
                raise NoPlanError(f"the envelope has a field {field.name}")
        parts.append(("const", format_.struct_end(envelope)))
        return parts

    def _source(self, source: Schema) -> list[Part]:
        """The source block. Version, connector, name, database and table are those of all rows of the table."""
        table = self._table.id
        identity = self._config.identity
        constants: dict[str, object] = {
            "version": identity.version,
            "connector": identity.flavor,
            "name": self._config.topics.prefix,
            "db": table.database,
            "sequence": None,
            "table": table.table,
        }
        parts: list[Part] = []
        for i, field in enumerate(source.fields):
            parts.append(("const", self._value_format.field_prefix(source, i)))
            if field.name in constants:
                parts.append(("const", self._literal(field.schema, constants[field.name])))
            elif field.name == "snapshot":
                texts = [None if marker is None else marker.value for marker in MARKERS]
                parts.append(("marker", [self._literal(field.schema, text) for text in texts]))
            elif field.name in _SOURCE_SLOTS:
                parts.append(self._slot(field.name, field.schema))
            else:
                raise NoPlanError(f"the source block has a field {field.name}")
        parts.append(("const", self._value_format.struct_end(source)))
        return parts

    def _block(self, block: Schema) -> list[Part]:
        parts: list[Part] = []
        for i, field in enumerate(block.fields):
            parts.append(("const", self._value_format.field_prefix(block, i)))
            parts.append(self._slot(_TRANSACTION_SLOTS[field.name], field.schema))
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


def _geometry_form(format_: PayloadFormat, schema: Schema) -> tuple[list[bytes], bytes, bytes, bytes]:
    """What comes before each field of a geometry, before an SRID, in place of one, and at the end."""
    before = []
    for i, field in enumerate(schema.fields):
        optional = field.schema.type is SchemaType.INT32
        before.append(format_.field_prefix(schema, i) + (b"" if optional else format_.value_prefix(field.schema)))
    null = format_.null(OPTIONAL_INT32)
    assert null is not None
    return before, format_.value_prefix(OPTIONAL_INT32), null, format_.struct_end(schema)
