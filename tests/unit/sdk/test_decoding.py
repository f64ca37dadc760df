"""Kinds of records that the recordings do not have, and those that are no records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rowtide_sdk import (
    DecodeError,
    Delete,
    Heartbeat,
    Insert,
    Row,
    Tombstone,
    TransactionBoundary,
    Truncate,
    Unknown,
    Update,
    decode_message,
)
from rowtide_sdk.decoder import Decoder
from rowtide_sdk.testing import message

TOPIC = "shop.shop.orders"
SOURCE = {"version": "3", "connector": "mysql", "name": "shop", "ts_ms": 1000, "db": "shop", "table": "orders"}


def change(op: str, before: Any = None, after: Any = None, **more: Any) -> bytes:
    return json.dumps({"before": before, "after": after, "source": SOURCE, "op": op, "ts_ms": 5} | more).encode()


def with_schema(schema: dict[str, Any], payload: Any) -> bytes:
    return json.dumps({"schema": schema, "payload": payload}, separators=(",", ":")).encode()


def envelope(fields: list[dict[str, Any]]) -> dict[str, Any]:
    row = {"type": "struct", "fields": fields, "optional": True, "name": "v"}
    return {"type": "struct", "fields": [row | {"field": "before"}, row | {"field": "after"}], "name": "e"}


def column(value: Any, **schema: Any) -> Any:
    """One column's value through its schema."""
    data = with_schema(
        envelope([{"field": "c", "optional": True} | schema]), json.loads(change("c", after={"c": value}))
    )
    event = decode_message(TOPIC, None, data)
    assert isinstance(event, Insert)
    return event.after["c"]


def test_a_null_value_is_a_tombstone_with_its_key():
    event = decode_message(TOPIC, b'{"id":1}', None)
    assert isinstance(event, Tombstone)
    assert event.key == {"id": 1}


def test_a_tombstone_without_key():
    event = decode_message(TOPIC, None, None)
    assert isinstance(event, Tombstone)
    assert event.key is None


def test_a_truncate_has_a_source_and_no_rows():
    event = decode_message(TOPIC, None, change("t"))
    assert isinstance(event, Truncate)
    assert event.source.table_name == "shop.orders"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "no JSON"),
        (b"\x00\x00\x00\x00\x01\x02", "registry"),
        (b"\xff\xfe", "no JSON"),
        (b"not json", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"null", "not a JSON object"),
        (b"17", "not a JSON object"),
        (b'{"schema":null,"payload":null}', "not a JSON object"),
        (b'{"id":1,"total":2}', "none of Debezium's records"),
        (b'{"schema":{"type":"nonsense"},"payload":{"id":1}}', "none of Debezium's records"),
        (change("m"), "'m' is no change of a row"),
    ],
)
def test_what_is_no_record_is_kept_as_unknown(value, reason):
    event = decode_message(TOPIC, None, value)
    assert isinstance(event, Unknown)
    assert reason in event.reason
    assert event.message.value == value


@pytest.mark.parametrize(
    "value",
    [
        change("c"),
        change("d", after={"id": 1}),
        change("c", after=[1]),
        change("c", after={"id": 1}, source="x"),
        change("c", after={"id": 1}, transaction={"id": "x"}),
        b'{"status":"END","id":"x","event_count":1,"data_collections":[{}]}',
        b'{"databaseName":"d","ddl":"x"}',
    ],
)
def test_a_damaged_record_is_a_decode_error_with_its_position(value):
    with pytest.raises(DecodeError) as caught:
        Decoder().decode(message(TOPIC, None, value, partition=3, offset=7))
    assert str(caught.value).startswith("shop.shop.orders[3] at offset 7: ")
    assert (caught.value.topic, caught.value.partition, caught.value.offset) == (TOPIC, 3, 7)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("no!", {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}}),
        ("%%%", {"type": "bytes"}),
        ("x", {"type": "double"}),
        ("yesterday", {"type": "string", "name": "io.debezium.time.ZonedTimestamp"}),
        ("2026-01-01T00:00:00", {"type": "string", "name": "io.debezium.time.ZonedTimestamp"}),
        (10**12, {"type": "int32", "name": "io.debezium.time.Date"}),
        (10**18, {"type": "int64", "name": "io.debezium.time.Timestamp"}),
        (86_400_000, {"type": "int32", "name": "org.apache.kafka.connect.data.Time"}),
        ({"x": 1}, {"type": "struct", "name": "io.debezium.data.geometry.Point", "fields": []}),
        (5, {"type": "array", "items": {"type": "int32"}}),
    ],
)
def test_a_value_against_its_schema_names_the_column_not_the_value(value, schema):
    with pytest.raises(DecodeError, match=r"column c: a \w+ in the message is no valid") as caught:
        column(value, **schema)
    assert f" {value}" not in str(caught.value)


def test_arrays_maps_structs_and_vectors():
    assert column([1, None], type="array", items={"type": "int32"}) == [1, None]
    assert column(["AAE="], type="array", items={"type": "bytes"}) == [b"\0\1"]
    string, decimal = {"type": "string"}, {"type": "double"}
    assert column({"a": 1.5, "b": None}, type="map", keys=string, values=decimal) == {"a": 1.5, "b": None}
    assert column([[1, "x"]], type="map", keys={"type": "int32"}, values=string) == {1: "x"}
    assert column([0.5, -1.0], type="array", name="io.debezium.data.FloatVector", items={"type": "float"}) == [
        0.5,
        -1.0,
    ]
    nested = column({"a": "AAE="}, type="struct", fields=[{"field": "a", "type": "bytes"}])
    assert isinstance(nested, Row)
    assert nested.a == b"\0\1"


def test_floats_that_json_has_no_number_for():
    assert column("NaN", type="double") != column("NaN", type="double")
    assert column("-Infinity", type="double") == float("-inf")
    assert str(column(-0.0, type="double")) == "-0.0"


def test_variable_scale_decimals_and_durations():
    schema: dict[str, Any] = {"type": "struct", "name": "io.debezium.data.VariableScaleDecimal", "fields": []}
    assert str(column({"scale": 3, "value": "AN4="}, **schema)) == "0.222"
    assert column(1500, type="int32", name="io.debezium.time.Time").total_seconds() == 1.5


def test_nanoseconds_below_a_microsecond_stay_in_raw():
    data = with_schema(
        envelope([{"field": "c", "type": "int64", "name": "io.debezium.time.NanoTimestamp"}]),
        json.loads(change("c", after={"c": 1_000_000_000_000_001_999})),
    )
    event = decode_message(TOPIC, None, data)
    assert isinstance(event, Insert)
    assert event.after.c.microsecond == 1
    assert event.after.raw("c") == 1_000_000_000_000_001_999


def test_a_payload_is_found_behind_another_schema_than_the_last():
    decoder: Decoder[Row] = Decoder()
    narrow = envelope([{"field": "a", "type": "bytes"}])
    wide = envelope([{"field": "a", "type": "string"}, {"field": "b", "type": "bytes"}])
    seen = []
    for schema, row in ((narrow, {"a": "AAE="}), (wide, {"a": "x", "b": "AAE="}), (narrow, {"a": "AAI="})) * 2:
        event = decoder.decode(message(TOPIC, None, with_schema(schema, json.loads(change("c", after=row)))))
        assert isinstance(event, Insert)
        seen.append(dict(event.after))
    assert seen == [{"a": b"\0\1"}, {"a": "x", "b": b"\0\1"}, {"a": b"\0\2"}] * 2


def test_schema_and_payload_in_any_order_and_spacing():
    schema = envelope([{"field": "c", "type": "bytes"}])
    for text in (
        json.dumps({"payload": json.loads(change("c", after={"c": "AAE="})), "schema": schema}),
        json.dumps({"schema": schema, "payload": json.loads(change("c", after={"c": "AAE="}))}, indent=1),
        json.dumps({"schema": schema, "payload": json.loads(change("c", after={"c": "AAE="}))}),
    ):
        event = decode_message(TOPIC, None, text.encode())
        assert isinstance(event, Insert)
        assert event.after.c == b"\0\1"


def test_a_table_with_columns_named_schema_and_payload_is_no_envelope():
    event = decode_message(TOPIC, b'{"schema":"x","payload":1}', None)
    assert event.key == {"schema": "x", "payload": 1}


@pytest.mark.parametrize(("key", "expected"), [(b"17", 17), (b'"k"', "k"), (b"plain", None), (b"\xff", None)])
def test_keys_that_are_no_objects(key, expected):
    assert decode_message(TOPIC, key, None).key == expected


def test_an_update_without_before_image_counts_all_columns_as_changed():
    event = decode_message(TOPIC, None, change("u", after={"a": 1, "b": 2}))
    assert isinstance(event, Update)
    assert event.changed == ("a", "b")


def test_a_delete_has_its_row_before():
    event = decode_message(TOPIC, None, change("d", before={"a": 1.5}))
    assert isinstance(event, Delete)
    assert event.before.a == 1.5
    assert event.changed == ("a",)


def test_heartbeats_are_known_by_topic_or_schema():
    assert (
        decode_message("__debezium-heartbeat.shop", b'{"serverName":"shop"}', b'{"ts_ms":5}').key.serverName == "shop"
    )
    named = with_schema({"type": "struct", "name": "io.debezium.connector.common.Heartbeat"}, {"ts_ms": 5})
    event = decode_message("own-heartbeats", None, named)
    assert isinstance(event, Heartbeat)
    assert event.ts_ms == 5
    assert isinstance(decode_message("other", None, b'{"ts_ms":5}'), Unknown)


def test_an_end_of_transaction_counts_by_table():
    counts = [{"data_collection": "shop.orders", "event_count": 2}]
    value = json.dumps({"status": "END", "id": "g", "event_count": 2, "data_collections": counts, "ts_ms": 1}).encode()
    event = decode_message("shop.transaction", b'{"id":"g"}', value)
    assert isinstance(event, TransactionBoundary)
    assert event.is_end
    assert event.data_collections == {"shop.orders": 2}


def test_fields_of_other_connectors_stay_in_the_source():
    event = decode_message(TOPIC, None, change("c", after={"id": 1}, source=SOURCE | {"lsn": 5, "snapshot": True}))
    assert isinstance(event, Insert)
    assert event.source.extra == {"lsn": 5}
    assert event.source.snapshot == "true"
    assert event.source.is_snapshot
