"""Plans for records that transforms change in the same way for all rows: what is left of key and value, in pieces."""

from __future__ import annotations

from collections.abc import Sequence

from rowtide.changes import Operation, SnapshotMarker
from rowtide.connect.formats import PayloadFormat
from rowtide.connect.record import Header, RecordEncoder, SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.connect.shape import Unknown
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.plan_fields import NoPlanError, PlannedField, steps_of
from rowtide.envelope.shapes import MARKER, Cell, Shape, Slot
from rowtide.envelope.table_schema import TableSchema

Part = tuple[object, ...]
Shaped = tuple[list[Part] | None, list[Part] | None, bool]
"""What a record's key and value are made of, and whether the key is that of the record before."""

_MARKERS = (None, *SnapshotMarker)
_SCALARS = (
    SchemaType.INT8,
    SchemaType.INT16,
    SchemaType.INT32,
    SchemaType.INT64,
    SchemaType.BOOLEAN,
    SchemaType.STRING,
)
_NEVER_FAIL = ("int", "single", "double")
"""Recipes that take every value of a row image; a snapshot's text may be none."""


class ShapedParts:
    """Describes the records of one operation on a table."""

    def __init__(self, config: EnvelopeConfig, encoder: RecordEncoder, operation: Operation) -> None:
        assert encoder.formats is not None
        self._config = config
        self._encoder = encoder
        self._key_format, self._value_format = encoder.formats
        self._snapshot = operation == "r"
        self._sides = (True, False) if operation == "u" else (operation == "d",)
        self._seen: set[tuple[bool, int]] = set()

    def records(self, shapes: Sequence[Shape]) -> list[Shaped]:
        """Raises NoPlanError, DataError, or RetriableError where a registry does not answer."""
        made: list[Shaped] = []
        last: list[Part] | None = None
        for shape in shapes:
            if shape is None:
                continue
            key, value = self._record(*shape)
            made.append((key, value, bool(made) and key is not None and key == last))
            last = key
        return made

    def checked(self, schema: TableSchema) -> list[tuple[bool, PlannedField]]:
        """The columns that are left out: values that cannot be converted are errors all the same."""
        left_out: list[tuple[bool, PlannedField]] = []
        for before in self._sides:
            for column, codec in schema.value_columns:
                place = column.position - 1
                if (before, place) in self._seen:
                    continue
                steps, _ = steps_of(
                    column, codec, codec.schema, self._value_format, self._config.values, snapshot=self._snapshot
                )
                if steps[0] != "const" and (self._snapshot or steps[0] not in _NEVER_FAIL):
                    left_out.append((before, (place, b"", b"", b"", steps, None)))
        return left_out

    def _record(self, full: SourceRecord, nulls: SourceRecord) -> tuple[list[Part] | None, list[Part] | None]:
        if full.partition is not None or full.timestamp is not None:
            raise NoPlanError("transforms set partitions or timestamps")
        same = (full.topic, full.key_schema, full.value_schema) == (nulls.topic, nulls.key_schema, nulls.value_schema)
        if not same or nulls.partition is not None or nulls.timestamp is not None:
            raise NoPlanError("topic or schemas depend on whether a value is null")
        topic = full.topic
        if full.key is None and nulls.key is None:
            constant = self._encoder.encode(SourceRecord(topic, None, full.key_schema, None, None, None)).key
            key: list[Part] | None = None if constant is None else [("const", constant)]
        else:
            key = self._whole(self._key_format, topic, full.key_schema, full.key, nulls.key)
        if full.value is None and nulls.value is None:
            constant = self._encoder.encode(SourceRecord(topic, None, None, None, full.value_schema, None)).value
            value: list[Part] | None = None if constant is None else [("const", constant)]
            return key, value
        return key, self._whole(self._value_format, topic, full.value_schema, full.value, nulls.value)

    def _whole(
        self, format_: PayloadFormat, topic: str, schema: Schema | None, full: object, null: object
    ) -> list[Part]:
        if schema is None:
            raise NoPlanError("transforms leave values without a schema")
        if not isinstance(full, Struct) and (schema.type not in _SCALARS or schema.optional or schema.name):
            raise NoPlanError(
                f"a key or value is a single {schema.type.value} that may be null or has a form of its own"
            )
        pieces = _Pieces()
        start, end = format_.frame(topic, schema)
        pieces.const(start)
        self._add(pieces, format_, schema, full, null)
        pieces.const(end)
        return pieces.whole()

    def _add(self, pieces: _Pieces, format_: PayloadFormat, schema: Schema, full: object, null: object) -> None:
        """Adds a value as it is where there is one, and where it, or what it is made of, is null."""
        if isinstance(full, Unknown):
            self._unknown(pieces, format_, schema, full, null)
        elif isinstance(full, Struct):
            self._struct(pieces, format_, schema, full, null)
        elif _unlike(full, null):
            raise NoPlanError("a value depends on whether another one is null")
        else:
            pieces.const(_literal(format_, schema, full))

    def _struct(self, pieces: _Pieces, format_: PayloadFormat, schema: Schema, full: Struct, null: object) -> None:
        if not isinstance(null, Struct) or full.schema is not schema or null.schema is not schema:
            raise NoPlanError("a struct depends on whether a value is null, or is not of its field's schema")
        pieces.const(format_.value_prefix(schema))
        for i, field in enumerate(schema.fields):
            pieces.const(format_.field_prefix(schema, i))
            self._add(pieces, format_, field.schema, full.values[i], null.values[i])
        pieces.const(format_.struct_end(schema))

    def _unknown(self, pieces: _Pieces, format_: PayloadFormat, schema: Schema, full: Unknown, null: object) -> None:
        if not _alike(full.schema, schema):
            raise NoPlanError(f"{full.name} gets another type")
        origin = full.origin
        if isinstance(null, Unknown):
            if null.origin != origin:
                raise NoPlanError(f"{full.name} depends on whether another value is null")
            shown = None
        else:
            shown = _literal(format_, schema, null)
        if isinstance(origin, Cell):
            pieces.cell(origin.before, self._field(format_, schema, full, origin, shown))
            self._seen.add((origin.before, origin.column.position - 1))
            return
        assert isinstance(origin, Slot)
        if full.shown is not None:
            raise NoPlanError(f"{full.name} is masked")
        if origin.name == MARKER:
            texts = [null if marker is None else marker.value for marker in _MARKERS]
            pieces.part((MARKER, [_literal(format_, schema, text) for text in texts]))
        else:
            pieces.part((origin.name, format_.value_prefix(schema), shown))

    def _field(
        self, format_: PayloadFormat, schema: Schema, unknown: Unknown, cell: Cell, null: bytes | None
    ) -> PlannedField:
        steps, cut = steps_of(cell.column, cell.codec, schema, format_, self._config.values, snapshot=self._snapshot)
        if unknown.shown is None:
            return cell.column.position - 1, b"", format_.value_prefix(schema), null, steps, cut
        return (
            cell.column.position - 1,
            b"",
            b"",
            null,
            ("masked", steps, format_.value(schema, unknown.shown[0])),
            None,
        )


class _Pieces:
    """Constants, slots and runs of columns, one after another."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._open = bytearray()

    def const(self, data: bytes) -> None:
        self._open += data

    def part(self, part: Part) -> None:
        self._close()
        self._parts.append(part)

    def cell(self, before: bool, field: PlannedField) -> None:
        """Columns of one image that follow one another are one part."""
        place, _, *rest = field
        planned = (place, bytes(self._open), *rest)
        self._open.clear()
        last = self._parts[-1] if self._parts else None
        if last is not None and last[:2] == ("columns", before):
            fields = last[2]
            assert isinstance(fields, list)
            fields.append(planned)
        else:
            self._parts.append(("columns", before, [planned]))

    def whole(self) -> list[Part]:
        self._close()
        return self._parts

    def _close(self) -> None:
        if self._open:
            self._parts.append(("const", bytes(self._open)))
            self._open.clear()


def headers_of(shapes: Sequence[Shape]) -> tuple[str, tuple[Header, ...]] | None:
    """Topic and headers of the records that are left, None where none is.

    Raises:
        NoPlanError: they are not the same for all of them, or differ from row to row.
    """
    left = [shape for shape in shapes if shape is not None]
    if not left:
        return None
    topic, headers = left[0][0].topic, left[0][0].headers
    for full, nulls in left:
        if full.topic != topic:
            raise NoPlanError("a delete and its tombstone go to different topics")
        if len(full.headers) != len(headers) or not all(map(_same_header, full.headers, headers)):
            raise NoPlanError("a delete and its tombstone have different headers")
        names = [(header.name, header.schema) for header in full.headers]
        if names != [(header.name, header.schema) for header in nulls.headers]:
            raise NoPlanError("headers depend on whether a value is null")
    for header in headers:
        if isinstance(header.value, Unknown):
            origin = header.value.origin
            if not isinstance(origin, Slot) or origin.name not in OF_EVENT:
                raise NoPlanError(f"the header {header.name} differs from row to row")
    return topic, headers


OF_EVENT = ("ts_ms", "ts_us", "ts_ns", "server_id", "gtid", "file", "pos", "thread", "query", "transaction_id")
"""Slots that all rows of an event have in common."""


def _same_header(one: Header, other: Header) -> bool:
    if isinstance(one.value, Unknown) and isinstance(other.value, Unknown):
        same = one.value.origin == other.value.origin
    elif isinstance(one.value, Unknown) or isinstance(other.value, Unknown):
        same = False
    else:
        same = one.value == other.value
    return same and one.name == other.name and one.schema is other.schema


def _unlike(one: object, other: object) -> bool:
    return isinstance(other, Unknown | Struct) or type(one) is not type(other) or one != other


def _alike(one: Schema, other: Schema) -> bool:
    """Whether values of both are written in the same way, null aside."""
    return one is other or (
        (one.type, one.name, one.version, one.parameters) == (other.type, other.name, other.version, other.parameters)
        and one.fields == other.fields
        and (one.key_schema, one.value_schema) == (other.key_schema, other.value_schema)
    )


def _literal(format_: PayloadFormat, schema: Schema, value: object) -> bytes:
    if value is not None:
        return format_.value(schema, value)
    null = format_.null(schema)
    if null is None:
        raise NoPlanError("a required field lacks a value")
    return null
