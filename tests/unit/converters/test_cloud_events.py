"""CloudEvents as JSON; tests/reference/converters compares all forms with Debezium's own."""

from __future__ import annotations

from rowtide.connect.schema import INT32, INT64, OPTIONAL_STRING, STRING, Struct, struct
from rowtide.converters.cloud_events import CloudEventsConverter

ROW = struct("s.d.t.Value", ("id", INT32), optional=True)
SOURCE = struct(
    "io.debezium.connector.mysql.Source",
    ("connector", STRING), ("name", STRING), ("ts_ms", INT64), ("db", STRING), ("gtid", OPTIONAL_STRING),
    ("file", STRING), ("pos", INT64), ("row", INT32),
)  # fmt: skip
ENVELOPE = struct("s.d.t.Envelope", ("before", ROW), ("after", ROW), ("source", SOURCE), ("op", STRING))
VALUE = Struct(
    ENVELOPE,
    [None, Struct(ROW, [1]), Struct(SOURCE, ["mysql", "s", 1767323045007, "d", None, "b.1", 4, 0]), "c"],
)
ATTRIBUTES = (
    b'{"id":"name:s;file:b.1;pos:4","source":"/debezium/mysql/s","specversion":"1.0",'
    b'"type":"io.debezium.connector.mysql.DataChangeEvent","time":"2026-01-02T03:04:05.007Z",'
    b'"datacontenttype":"application/json",'
)
EXTENSIONS = (
    b'"iodebeziumop":"c","iodebeziumconnector":"mysql","iodebeziumname":"s","iodebeziumtsms":"1767323045007",'
    b'"iodebeziumdb":"d","iodebeziumgtid":null,"iodebeziumfile":"b.1","iodebeziumpos":"4","iodebeziumrow":0,'
    b'"iodebeziumtxid":null,"iodebeziumtxtotalorder":null,"iodebeziumtxdatacollectionorder":null,'
)


def written(**options: str) -> bytes | None:
    converter = CloudEventsConverter()
    converter.configure({name.replace("_", "."): value for name, value in options.items()}, is_key=False)
    return converter.from_connect("topic", ENVELOPE, VALUE)


def test_a_change_becomes_an_event_with_the_source_block_as_attributes() -> None:
    data = b'"data":{"before":null,"after":{"id":1}}}'
    assert written(json_schemas_enable="false") == ATTRIBUTES + EXTENSIONS + data
    assert written(json_schemas_enable="false", extension_attributes_enable="false") == ATTRIBUTES + data


def test_data_has_its_schema_unless_told_otherwise() -> None:
    made = written() or b""
    assert made.startswith(ATTRIBUTES + EXTENSIONS + b'"data":{"schema":{"type":"struct","fields":[{"type":"struct"')
    assert made.endswith(b'"payload":{"before":null,"after":{"id":1}}}}')


def test_what_is_no_change_of_a_row_becomes_null() -> None:
    converter = CloudEventsConverter()
    converter.configure({}, is_key=False)
    assert converter.from_connect("topic", ROW, Struct(ROW, [1])) is None
    assert converter.from_connect("topic", None, None) is None
