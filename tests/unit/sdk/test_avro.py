"""Avro by a registry reads as JSON with schema does."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from rowtide_sdk import (
    Consumer,
    DecodeError,
    Decoder,
    Decoding,
    Insert,
    RawMessage,
    Registry,
    RegistryError,
    RowEvent,
    Rows,
    Unknown,
    decode_message,
)
from rowtide_sdk.avro_schema import ConnectSchemas
from rowtide_sdk.testing import MemorySource, message
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving
from tests.unit.sdk import avro_recordings, recordings
from tests.unit.sdk.test_recordings import Binaries, Numbers, Texts, Times

CLASSES = Rows(
    {
        "sdk_recorded.numbers": Numbers,
        "sdk_recorded.texts": Texts,
        "sdk_recorded.binaries": Binaries,
        "sdk_recorded.times": Times,
    }
)
ENVELOPE: dict[str, Any] = {
    "type": "record",
    "name": "Envelope",
    "namespace": "shop.db.t",
    "fields": [
        {"name": "op", "type": "string"},
        {
            "name": "source",
            "type": {
                "type": "record",
                "name": "Source",
                "fields": [{"name": "db", "type": "string"}, {"name": "table", "type": "string"}],
            },
        },
    ],
}


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry()) as running:
        yield running


def seen(event: Any) -> dict[str, Any]:
    """An event without its message and what the form of the message shows in."""
    told = {name: getattr(event, name) for name in event.__dataclass_fields__ if name not in ("message", "schema")}
    if isinstance(event, RowEvent):
        told |= {"schema": event.schema and event.schema.columns}
        for side in ("before", "after"):
            row = told[side]
            told[f"types of {side}"] = row and {name: type(value) for name, value in dict(row).items()}
    return told


def envelope(row: Any) -> str:
    fields = [*ENVELOPE["fields"], {"name": "after", "type": ["null", row]}]
    return json.dumps({**ENVELOPE, "fields": fields})


def written(schema: str, row: Any, number: int = 1) -> bytes:
    stream = io.BytesIO()
    record = {"op": "c", "source": {"db": "db", "table": "t"}, "after": row}
    fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(schema)), record)
    return b"\0" + struct.pack(">i", number) + stream.getvalue()


def row_type(*fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": "Value", "fields": list(fields)}


def inserted(registry: ScriptedRegistry, schema: str, row: Any, **decoding: Any) -> Insert[Any]:
    registry.schemas.append(("t-value", schema))
    value = written(schema, row, len(registry.schemas))
    event = decode_message("shop.db.t", None, value, rows=Decoding(registry=Registry(registry.url), **decoding))
    assert isinstance(event, Insert)
    return event


@pytest.mark.parametrize("file", avro_recordings.FILES)
def test_every_event_is_as_from_json(file: str, registry: ScriptedRegistry) -> None:
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(registry.url)))
    avro = [decoder.decode(each) for each in avro_recordings.messages(file, registry)]
    expected = recordings.events(file)
    assert len(avro) == len(expected) >= 8
    for ours, theirs in zip(avro, expected, strict=True):
        assert type(ours) is type(theirs)
        assert seen(ours) == seen(theirs)


def test_classes_are_built_as_from_json(registry: ScriptedRegistry) -> None:
    decoder: Decoder[Any] = Decoder(Decoding(CLASSES, registry=Registry(registry.url)))
    avro = [decoder.decode(each) for each in avro_recordings.messages("schema.jsonl", registry)]
    expected = recordings.events("schema.jsonl", CLASSES)
    rows = [(event.before, event.after) for event in avro if isinstance(event, RowEvent)]
    assert rows == [(event.before, event.after) for event in expected if isinstance(event, RowEvent)]
    assert {type(after) for _, after in rows} >= {Numbers, Texts, Binaries, Times}


def test_a_schema_is_asked_for_once_and_stays_the_same_object(registry: ScriptedRegistry) -> None:
    messages = avro_recordings.messages("schema.jsonl", registry)
    registry.requests.clear()
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(registry.url)))
    events = [decoder.decode(each) for each in messages * 2]
    asked = [path for _, path, _, _ in registry.requests]
    assert len(asked) == len(set(asked)) == len(registry.schemas)
    orders = [e for e in events if isinstance(e, RowEvent) and e.source.table == "orders"]
    schemas = [event.schema for event in orders[: len(orders) // 2]]
    assert len({id(schema) for schema in schemas}) == 2  # the table got a column in between
    assert schemas[-1] is not None
    assert schemas[-1].columns[-1].name == "extra"


def test_json_and_avro_may_be_mixed(registry: ScriptedRegistry) -> None:
    json_messages = recordings.messages("schema.jsonl")
    avro_messages = avro_recordings.messages("schema.jsonl", registry)
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(registry.url)))
    for plain, avro in zip(json_messages, avro_messages, strict=True):
        assert seen(decoder.decode(plain)) == seen(decoder.decode(avro))


def test_raw_is_what_was_sent(registry: ScriptedRegistry) -> None:
    decimal = {
        "type": "bytes",
        "logicalType": "decimal",
        "scale": 2,
        "precision": 10,
        "connect.name": "org.apache.kafka.connect.data.Decimal",
        "connect.parameters": {"scale": "2", "connect.decimal.precision": "10"},
    }
    row = row_type({"name": "total", "type": decimal})
    event = inserted(registry, envelope(row), {"total": Decimal("12.34")})
    assert event.after.total == Decimal("12.34")
    assert event.after.raw("total") == b"\x04\xd2"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.1, 0.1), (16777216.0, 16777216.0), (3.4028235e38, 3.4028235e38), (1.4e-45, 1.4e-45), (-0.3, -0.3)],
)
def test_single_floats_have_the_digits_that_json_has(number: float, expected: float, registry: Any) -> None:
    event = inserted(registry, envelope(row_type({"name": "f", "type": "float"})), {"f": number})
    assert event.after.f == expected


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_floats_that_are_no_numbers(number: float, registry: ScriptedRegistry) -> None:
    event = inserted(registry, envelope(row_type({"name": "f", "type": "float"})), {"f": number})
    assert str(event.after.f) == str(number)


def test_maps_whose_keys_are_no_text(registry: ScriptedRegistry) -> None:
    entry = {
        "type": "record",
        "name": "MapEntry",
        "namespace": "io.confluent.connect.avro",
        "fields": [{"name": "key", "type": "int"}, {"name": "value", "type": "string"}],
    }
    row = row_type(
        {"name": "m", "type": {"type": "array", "items": entry}},
        {"name": "s", "type": {"type": "map", "values": "long"}},
    )
    event = inserted(registry, envelope(row), {"m": [{"key": 1, "value": "one"}], "s": {"a": 1}})
    assert dict(event.after) == {"m": {1: "one"}, "s": {"a": 1}}


def test_referenced_schemas_are_fetched(registry: ScriptedRegistry) -> None:
    value = {"type": "record", "name": "Value", "namespace": "shop.db.t", "fields": [{"name": "id", "type": "long"}]}
    whole = {**ENVELOPE, "fields": [*ENVELOPE["fields"], {"name": "after", "type": ["null", "shop.db.t.Value"]}]}
    named = {"name": "shop.db.t.Value", "subject": "a/b", "version": 3}
    registry.script = [
        (200, {"schema": json.dumps(whole), "references": [named]}),
        (200, {"schema": json.dumps(value)}),
    ]
    data = written(envelope(row_type({"name": "id", "type": "long"})), {"id": 5})
    event = decode_message("t", None, data, rows=Decoding(registry=Registry(registry.url)))
    assert isinstance(event, Insert)
    assert event.after.id == 5
    assert [path for _, path, _, _ in registry.requests] == ["/schemas/ids/1", "/subjects/a%2Fb/versions/3"]


def test_without_a_registry_it_says_what_to_give() -> None:
    event = decode_message("t", None, b"\0\0\0\0\1\2")
    assert isinstance(event, Unknown)
    assert "Decoding(registry=" in event.reason


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data[:4], "too short"),
        (lambda data: data[:-1], "no record of the registry's schema 1"),
        (lambda data: data + b"\0", "more bytes follow"),
        (lambda data: b"\0\0\0\0\1" + b"\xff" * 20, "no record of the registry's schema 1"),
    ],
)
def test_damage_is_named_with_its_place(change: Any, problem: str, registry: ScriptedRegistry) -> None:
    schema = envelope(row_type({"name": "id", "type": "long"}))
    registry.schemas.append(("t-value", schema))
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(registry.url)))
    with pytest.raises(DecodeError, match=problem) as caught:
        decoder.decode(message("t", None, change(written(schema, {"id": 5})), offset=9))
    assert caught.value.offset == 9


def test_an_unknown_id_is_the_messages_fault_and_a_broken_registry_is_not(registry: ScriptedRegistry) -> None:
    dead: list[RawMessage] = []
    rows = Decoding(registry=Registry(registry.url, attempts=1))

    def run() -> MemorySource:
        source = MemorySource([message("t", None, b"\0\0\0\0\7\2", offset=3)])
        with Consumer.of(source, rows=rows, on_error=lambda raw, error: dead.append(raw)) as consumer:
            consumer.run(print, idle_s=0)
        return source

    registry.script = [(404, {"error_code": 40403, "message": "Schema 7 not found"})]
    assert run().committed == {("t", 0): 4}
    assert len(dead) == 1
    registry.script = [(500, {})]
    with pytest.raises(RegistryError, match="status 500"):
        run()
    assert len(dead) == 1


def test_a_union_of_several_types_is_refused(registry: ScriptedRegistry) -> None:
    schema = envelope(row_type({"name": "id", "type": ["null", "long", "string"]}))
    registry.schemas.append(("t-value", schema))
    with pytest.raises(DecodeError, match="none of a Connect converter"):
        decode_message("t", None, written(schema, {"id": 5}), rows=Decoding(registry=Registry(registry.url)))


def test_recursive_schemas_end() -> None:
    node = {"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}
    with pytest.raises(ValueError, match="contains itself"):
        ConnectSchemas().convert(node)


def test_defaults_are_as_jsonconverter_writes_them() -> None:
    made = ConnectSchemas().convert(
        row_type(
            {"name": "b", "type": {"type": "bytes", "connect.default": "\xff\x00"}, "default": "\xff\x00"},
            {"name": "i", "type": ["int", "null"], "default": 5},
            {"name": "n", "type": ["null", {"type": "int", "connect.type": "int16"}], "default": None},
        )
    )
    assert [(f["type"], f["optional"], f.get("default")) for f in made["fields"]] == [
        ("bytes", False, "/wA="),
        ("int32", True, 5),
        ("int16", True, None),
    ]
