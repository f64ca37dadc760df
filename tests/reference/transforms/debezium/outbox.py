from dataclasses import replace

from rowtide.connect.schema import INT32, OPTIONAL_INT32, OPTIONAL_STRING, STRING, Schema, SchemaType, struct
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import EVENTS, STRANGE, change, envelope_of, time_type
from tests.reference.transforms.samples import OPTIONAL_TIMESTAMP

CLASS = "io.debezium.transforms.outbox.EventRouter"
_PLACEMENT = "table.fields.additional.placement"
_JSON = Schema(SchemaType.STRING, optional=True, name="io.debezium.data.Json", version=1)
_ROW = struct(
    "shop.app.outbox.Value",
    ("id", STRING),
    ("aggregatetype", OPTIONAL_STRING),
    ("aggregateid", OPTIONAL_STRING),
    ("type", STRING),
    ("payload", _JSON),
    ("version", OPTIONAL_INT32),
    ("part", OPTIONAL_INT32),
    ("ms", time_type("Timestamp")),
    ("us", time_type("MicroTimestamp")),
    ("ns", time_type("NanoTimestamp")),
    ("plain", Schema(SchemaType.INT64, optional=True)),
    ("date", time_type("Date")),
    ("connect", OPTIONAL_TIMESTAMP),
    ("note", Schema(SchemaType.STRING, optional=True, default="none")),
    optional=True,
)
_ENVELOPE = envelope_of(_ROW, "shop.app.outbox.Envelope")
_OTHER = envelope_of(
    struct("Plain", ("id", INT32), ("kind", INT32), ("aggregatetype", STRING), ("payload", Schema(SchemaType.BYTES)), optional=True),
    "Plain.Envelope",
)  # fmt: skip


def _event(
    payload: str | None, kind: str | None = "order", key: str | None = "7", note: str | None = "n", op: str = "c"
):
    row = (
        "e-1",
        kind,
        key,
        "Created",
        payload,
        2,
        3,
        1700000000123,
        -1700000000123456,
        1700000000123456789,
        5,
        6,
        7,
        note,
    )
    return change(op, None, row, envelope=_ENVELOPE, topic="shop.app.outbox", table="outbox")


def _sparse():
    row = ("e-2", "order", None, "Gone", None, None, None, None, None, None, None, None, None, None)
    return change("r", None, row, envelope=_ENVELOPE, topic="shop.app.outbox")


EVENTS_OF_OUTBOX = (
    _event('{"a": 1}'),
    _event("text", "customer"),
    _event(""),
    _event(" \n", "a.b", None),
    _event(None, note=None),
    _sparse(),
    _event("{}", None),
    _event("{}", op="u"),
    _event("{}", op="d"),
    _event("x", op="r"),
    _event("x", op="t"),
    replace(_event("x"), headers=()),
    change("c", None, (5, 6, "plain", b"\x01\x02"), envelope=_OTHER),
    *EVENTS[-6:],
    *EVENTS[:7],
    *STRANGE,
)
_DOCUMENTS = (
    "{}", '{"a": []}', '{"a":1,"b":"x","c":true,"d":null,"e":1.5,"f":3000000000,"g":{"h":{"i":"j"}}}',
    '{"a":[1,2,null],"b":[null,"x"],"c":[true],"d":[1.5,2.5],"e":[[1],[2,3]],"f":[{"x":1},{"x":2}]}',
    '{"a":[1,"x"]}', '{"a":[1,2.5]}', '{"a":[1,3000000000]}', '{"a":[null,null]}', '{"a":[[],[1]]}', '{"a":[[1],[]]}', '{"a":[{}]}',
    '{"a":[{"x":null},{"x":null}]}', '{"a":{"b":[{"c":{"d":1}}]}}', '{"a":1} trailing', '{"a":1,"a":"x"}', '{"a":1', "text", "5", '"x"', "",
    '{"with-dash":1,"with.dot":{"sub-field":2},"1digit":3}', '{"ä€😀":"\\u00e4\\n","":1}', '{"a":1e400,"b":-0.0,"c":1E2,"d":0.1}', " {}",
    '{"a":NaN}', '{"a":\'x\'}', '{"a":"\t"}', '{"a":2147483648,"b":-2147483649,"c":2147483647,"d":9223372036854775807}', "nul", "{1:2}",
)  # fmt: skip
_JSON_EVENTS = (*(_event(document) for document in _DOCUMENTS), _sparse())
_EXPAND = {"table.expand.json.payload": "true"}

CASES = [
    Case(str(config), CLASS, config, EVENTS_OF_OUTBOX)
    for config in (
        {},
        {"table.op.invalid.behavior": "error", "route.tombstone.on.empty.payload": "true"},
        {"table.op.invalid.behavior": "fatal"},
        {"table.field.event.id": "type", "table.field.event.key": "id", "table.field.event.payload": "note", "route.by.field": "type"},
        {"table.field.event.key": "version", "table.field.event.schema.version": "version"},
        {"table.field.event.id": "nothing"},
        {"table.field.event.key": "nothing"},
        {"table.field.event.payload": "nothing"},
        {"table.field.event.payload": "connect"},
        {"route.by.field": "nothing"},
        {"route.by.field": "version"},
        {"route.topic.regex": "(.)(.*)", "route.topic.replacement": "$2-$1"},
        {"route.topic.regex": "order", "route.topic.replacement": "x"},
        {"route.topic.replacement": "${routedByValue}.${nothing}"},
        *({"table.field.event.timestamp": name} for name in ("ms", "us", "ns", "plain", "date", "connect", "nothing", "type")),
        {_PLACEMENT: "type:header"},
        {_PLACEMENT: "type:header:eventType, note:HEADER , part:partition"},
        {_PLACEMENT: "type:envelope"},
        {_PLACEMENT: "type:envelope:kind,note:envelope,version:header,part:partition", "table.field.event.schema.version": "version"},
        {_PLACEMENT: "type:envelope,note:envelope:type"},
        {_PLACEMENT: "type:partition"},
        {_PLACEMENT: "nothing:partition"},
        {_PLACEMENT: "nothing:header"},
        {_PLACEMENT: "type:envelope,nothing:envelope"},
        {_PLACEMENT: "nothing:partition,type:envelope,nothing:header,nothing:envelope:x", "table.field.additional.missing": "ignore"},
        {_PLACEMENT: "type:envelope", "table.field.event.schema.version": "version", "route.tombstone.on.empty.payload": "true"},
        {_PLACEMENT: "type:envelope", "table.field.event.schema.version": "type"},
        {_PLACEMENT: "type"},
        {_PLACEMENT: "a:b:c:d, e"},
        {_PLACEMENT: ""},
        {"table.op.invalid.behavior": "maybe"},
        {"table.field.additional.missing": "optional"},
        {"route.topic.regex": "("},
        {"route.tombstone.on.empty.payload": "1"},
        {"table.json.payload.null.behavior": "keep"},
    )
] + [
    Case(str(config), CLASS, config, _JSON_EVENTS)
    for config in (
        _EXPAND,
        {**_EXPAND, "table.json.payload.null.behavior": "optional_bytes"},
        {**_EXPAND, "field.name.adjustment.mode": "avro"},
        {**_EXPAND, "field.name.adjustment.mode": "avro_unicode", _PLACEMENT: "type:envelope"},
        {**_EXPAND, _PLACEMENT: "type:envelope:t,id:header:again", "route.tombstone.on.empty.payload": "true"},
    )
]  # fmt: skip
