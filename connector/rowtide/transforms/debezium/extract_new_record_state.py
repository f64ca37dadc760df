"""ExtractNewRecordState: a change event's row takes the place of its envelope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import OPTIONAL_STRING, STRING, Field, Schema, SchemaType, Struct
from rowtide.errors import ConnectError, DataError
from rowtide.transforms.debezium.envelope import envelope, is_change, struct_of, text_of, with_headers
from rowtide.transforms.debezium.extraction_options import MODE, OPTIONS, REPLACE_NULL
from rowtide.transforms.debezium.field_dropping import Dropping, FieldDropper
from rowtide.transforms.debezium.field_reference import FieldReference, Getter, parse_references
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings
from rowtide.transforms.structs import SchemaCache, check_null, require_fields, require_struct, struct_schema_like

_DELETED = "__deleted"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that is written out. Attributes: required: places of the fields that must not be null."""

    schema: Schema
    required: tuple[int, ...]

    def make(self, values: list[object]) -> Struct:
        for i in self.required:
            if values[i] is None:
                check_null(self.schema.fields[i])
        return Struct(self.schema, values)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A row with `__deleted`. Attributes: defaults: by place, of the fields that have one."""

    row: _Row
    defaults: tuple[tuple[int, object], ...]

    def make(self, source: Struct, mark: str) -> Struct:
        values = list(source.values)
        for i, default in self.defaults:
            if values[i] is None:
                values[i] = default
        values.append(mark)
        return self.row.make(values)


class _Envelope:
    """What is known of envelopes of one schema."""

    def __init__(self, schema: Schema, fields: list[FieldReference], headers: list[FieldReference]) -> None:
        self.before = _place(schema, "before")
        self.after = _place(schema, "after")
        self.after_schema = schema.fields[self.after].schema
        self.headers = _resolved(schema, headers)
        self.extended = SchemaCache(self._extended)
        self._schema = schema
        self._wanted = fields

    @cached_property
    def _fields(self) -> list[tuple[Field, Getter]]:
        # Only asked for where a row is written: a delete that becomes a tombstone must not fail for want of a field.
        return [(field, _checked(field.schema, get)) for field, get in _resolved(self._schema, self._wanted)]

    @cached_property
    def getters(self) -> list[Getter]:
        return [get for _, get in self._fields]

    def _extended(self, row: Schema) -> _Row:
        added = (field for field, _ in self._fields)
        fields = [(field.name, field.schema) for field in (*require_fields(row), *added)]
        return _row(struct_schema_like(row, fields))


def _place(schema: Schema, name: str) -> int:
    if not schema.has_field(name):
        raise ConnectError(f"Unknown field: {name}")
    return schema.index_of(name)


def _resolved(schema: Schema, references: list[FieldReference]) -> list[tuple[Field, Getter]]:
    found = ((reference.new_name, reference.resolve(schema)) for reference in references)
    return [(Field(name, each[0]), each[1]) for name, each in found if each is not None]


def _checked(schema: Schema, get: Getter) -> Getter:
    """Structs are added without their fields, so that Connect refuses the values."""
    if schema.type is not SchemaType.STRUCT:
        return get

    def refuse(envelope: Struct) -> None:
        if get(envelope) is not None:
            raise DataError("Struct schemas do not match.")

    return refuse


def _row(schema: Schema) -> _Row:
    return _Row(schema, tuple(i for i, field in enumerate(schema.fields) if not field.schema.optional))


class ExtractNewRecordState(DebeziumTransformation):
    """A change event's row takes the place of its envelope. It also takes `replace.null.with.default` (`true`): in the
    modes that rewrite, a null has its column's default.
    """

    looks_at_values = False

    options = OPTIONS
    undeclared = (REPLACE_NULL,)

    def set_up(self, settings: Settings) -> None:
        settings.recorded("Unable to validate config.", *(each.key.name for each in OPTIONS))
        self._mode = settings.choice(MODE)
        self._rewrites = self._mode.startswith("rewrite")
        fields = parse_references(
            "add.fields", settings.required_text("add.fields.prefix"), settings.text("add.fields")
        )
        headers = parse_references(
            "add.headers", settings.required_text("add.headers.prefix"), settings.text("add.headers")
        )
        self._envelopes = SchemaCache(lambda schema: _Envelope(schema, fields, headers))
        self._tombstone_headers = tuple(Header(each.new_name, STRING, "d") for each in headers if each.field == "op")
        self._route = settings.required_text("route.by.field")
        self._marked = SchemaCache(self._with_mark)
        self._with_defaults = settings.flag("replace.null.with.default")
        header = settings.text("drop.fields.header.name") or ""
        dropping = Dropping(
            header, settings.flag("drop.fields.from.key"), settings.flag("drop.fields.keep.schema.compatible")
        )
        self._dropper = FieldDropper(dropping) if header.strip() else None

    def _with_mark(self, schema: Schema) -> _Marked:
        fields = [(field.name, field.schema) for field in require_fields(schema)]
        defaults = tuple(
            (i, field.schema.default) for i, field in enumerate(schema.fields) if field.schema.default is not None
        )
        marked = struct_schema_like(schema, [*fields, (_DELETED, OPTIONAL_STRING)])
        return _Marked(_row(marked), defaults if self._with_defaults else ())

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        if record.value is None:
            return self._tombstone(record)
        if not is_change(record):
            return record
        value = envelope(record)
        plan = self._envelopes(value.schema)
        if plan.headers:
            added = (Header(field.name, field.schema, get(value)) for field, get in plan.headers)
            record = with_headers(record, *added)
        after, before = value.values[plan.after], value.values[plan.before]
        if after is not None:
            return self._row(record, value, require_struct(plan.after_schema, after, "source field insertion"))
        return None if before is None else self._delete(record, value)

    def _tombstone(self, record: SourceRecord) -> SourceRecord | None:
        return with_headers(record, *self._tombstone_headers) if self._mode == "rewrite-with-tombstone" else None

    def _row(self, record: SourceRecord, value: Struct, after: Struct) -> SourceRecord:
        row = self._marked(after.schema).make(after, "false") if self._rewrites else after
        topic = (text_of(row, self._route) or "") if self._route else ""
        made = self._with_fields(record, topic, value, row)
        return self._dropper.apply(made) if self._dropper else made

    def _delete(self, record: SourceRecord, value: Struct) -> SourceRecord | None:
        if self._mode == "drop":
            return None
        row: Struct | None = None
        schema: Schema | None = None
        if self._rewrites:
            before = require_struct(None, value["before"], "source field insertion")
            row = self._marked(before.schema).make(before, "true")
            schema = row.schema
        elif self._mode == "tombstone":
            schema = value.schema.field("after")
        topic = self._topic_of_deleted(value) if self._route else ""
        made = replace(record, topic=topic if topic.strip() else record.topic, value_schema=schema, value=row)
        if self._dropper:
            made = self._dropper.apply(made)
        return made if made.value is None else self._with_fields(made, "", value, envelope(made))

    def _topic_of_deleted(self, value: Struct) -> str:
        before = struct_of(value, "before")
        assert before is not None  # there is neither before nor after in a truncation, and that is no delete
        return text_of(before, self._route) or ""

    def _with_fields(self, record: SourceRecord, topic: str, value: Struct, row: Struct) -> SourceRecord:
        """The record with that row, to which the wanted fields of the envelope are added."""
        plan = self._envelopes(value.schema)
        extended = plan.extended(row.schema)
        made = extended.make([*row.values, *(get(value) for get in plan.getters)])
        return SourceRecord(
            topic if topic.strip() else record.topic,
            record.partition,
            record.key_schema,
            record.key,
            extended.schema,
            made,
            record.headers,
            record.timestamp,
        )
