"""Rows whose envelope ExtractNewRecordState removed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from rowtide_sdk import (
    Decoding,
    Delete,
    Insert,
    Read,
    Row,
    Tombstone,
    Transaction,
    Unknown,
    Update,
    decode_message,
)

TOPIC = "shop.inventory.orders"
SCHEMA = {
    "type": "struct",
    "name": "shop.inventory.orders.Value",
    "fields": [
        {"field": "id", "type": "int64", "optional": False},
        {"field": "day", "type": "int32", "optional": True, "name": "io.debezium.time.Date"},
        {"field": "after", "type": "string", "optional": True},
        {"field": "__op", "type": "string", "optional": True},
        {"field": "__source_ts_ms", "type": "int64", "optional": True},
    ],
}


@dataclass
class Order:
    id: int


def decode(record: Any, headers: Any = (), rows: Any = None, topic: str = TOPIC) -> Any:
    value = None if record is None else json.dumps(record).encode()
    return decode_message(topic, b'{"id": 1}', value, headers, rows=rows)


@pytest.mark.parametrize(("op", "kind"), [("c", Insert), ("u", Update), ("r", Read)])
def test_the_added_operation_tells_the_event(op: str, kind: type[Any]) -> None:
    event = decode({"id": 1, "total": 5, "__op": op})
    assert type(event) is kind
    assert event.before is None
    assert event.after == Row({"id": 1, "total": 5})
    assert event.changed == ("id", "total")
    assert event.key.id == 1


def test_a_rewritten_delete_has_the_row_before() -> None:
    event = decode({"id": 1, "total": 5, "__op": "d", "__deleted": "true"})
    assert isinstance(event, Delete)
    assert event.after is None
    assert event.before == Row({"id": 1, "total": 5})


@pytest.mark.parametrize("deleted", ["true", True])
def test_deleted_alone_tells_deletes(deleted: Any) -> None:
    assert isinstance(decode({"id": 1, "__deleted": deleted}), Delete)
    assert isinstance(decode({"id": 1, "__deleted": "false"}), Update)


def test_what_was_added_of_source_transaction_and_times() -> None:
    event = decode(
        {
            "id": 1,
            "__op": "c",
            "__table": "parts",
            "__db": "store",
            "__source_ts_ms": 1700000000000,
            "__source_file": "binlog.000001",
            "__pos": 4,
            "__gtid": "0-1-5",
            "__ts_ms": 1700000000005,
            "__transaction_id": "0-1-5",
            "__transaction_total_order": 2,
            "__transaction_data_collection_order": 1,
        }
    )
    assert event.source.table_name == "store.parts"
    assert (event.source.ts_ms, event.source.file, event.source.pos) == (1700000000000, "binlog.000001", 4)
    assert (event.ts_ms, event.ts_us) == (1700000000005, None)
    assert event.transaction == Transaction("0-1-5", 2, 1)
    assert dict(event.after) == {"id": 1}


def test_table_and_database_come_from_the_topic_otherwise() -> None:
    event = decode({"id": 1, "__op": "c"})
    assert (event.source.name, event.source.table_name) == ("shop", "inventory.orders")
    assert event.source.ts_ms is None
    assert isinstance(decode({"id": 1, "__op": "c"}, rows={"inventory.orders": Order}).after, Order)
    assert decode({"id": 1, "__op": "c"}, topic="orders").source.db is None


@pytest.mark.parametrize("op", [b"c", b'"c"', b'{"schema":{"type":"string","optional":false},"payload":"c"}'])
def test_headers_tell_it_too(op: bytes) -> None:
    headers = [("__op", op), ("__source_ts_ms", b"5"), ("__table", b"parts"), ("other", b"\xff")]
    event = decode({"id": 1}, headers)
    assert isinstance(event, Insert)
    assert (event.source.ts_ms, event.source.table) == (5, "parts")


def test_with_schema_values_are_exact_and_added_fields_are_no_columns() -> None:
    payload = {"id": 1, "day": 1, "after": "noon", "__op": "c", "__source_ts_ms": 5}
    event = decode({"schema": SCHEMA, "payload": payload})
    assert isinstance(event, Insert)
    assert event.after.day.isoformat() == "1970-01-02"
    assert event.schema is not None
    assert [column.name for column in event.schema.columns] == ["id", "day", "after"]


def test_rows_to_which_nothing_was_added_are_taken_when_asked_for() -> None:
    unknown = decode({"id": 1})
    assert isinstance(unknown, Unknown)
    assert "flattened=True" in unknown.reason
    event = decode({"id": 1}, rows=Decoding(Order, flattened=True))
    assert isinstance(event, Update)
    assert event.after == Order(1)
    assert event.before is None


def test_null_stays_a_tombstone_and_truncation_has_no_row() -> None:
    assert isinstance(decode(None, [("__op", b"d")]), Tombstone)
    assert isinstance(decode({"__op": "t"}), Unknown)
