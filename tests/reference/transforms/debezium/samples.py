"""Records as Debezium's connectors write them, of every kind, for its transforms to be tried on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import (
    INT8,
    INT32,
    INT64,
    OPTIONAL_BYTES,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    array,
    struct,
)
from tests.reference.transforms.samples import ALL, DATE, DECIMAL, OPTIONAL_TIMESTAMP, TIME

_TIME = "io.debezium.time."


def time_type(name: str, type_: SchemaType = SchemaType.INT64) -> Schema:
    return Schema(type_, optional=True, name=_TIME + name, version=1)


_SNAPSHOT = Schema(
    SchemaType.STRING,
    optional=True,
    default="false",
    name="io.debezium.data.Enum",
    version=1,
    parameters=(("allowed", "true,false"),),
)
SOURCE = struct(
    "io.debezium.connector.mysql.Source",
    ("version", STRING),
    ("connector", STRING),
    ("name", STRING),
    ("ts_ms", INT64),
    ("snapshot", _SNAPSHOT),
    ("db", STRING),
    ("sequence", OPTIONAL_STRING),
    ("ts_us", OPTIONAL_INT64),
    ("ts_ns", OPTIONAL_INT64),
    ("table", OPTIONAL_STRING),
    ("server_id", INT64),
    ("gtid", OPTIONAL_STRING),
    ("file", STRING),
    ("pos", INT64),
    ("row", INT32),
    ("thread", OPTIONAL_INT64),
    ("query", OPTIONAL_STRING),
    version=1,
)  # fmt: skip
BLOCK = struct(
    "event.block", ("id", STRING), ("total_order", INT64), ("data_collection_order", INT64), version=1, optional=True
)
ROW = struct(
    "shop.app.orders.Value",
    ("id", INT32),
    ("topic", OPTIONAL_STRING),
    ("count", Schema(SchemaType.INT32, default=5)),
    ("name", Schema(SchemaType.STRING, optional=True, default="nobody", doc="who", parameters=(("a", "b"),))),
    ("blob", OPTIONAL_BYTES),
    ("amount", DECIMAL),
    ("day", replace(DATE, optional=True)),
    ("at", OPTIONAL_TIMESTAMP),
    ("tags", array(STRING, optional=True)),
    version=2,
    doc="orders",
    optional=True,
)
TIMES = struct(
    "shop.app.times.Value",
    ("id", INT32),
    ("date", time_type("Date", SchemaType.INT32)),
    ("time", time_type("MicroTime")),
    ("ms", time_type("Timestamp")),
    ("us", time_type("MicroTimestamp")),
    ("ns", time_type("NanoTimestamp")),
    ("zoned", time_type("ZonedTimestamp", SchemaType.STRING)),
    ("zoned_time", time_type("ZonedTime", SchemaType.STRING)),
    ("connect", OPTIONAL_TIMESTAMP),
    ("connect_time", replace(TIME, optional=True)),
    ("ts_ms", INT64),
    optional=True,
)
KEY = struct("shop.app.orders.Key", ("id", INT32), ("region", OPTIONAL_STRING))
KEY_VALUE = Struct(KEY, (7, "eu"))


def envelope_of(row: Schema, name: str = "shop.app.orders.Envelope") -> Schema:
    return struct(
        name,
        ("before", row),
        ("after", row),
        ("source", SOURCE),
        ("transaction", BLOCK),
        ("op", STRING),
        ("ts_ms", OPTIONAL_INT64),
        ("ts_us", OPTIONAL_INT64),
        ("ts_ns", OPTIONAL_INT64),
        version=2,
    )


ENVELOPE = envelope_of(ROW)
TIMES_ENVELOPE = envelope_of(TIMES, "shop.app.times.Envelope")

OTHER_ENVELOPE = envelope_of(replace(ROW, name="shop.app.orders_2.Value"), "shop.app.orders_2.Envelope")

FULL = (1, "routed", 3, "Ann", b"\x00\xff", Decimal("12.30"), 19000, 1700000000123, ["a", "b"])
OTHER = (1, "routed", 3, "Bob", b"\x00\xff", Decimal("12.30"), None, 1700000000124, ["a"])
SPARSE = (2, None, 5, None, None, None, None, None, None)
CONTEXT = (
    Header("__debezium.context.connectorLogicalName", STRING, "shop"),
    Header("__debezium.context.taskId", STRING, "0"),
)


def source(table: str | None = "orders", snapshot: str | None = None) -> Struct:
    return Struct(
        SOURCE,
        ("3.6", "mysql", "shop", 1700000000123, snapshot, "app", None, 1700000000123456, 1700000000123456789, table, 1,
         "uuid:1-5", "binlog.000001", 420, 1, None, None),
    )  # fmt: skip


def change(
    op: str,
    before: tuple[object, ...] | None,
    after: tuple[object, ...] | None,
    *,
    envelope: Schema = ENVELOPE,
    topic: str = "shop.app.orders",
    transaction: bool = False,
    headers: tuple[Header, ...] = CONTEXT,
    table: str | None = "orders",
) -> SourceRecord:
    row = envelope.field("after")
    value = Struct(
        envelope,
        (
            None if before is None else Struct(row, list(before)),
            None if after is None else Struct(row, list(after)),
            source(table, "true" if op == "r" else None),
            Struct(BLOCK, ("tx-1", 3, 2)) if transaction else None,
            op,
            1700000000200,
            1700000000200300,
            1700000000200300400,
        ),
    )
    key = replace(KEY, name=f"{topic}.Key")
    return SourceRecord(topic, None, key, Struct(key, KEY_VALUE.values), envelope, value, headers, None)


TOMBSTONE = SourceRecord("shop.app.orders", None, KEY, KEY_VALUE, None, None, CONTEXT)
_HEARTBEAT = struct("io.debezium.connector.common.Heartbeat", ("ts_ms", INT64), version=1)
_SERVER = struct("io.debezium.connector.common.ServerNameKey", ("serverName", STRING), version=1)
HEARTBEAT = SourceRecord(
    "__debezium-heartbeat.shop",
    0,
    _SERVER,
    Struct(_SERVER, ("shop",)),
    _HEARTBEAT,
    Struct(_HEARTBEAT, (1700000000000,)),
)
_CHANGE = struct("io.debezium.connector.schema.Change", ("type", STRING), ("id", STRING), version=1)
_DDL = struct(
    "io.debezium.connector.mysql.SchemaChangeValue",
    ("source", SOURCE),
    ("ts_ms", INT64),
    ("databaseName", OPTIONAL_STRING),
    ("ddl", OPTIONAL_STRING),
    ("tableChanges", array(_CHANGE, optional=True)),
    version=1,
)
_DDL_KEY = struct("io.debezium.connector.mysql.SchemaChangeKey", ("databaseName", STRING), version=1)


def schema_change(*types: str, ddl: str = "CREATE TABLE t", changes: bool = True) -> SourceRecord:
    items = [Struct(_CHANGE, (each, '"app"."t"')) for each in types] if changes else None
    value = Struct(_DDL, (source(), 1700000000000, "app", ddl, items))
    return SourceRecord("shop", 0, _DDL_KEY, Struct(_DDL_KEY, ("app",)), _DDL, value, CONTEXT)


KEYLESS = replace(change("c", None, FULL), key_schema=None, key=None)
CHANGES = (
    change("r", None, FULL),
    change("c", None, SPARSE, transaction=True),
    change("u", FULL, OTHER, transaction=True),
    change("u", SPARSE, FULL, headers=()),
    change("u", FULL, FULL),
    change("d", FULL, None, transaction=True),
    change("d", SPARSE, None, headers=(Header("__debezium.newkey", KEY, KEY_VALUE),)),
    change("t", None, None),
    change("c", None, FULL, topic="shop.app.orders_2", table="orders_2", envelope=OTHER_ENVELOPE),
    KEYLESS,
    replace(change("u", None, OTHER), partition=3, timestamp=1700000000000),
)
EVENTS = (*CHANGES, TOMBSTONE, HEARTBEAT, schema_change("CREATE"), schema_change(), replace(TOMBSTONE, headers=()))
"""What a connector writes."""

STRANGE = ALL
"""What is no record of a connector."""

TINY = struct("tiny.Envelope", ("op", STRING), ("after", INT8))
