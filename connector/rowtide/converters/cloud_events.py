"""CloudEventsConverter: changes as CloudEvents 1.0 in the structured mode, data in JSON or Avro.

Source: io.debezium.converters.CloudEventsConverter of Debezium 3.6, with its classes for MySQL and MariaDB.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type, one_of
from rowtide.connect.names import AdjustmentMode, NameAdjuster
from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import (
    BYTES,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    struct,
)
from rowtide.converters.avro.converter import AvroConverter
from rowtide.converters.json import JsonConverter
from rowtide.errors import ConfigError, DataError

CONFIG_DEF = ConfigDef(
    [
        ConfigKey(
            "serializer.type", Type.STRING, "json", "How events are written.", Importance.HIGH, one_of("json", "avro")
        ),
        ConfigKey(
            "data.serializer.type",
            Type.STRING,
            "json",
            "How the data in events is written; avro in events by avro.",
            Importance.HIGH,
            one_of("json", "avro"),
        ),
        ConfigKey(
            "opentelemetry.tracing.attributes.enable",
            Type.BOOLEAN,
            False,
            "Not supported: the attribute comes from a header.",
            Importance.HIGH,
        ),
        ConfigKey(
            "extension.attributes.enable",
            Type.BOOLEAN,
            True,
            "Adds operation, source block and transaction as attributes that begin with iodebezium.",
            Importance.HIGH,
        ),
        ConfigKey(
            "schema.name.adjustment.mode",
            Type.STRING,
            "avro",
            "How the name of the events' schema is made one that Avro takes.",
            Importance.LOW,
            one_of("avro", "avro_unicode", "none"),
        ),
        ConfigKey(
            "schema.cloudevents.name", Type.STRING, None, "Name of the events' schema in a registry.", Importance.LOW
        ),
        ConfigKey(
            "schema.data.name.source.header.enable",
            Type.BOOLEAN,
            False,
            "Not supported: the name comes from a header.",
            Importance.LOW,
        ),
        ConfigKey(
            "metadata.source",
            Type.LIST,
            ["value", "id:generate", "type:generate", "traceparent:header", "dataSchemaName:generate"],
            "Where metadata come from; what headers would give is not supported.",
            Importance.HIGH,
        ),
    ]
)

_SCHEMAS_MAX = 1000
_EXTENSION = "iodebezium"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")
_NUMBERS = frozenset({SchemaType.INT8, SchemaType.INT16, SchemaType.INT32})
_TEXTS = frozenset({SchemaType.STRING, SchemaType.INT64})
_TRANSACTION = ("id", "total_order", "data_collection_order")
_DATA_FIELDS = {"mysql": ("before", "after"), "mariadb": ()}
"""By connector; all fields of the envelope where there are none."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the events of an envelope's schema look like."""

    event: Schema
    data: Schema


class CloudEventsConverter(Converter):
    """Records that are no changes of rows become null, as Debezium's converter does it. Used from one thread."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return CONFIG_DEF

    def configure(self, config: Config, *, is_key: bool) -> None:
        options = CONFIG_DEF.parse(config)
        _refuse_headers(options)
        json, avro = _subset(config, "json."), _subset(config, "avro.")
        self._avro_event = str(options["serializer.type"]).lower() == "avro"
        self._avro_data = str(options["data.serializer.type"]).lower() == "avro"
        if self._avro_event and not self._avro_data:
            raise ConfigError("Cannot use 'application/json' data content type within Avro events")
        self._extensions = options["extension.attributes.enable"] is True
        self._schema_name = options["schema.cloudevents.name"]
        mode = cast("AdjustmentMode", str(options["schema.name.adjustment.mode"]).lower())
        self._adjust = NameAdjuster(mode, fields=False)
        self._json, self._json_data = JsonConverter(), JsonConverter()
        self._json.configure({**json, "schemas.enable": "false"}, is_key=is_key)
        self._json_data.configure(json, is_key=is_key)
        self._json_schemas = json.get("schemas.enable", "true").strip().lower() == "true"
        self._avro: AvroConverter | None = _avro_converter(avro) if self._avro_data else None
        self._registry = ",".join(part.strip() for part in avro.get("schema.registry.url", "").split(","))
        self._shapes: OrderedDict[tuple[Schema, object], _Shape] = OrderedDict()

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        if schema is None or value is None or not (schema.name or "").endswith(".Envelope"):
            return None
        if schema.type is not SchemaType.STRUCT:
            raise DataError("Mismatching schema")
        record = cast("Struct", value)
        shape = self._shape(schema, record)
        data = Struct(shape.data, [record[field.name] for field in shape.data.fields])
        if self._avro is not None:
            return self._with_avro(topic, shape, record, data)
        if not self._json_schemas:
            return self._json.from_connect(topic, shape.event, self._event(shape, record, data))
        empty = Struct(shape.event.field("data"), [])
        event = self._json.from_connect(topic, shape.event, self._event(shape, record, empty)) or b""
        # Data stands with its schema in an event that has none, in place of the {} at its end.
        return event[:-3] + (self._json_data.from_connect(topic, shape.data, data) or b"null") + b"}"

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        raise DataError("CloudEventsConverter writes only: sources need no more.")

    def _with_avro(self, topic: str, shape: _Shape, record: Struct, data: Struct) -> bytes | None:
        assert self._avro is not None
        place = f"{topic}-data" if self._avro_event else topic
        encoded = self._avro.from_connect(place, shape.data, data) or b""
        uri = f"{self._registry}/schemas/ids/{int.from_bytes(encoded[1:5], 'big')}"
        event = self._event(shape, record, encoded, uri)
        return (self._avro if self._avro_event else self._json).from_connect(topic, shape.event, event)

    def _event(self, shape: _Shape, record: Struct, data: object, data_schema: str | None = None) -> Struct:
        source = cast("Struct", record["source"])
        connector, name = source["connector"], source["name"]
        values: list[object] = [
            f"name:{name};file:{source['file']};pos:{source['pos']}",
            f"/debezium/{connector}/{name}",
            "1.0",
            f"io.debezium.connector.{connector}.DataChangeEvent",
            _time(source["ts_ms"]),
            "application/avro" if self._avro_data else "application/json",
        ]
        if data_schema is not None:
            values.append(data_schema)
        if self._extensions:
            values.append(record["op"])
            values += [_attribute(source, field.name, field.schema) for field in source.schema.fields]
            transaction = cast(
                "Struct | None", record["transaction"] if record.schema.has_field("transaction") else None
            )
            values += [None if transaction is None else _text(transaction[each]) for each in _TRANSACTION]
        return Struct(shape.event, [*values, data])

    def _shape(self, schema: Schema, record: Struct) -> _Shape:
        source = cast("Struct", record["source"])
        key = (schema, source["db"])
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._make_shape(schema, source)
            if len(self._shapes) > _SCHEMAS_MAX:
                self._shapes.popitem(last=False)
        else:
            self._shapes.move_to_end(key)
        return shape

    def _make_shape(self, schema: Schema, source: Struct) -> _Shape:
        connector = str(source["connector"])
        if connector not in _DATA_FIELDS:
            raise DataError(f'No usable CloudEvents converters for connector type "{connector}"')
        wanted = _DATA_FIELDS[connector] or tuple(field.name for field in schema.fields)
        data = struct(f"io.debezium.connector.{connector}.Data", *((name, schema.field(name)) for name in wanted))
        fields = [(name, STRING) for name in ("id", "source", "specversion", "type", "time", "datacontenttype")]
        if self._avro_data:
            fields.append(("dataschema", STRING))
        if self._extensions:
            fields.append((_extension("op"), STRING))
            fields += [(_extension(field.name), _attribute_schema(field.schema)) for field in source.schema.fields]
            fields += [(_extension(f"tx{name}"), OPTIONAL_STRING) for name in _TRANSACTION]
        data_type = BYTES if self._avro_data else struct(None) if self._json_schemas else data
        name = self._schema_name or f"{source['name']}.{source['db']}.CloudEvents.Envelope"
        return _Shape(struct(self._adjust(str(name)), *fields, ("data", data_type)), data)


def _refuse_headers(options: dict[str, object]) -> None:
    """Converters see no headers here; what would have to come from one is refused."""
    first, *rest = cast("list[str]", options["metadata.source"]) or [""]
    given: Callable[[str], str | None] = dict(entry.partition(":")[::2] for entry in rest).get
    if first.strip().lower() != "value" or given("id") != "generate" or given("type") != "generate":
        raise ConfigError("metadata.source must begin with value,id:generate,type:generate: headers are not supported.")
    for name in ("opentelemetry.tracing.attributes.enable", "schema.data.name.source.header.enable"):
        if options[name] is True:
            raise ConfigError(f"{name} must be false: headers are not supported.")


def _avro_converter(options: dict[str, str]) -> AvroConverter:
    if not options.get("schema.registry.url", "").strip():
        raise ConfigError(
            "Need URL(s) for schema registry instances for CloudEvents when using Apache Avro",
            hint="Set avro.schema.registry.url; Apicurio's registry has that interface too.",
        )
    made = AvroConverter()
    made.configure(options, is_key=False)
    return made


def _subset(config: Config, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in config.items() if name.startswith(prefix)}


def _extension(name: str) -> str:
    return _EXTENSION + _NOT_IN_NAMES.sub("", name)


def _attribute_schema(schema: Schema) -> Schema:
    """CloudEvents knows no numbers of 64 bits: they become texts."""
    if schema.type is SchemaType.BOOLEAN:
        type_ = SchemaType.BOOLEAN
    elif schema.type in _NUMBERS:
        type_ = SchemaType.INT32
    elif schema.type in _TEXTS:
        type_ = SchemaType.STRING
    else:
        raise DataError(
            f"Source field of type {schema.type.name} cannot be converted into CloudEvents extension attribute."
        )
    return Schema(type_, optional=schema.optional)


def _attribute(source: Struct, name: str, schema: Schema) -> object:
    value = source[name]
    if value is None:
        value = schema.default
    return _text(value) if schema.type is SchemaType.INT64 else value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _time(ts_ms: object) -> str:
    moment = _EPOCH + timedelta(milliseconds=cast("int", ts_ms))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
