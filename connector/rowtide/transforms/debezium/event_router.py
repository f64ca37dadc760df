"""EventRouter: the rows of an outbox table become records of their own, each for the topic that it names."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast

from rowtide.connect.java_text import to_string
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Field, Schema, SchemaType, Struct
from rowtide.errors import ConnectError, DataError
from rowtide.transforms.debezium.envelope import envelope, is_change, text_of, typed
from rowtide.transforms.debezium.interning import SchemaPool
from rowtide.transforms.debezium.name_adjustment import FIELD_NAMES
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings
from rowtide.transforms.debezium.outbox_options import (
    CHECKED,
    OPTIONS,
    PLACEMENT,
    AdditionalField,
    Place,
    parse_placement,
)
from rowtide.transforms.debezium.payload_expansion import PayloadExpander
from rowtide.transforms.debezium.tracing import ActivateTracingSpan
from rowtide.transforms.debezium.tracing import available as tracing_available
from rowtide.transforms.java_regex import Replacement, compile_regex
from rowtide.transforms.structs import make_struct, require_struct, value_at

log = logging.getLogger(__name__)

_SCHEMAS_MAX = 10_000
_ONLY_WITH_CONTEXT = "tracing.with.context.field.only"
_PER_MS = {
    "io.debezium.time.Timestamp": 1,
    "io.debezium.time.MicroTimestamp": 1_000,
    "io.debezium.time.NanoTimestamp": 1_000_000,
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Attributes: timestamp, version: None where there is no such column."""

    id: str
    key: str
    payload: str
    route: str
    timestamp: str | None
    version: str | None


class EventRouter(DebeziumTransformation):
    """The rows of an outbox table become records of their own, each for the topic that it names. It also takes
    `field.name.adjustment.mode` (`none`, `avro`, `avro_unicode`) for the fields of expanded payloads.
    """

    options = OPTIONS
    undeclared = (FIELD_NAMES,)

    def set_up(self, settings: Settings) -> None:
        settings.checked(*CHECKED)
        self._on_update = settings.choice("table.op.invalid.behavior")
        self._columns = _columns(settings)
        self._additional = parse_placement(settings.text(PLACEMENT))
        self._in_envelope = any(each.place is Place.ENVELOPE for each in self._additional)
        self._may_miss = settings.choice("table.field.additional.missing") == "ignore"
        self._tombstones = settings.flag("route.tombstone.on.empty.payload")
        self._regex = compile_regex(settings.required_text("route.topic.regex"), "route.topic.regex")
        self._replacement = Replacement(settings.required_text("route.topic.replacement"))
        self._expander: PayloadExpander | None = None
        if settings.flag("table.expand.json.payload"):
            settings.checked("field.name.adjustment.mode")
            self._expander = PayloadExpander(settings)
        self._value_schemas: dict[Schema | int | None, Schema] = {}
        self._pool = SchemaPool()
        self._tracing: ActivateTracingSpan | None = None
        if tracing_available():
            self._tracing = ActivateTracingSpan()
            self._tracing.configure({_ONLY_WITH_CONTEXT: "true", **settings.given})

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        """Raises ConnectError and DataError for a table that has not the columns that it should have."""
        if record.value is None:
            return None
        if not is_change(record):
            return record
        value = envelope(record)
        operation = text_of(value, "op")
        if operation == "d":
            return None
        if operation == "u":
            self._refuse(record)
            return None
        if not value.schema.has_field("after"):
            raise ConnectError("Unknown field: after")
        after_schema = value.schema.field("after")
        if self._tracing is not None:
            record = self._tracing.apply(record)
        event = require_struct(after_schema, value_at(value, "after", with_default=True), "Read Outbox Event")
        return self._routed(record, value, event)

    def _refuse(self, record: SourceRecord) -> None:
        if self._on_update == "fatal":
            key = to_string(record.key_schema, record.key) if record.key is not None else "null"
            raise ConnectError(f"Unexpected update message received {key}, fail.")
        level = logging.WARNING if self._on_update == "warn" else logging.ERROR
        log.log(level, "A row of the outbox table behind %s was updated, which makes no event", record.topic)

    def _routed(self, record: SourceRecord, value: Struct, event: Struct) -> SourceRecord:
        columns = self._columns
        if not event.schema.has_field(columns.payload):
            raise ConnectError(f"Unable to find payload field {columns.payload} in event")
        timestamp = _timestamp(columns.timestamp, value, event)
        identifier = Header("id", _schema_of(event, columns.id), value_at(event, columns.id, with_default=True))
        schema: Schema | None = event.schema.field(columns.payload)
        payload = value_at(event, columns.payload, with_default=True)
        if self._expander is not None:
            schema, payload = self._expander.expand(columns.payload, schema, payload)
        value_schema, routed_value = schema, payload
        if self._in_envelope:
            value_schema = self._value_schema(schema, event, text_of(event, columns.route))
            routed_value = self._enveloped(value_schema, payload, event)
        headers, partition = self._beside(event)
        if self._tombstones and (payload is None or (isinstance(payload, str) and not payload.strip())):
            value_schema = routed_value = None
        key = value_at(event, columns.key, with_default=True)
        return SourceRecord(
            self._topic(text_of(event, columns.route)),
            partition,
            _schema_of(event, columns.key),
            key,
            value_schema,
            routed_value,
            (*record.headers, identifier, *headers),
            timestamp,
        )

    def _topic(self, routed_by: str | None) -> str:
        if routed_by is None:
            raise DataError(f"The column {self._columns.route}, which the topic is made of, is null.")
        if self._regex.fullmatch(routed_by) is None:
            return routed_by
        return self._replacement.first(self._regex, routed_by)

    def _wanted(self, event: Struct, *places: Place) -> list[AdditionalField]:
        return [
            each
            for each in self._additional
            if each.place in places and not (self._may_miss and each.field not in event)
        ]

    def _beside(self, event: Struct) -> tuple[list[Header], int | None]:
        """The headers and the partition that columns make."""
        headers: list[Header] = []
        partition: int | None = None
        for each in self._wanted(event, Place.HEADER, Place.PARTITION):
            if each.place is Place.PARTITION:
                partition = cast("int | None", typed(event, each.field, SchemaType.INT32))
            else:
                value = value_at(event, each.field, with_default=True)
                headers.append(Header(each.alias, _schema_of(event, each.field), value))
        return headers, partition

    def _enveloped(self, schema: Schema, payload: object, event: Struct) -> Struct:
        made: dict[str, object] = {"payload": payload}
        for each in self._wanted(event, Place.ENVELOPE):
            if not schema.has_field(each.alias):
                raise DataError(f"{each.alias} is not a valid field name")
            made[each.alias] = value_at(event, each.field, with_default=True)
        return make_struct(schema, [made.get(field.name) for field in schema.fields])

    def _value_schema(self, payload: Schema | None, event: Struct, topic: str | None) -> Schema:
        """One for all payloads of a schema or version, as in Debezium: its name has the topic of the first."""
        version: int | None = None
        key: Schema | int | None = None if payload is None else self._pool(payload)
        if self._columns.version is not None:
            key = version = cast("int | None", typed(event, self._columns.version, SchemaType.INT32))
        schema = self._value_schemas.pop(key, None)
        if schema is None:
            schema = self._new_value_schema(payload, event, topic, version)
            if len(self._value_schemas) >= _SCHEMAS_MAX:
                del self._value_schemas[next(iter(self._value_schemas))]
        self._value_schemas[key] = schema
        return schema

    def _new_value_schema(
        self, payload: Schema | None, event: Struct, topic: str | None, version: int | None
    ) -> Schema:
        if payload is None:
            raise DataError("fieldSchema for field payload cannot be null.")
        fields = [Field("payload", payload)]
        for each in self._wanted(event, Place.ENVELOPE):
            if each.field not in event:
                raise ConnectError(f"Unable to find field {each.field} in event")
            if each.alias in {field.name for field in fields}:
                raise DataError(f"Cannot create field because of field name duplication {each.alias}")
            fields.append(Field(each.alias, event.schema.field(each.field)))
        name = _schema_name(event.schema.name, "null" if topic is None else topic)
        return Schema(SchemaType.STRUCT, name=name, version=version, fields=tuple(fields))


def _columns(settings: Settings) -> _Columns:
    return _Columns(
        settings.required_text("table.field.event.id"),
        settings.required_text("table.field.event.key"),
        settings.required_text("table.field.event.payload"),
        settings.required_text("route.by.field"),
        settings.text("table.field.event.timestamp"),
        settings.text("table.field.event.schema.version"),
    )


def _schema_of(event: Struct, name: str) -> Schema:
    if name not in event:
        raise DataError(f"{name} is not a valid field name")
    return event.schema.field(name)


def _timestamp(column: str | None, value: Struct, event: Struct) -> int | None:
    """ms since the epoch, of the column or else of the envelope. Raises ConnectError for a column of another type."""
    processed = cast("int | None", typed(value, "ts_ms", SchemaType.INT64))
    if column is None:
        return processed
    if column not in event:
        raise ConnectError(f"Unable to find timestamp field {column} in event")
    time = cast("int | None", typed(event, column, SchemaType.INT64))
    if time is None:
        return processed
    name = event.schema.field(column).name
    if name is None:
        raise ConnectError("Unsupported field type INT64 (without logical schema name) for event timestamp")
    if name not in _PER_MS:
        raise ConnectError(f"Unsupported field type {name} for event timestamp")
    return time // _PER_MS[name] if time >= 0 else -(-time // _PER_MS[name])


def _schema_name(name: str | None, topic: str) -> str:
    """The table's schema name with the topic as its last part but one."""
    if name is None:
        return topic
    head, dot, tail = name.rpartition(".")
    return f"{head}{dot}{topic}.{tail}"
