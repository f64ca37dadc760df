"""A changed key comes as a delete and an insert, which know each other's keys."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rowtide_sdk import (
    Decoder,
    Delete,
    Insert,
    KeyChange,
    RawMessage,
    Row,
    TransactionConsumer,
    TransactionPolicy,
    WholeTransaction,
)
from rowtide_sdk.testing import MemorySource, message
from rowtide_sdk.transactions.key_change import key_changes
from tests.unit.sdk import recordings

TOPIC = "p.db.t"
STRUCT = {"type": "struct", "fields": [{"field": "id", "type": "int64"}], "optional": False}


def half(op: str, key: int, other: Any, *, place: int, partition: int = 0, table: str = "t") -> RawMessage:
    side, header = ("before", "__debezium.newkey") if op == "d" else ("after", "__debezium.oldkey")
    record = {
        "op": op,
        side: {"id": key},
        "source": {"db": "db", "table": table, "gtid": "0-1-1", "file": "b.000001", "pos": 4, "row": place},
        "transaction": {"id": "0-1-1", "total_order": place, "data_collection_order": place},
    }
    headers = [] if other is None else [(header, json.dumps(other).encode())]
    value = json.dumps(record).encode()
    topic = f"p.db.{table}"
    return message(topic, json.dumps({"id": key}).encode(), value, partition=partition, offset=place, headers=headers)


def events(*messages: RawMessage) -> list[Any]:
    decoder: Decoder[Row] = Decoder()
    return [decoder.decode(each) for each in messages]


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_the_events_that_real_debezium_wrote(file: str) -> None:
    changes = recordings.row_events(file, "orders")
    assert [(type(e), dict(e.key), dict(e.new_key)) for e in changes if e.new_key is not None] == [
        (Delete, {"shop": 1, "id": 3}, {"shop": 1, "id": 4})
    ]
    assert [(type(e), dict(e.key), dict(e.old_key)) for e in changes if e.old_key is not None] == [
        (Insert, {"shop": 1, "id": 4}, {"shop": 1, "id": 3})
    ]
    (change,) = key_changes(changes)
    assert (change.old_key, change.new_key) == (Row({"shop": 1, "id": 3}), Row({"shop": 1, "id": 4}))
    assert change.before["customer"] == change.after["customer"] == "Edsger"


def test_a_header_with_schema() -> None:
    (event,) = events(half("d", 1, {"schema": STRUCT, "payload": {"id": 2}}, place=1))
    assert event.new_key == Row({"id": 2})
    assert event.old_key is None


def test_a_header_of_another_converter_is_none() -> None:
    plain = half("d", 1, None, place=1)
    broken = RawMessage(
        *(getattr(plain, name) for name in ("topic", "partition", "offset", "timestamp_ms")),
        (("__debezium.newkey", b"Struct{id=2}"),),
        plain.key,
        plain.value,
    )
    assert events(broken)[0].new_key is None


def test_pairs_are_told_apart_by_table_and_keys() -> None:
    pairs = key_changes(
        events(
            half("d", 1, {"id": 11}, place=1),
            half("d", 2, {"id": 12}, place=2),
            half("d", 1, {"id": 12}, place=3, table="other"),
            half("c", 12, {"id": 2}, place=4),
            half("c", 11, {"id": 1}, place=5),
            half("c", 12, {"id": 1}, place=6, table="other"),
        )
    )
    assert [(p.delete.source.table, p.old_key["id"], p.new_key["id"]) for p in pairs] == [
        ("t", 2, 12),
        ("t", 1, 11),
        ("other", 1, 12),
    ]


def test_a_row_that_moves_twice_and_halves_without_the_other() -> None:
    pairs = key_changes(
        events(
            half("d", 1, {"id": 2}, place=1),
            half("c", 2, {"id": 1}, place=2),
            half("d", 2, {"id": 3}, place=3),
            half("c", 3, {"id": 2}, place=4),
            half("d", 7, {"id": 8}, place=5),
            half("c", 5, {"id": 4}, place=6),
            half("d", 9, None, place=7),
            half("c", 9, None, place=8),
        )
    )
    assert [(p.old_key["id"], p.new_key["id"]) for p in pairs] == [(1, 2), (2, 3)]


def test_a_whole_transaction_joins_them_over_partitions() -> None:
    end = {
        "status": "END",
        "id": "0-1-1",
        "event_count": 2,
        "data_collections": [{"data_collection": "db.t", "event_count": 2}],
        "ts_ms": 1,
    }
    source = MemorySource(
        [
            half("c", 2, {"id": 1}, place=2, partition=0),
            half("d", 1, {"id": 2}, place=1, partition=1),
            message("p.transaction", b'{"id": "0-1-1"}', json.dumps(end).encode()),
        ]
    )
    reader = TransactionConsumer.of(source, topics=[TOPIC], transactions=TransactionPolicy(topic="p.transaction"))
    (whole,) = [item for item in reader.until_idle(1) if isinstance(item, WholeTransaction)]
    (change,) = whole.key_changes()
    assert isinstance(change, KeyChange)
    assert (change.before, change.after) == (Row({"id": 1}), Row({"id": 2}))
