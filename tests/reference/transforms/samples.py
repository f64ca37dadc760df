"""Records of every shape for transforms to be tried on."""

from __future__ import annotations

from decimal import Decimal

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import (
    BOOLEAN,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_BYTES,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    array,
    struct,
)

_DATA = "org.apache.kafka.connect.data."


def logical(name: str, type_: SchemaType, *, optional: bool = False, default: object = None) -> Schema:
    return Schema(type_, name=_DATA + name, version=1, optional=optional, default=default)


DATE = logical("Date", SchemaType.INT32)
TIME = logical("Time", SchemaType.INT32)
TIMESTAMP = logical("Timestamp", SchemaType.INT64)
OPTIONAL_TIMESTAMP = logical("Timestamp", SchemaType.INT64, optional=True)
DECIMAL = Schema(SchemaType.BYTES, name=_DATA + "Decimal", version=1, parameters=(("scale", "2"),), optional=True)
TAGS = Schema(SchemaType.MAP, optional=True, key_schema=STRING, value_schema=OPTIONAL_INT32)

KEY = struct("shop.orders.Key", ("id", INT64), ("region", OPTIONAL_STRING))
ADDRESS = struct("shop.Address", ("city", OPTIONAL_STRING), ("zip", Schema(SchemaType.STRING, default="00000")))
ROW = struct(
    "shop.orders.Value",
    ("id", INT64),
    ("tiny", INT8),
    ("small", Schema(SchemaType.INT16, optional=True, default=7)),
    ("count", OPTIONAL_INT32),
    ("ratio", Schema(SchemaType.FLOAT32, optional=True)),
    ("price", Schema(SchemaType.FLOAT64, optional=True, default=9.75)),
    ("paid", BOOLEAN),
    ("name", Schema(SchemaType.STRING, optional=True, default="nobody", doc="who ordered", parameters=(("a", "b"),))),
    ("blob", OPTIONAL_BYTES),
    ("amount", DECIMAL),
    ("day", DATE),
    ("clock", TIME),
    ("created", OPTIONAL_TIMESTAMP),
    version=3,
    doc="an order",
)
NESTED = struct("shop.nested", ("id", INT32), ("address", ADDRESS), ("items", array(STRING, optional=True)))

FULL = (
    42,
    -5,
    300,
    70000,
    1.5,
    -1234.5678,
    True,
    "Ann",
    b"\x00\xffab",
    Decimal("12.30"),
    19000,
    3661001,
    1700000000123,
)
SPARSE = (-1, 0, None, None, None, None, False, None, None, None, -1, 0, None)


def record(
    value_schema: Schema | None,
    value: object,
    *,
    topic: str = "shop.orders",
    partition: int | None = None,
    timestamp: int | None = 1700000000123,
    headers: tuple[Header, ...] = (),
) -> SourceRecord:
    key = Struct(KEY, (7, "eu"))
    return SourceRecord(topic, partition, KEY, key, value_schema, value, headers, timestamp)


def row(*values: object, **kwargs: object) -> SourceRecord:
    return record(ROW, Struct(ROW, values or FULL), **kwargs)  # type: ignore[arg-type]


def nested(city: str | None, zip_code: str | None = "10115", items: list[str] | None = None) -> SourceRecord:
    return record(NESTED, Struct(NESTED, (1, Struct(ADDRESS, (city, zip_code)), items)))


HEADERS = (Header("id", INT64, 5), Header("name", STRING, "x"), Header("id", None, None), Header("at", TIMESTAMP, 1000))
SCHEMALESS = {
    "id": 1,
    "name": "Ann",
    "ratio": 2.5,
    "paid": True,
    "none": None,
    "list": [1, "a"],
    "map": {"a": {"b": 2}},
}

ALL = (
    row(),
    row(*SPARSE),
    row(topic="other", partition=3, headers=HEADERS),
    row(timestamp=None),
    nested("Berlin", items=["a", "b"]),
    nested(None, None),
    record(None, None),
    record(ROW, None),
    record(None, dict(SCHEMALESS), headers=HEADERS[:1]),
    record(None, "text"),
    record(None, [1, 2]),
    record(STRING, "text"),
    record(INT16, 300),
    record(OPTIONAL_INT64, None),
    record(TIMESTAMP, 1700000000123),
    record(array(INT32), [1, 2, 3]),
    record(TAGS, {"a": 1, "b": None}),
    SourceRecord("keyless", 0, None, None, ROW, Struct(ROW, FULL), (), 0),
    SourceRecord("plain", None, STRING, "k", STRING, "v", HEADERS),
)
"""One of each shape, with and without what they may lack."""
