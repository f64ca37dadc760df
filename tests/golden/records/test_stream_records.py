"""Changed keys, deletes, truncates, odd names, transactions and schema changes, against what real Debezium sent."""

from __future__ import annotations

import decimal
import json
import re
from dataclasses import replace

import pytest

from rowtide.changes import (
    BinlogOffset,
    Heartbeat,
    RowChanges,
    SchemaChange,
    SnapshotMarker,
    SourceFacts,
    TransactionBegin,
    TransactionEnd,
)
from rowtide.envelope import ConnectorIdentity, RecordBuilder
from rowtide.tables.model import TableChange, TableId
from tests.golden.records import recorded as golden
from tests.golden.records.test_row_records import encoded, expected, payload_of
from tests.settings import envelope_config

T0, T5 = 1_577_836_800_000_000, 1_577_836_800_500_000
X = (1, b"x", decimal.Decimal("1.50"), T0, b"\x00\xff", 0)
Y2 = (2, 'y "q" é😀'.encode(), decimal.Decimal("-1.00"), T5, b"\x01", 0)
Y3 = (3, *Y2[1:])

KEYS = {
    "composite": [
        ("r", [(None, X)]),
        ("c", [(None, Y2)]),
        ("u", [(Y2, Y3)]),
        ("d", [(X, None), (Y3, None)]),
    ],
    "custom": [
        ("c", [(None, (1, 2, 3))]),
        ("u", [((1, 2, 3), (1, 9, 3))]),
        ("u", [((1, 9, 3), (9, 9, 3))]),
    ],
    "nokey": [("c", [(None, (1, 2))]), ("t", [])],
    "none": [("r", [(None, (1,))]), ("u", [((1,), (2,))]), ("d", [((2,), None)])],
    "wïrd t$ble": [("c", [(None, (1, 1))]), ("u", [((1, 1), (2, 1))])],
}
ODD = {"odd-t": [("r", [(None, (1, 1, 1, 1))]), ("u", [((1, 1, 1, 1), (2, 1, 1, 1))])]}


class Stream:
    """A builder whose clock, and whose facts of the source, are those of the recorded records, one after the other."""

    def __init__(self, name: str) -> None:
        self.case = golden.load(name)
        self.tables = {name: versions[-1] for name, versions in self.case.tables().items()}
        self.times: list[int] = []
        version = payload_of(next(r["value"] for r in self.case.records if "Envelope" in (r["value"] or "")))
        identity = ConnectorIdentity("mariadb", version["source"]["version"], "run")
        excluded = self.case.config.get("column.exclude.list")
        config = envelope_config(self.case.config, identity, lambda t, c: f"{t}.{c.name}" != excluded)
        self.builder = RecordBuilder(replace(config, clock=lambda: self.times.pop(0)))

    def of_topic(self, topic: str) -> list[dict]:
        return [record for record in self.case.records if record["topic"] == topic]

    def rows(self, table: str, operation: str, images: list, records: list[dict], offset: BinlogOffset | None = None):
        """The batch of one event, with the clock's next readings taken from the records that are expected."""
        payloads = [payload_of(record["value"]) for record in records if record["value"] is not None]
        self.times = [payload["ts_ns"] for payload in payloads]
        first = payloads[0]["source"]
        changes = RowChanges(
            self.tables[table],
            operation,
            images,
            facts_of(first),
            offset or BinlogOffset("f", 1),
            first_row=0,
            event_rows=len(images),
        )
        return self.builder.rows(changes)


def facts_of(source: dict) -> SourceFacts:
    streamed = source["snapshot"] in ("false", None)
    return SourceFacts(
        source["ts_us"],
        source["file"],
        source["pos"],
        source["server_id"],
        source["gtid"],
        snapshot=None if streamed else SnapshotMarker(source["snapshot"]),
    )


@pytest.mark.parametrize(("name", "script"), [("keys", KEYS), ("avro-names", ODD), ("avro-unicode-names", ODD)])
def test_changes_become_the_recorded_records(name, script):
    stream = Stream(name)
    for table, events in script.items():
        topic = stream.builder._config.topics.data(TableId("db", table))
        recorded = stream.of_topic(topic)
        assert recorded
        for operation, images in events:
            left = [record for record in recorded if not transactional(record)]
            batch = stream.rows(table, operation, images, left)
            made = [encoded(stream.case, record) for record in batch]
            assert len(made) == len(batch)
            assert made == [without_transaction(record) for record in recorded[: len(made)]]
            recorded = recorded[len(made) :]
        assert recorded == []


def transactional(record: dict) -> bool:
    return record["value"] is None


def without_transaction(record: dict) -> dict:
    """The builder was told of no transaction; the block is tested elsewhere."""
    wanted = expected(record)
    if wanted["value"] is not None:
        start, mark, end = wanted["value"].rpartition(',"transaction":')
        if not end.startswith("null"):
            wanted["value"] = start + mark + "null" + end[end.index("}") + 1 :]
    return wanted


def test_transactions_are_counted_as_recorded():
    stream = Stream("transactions")
    boundaries = stream.of_topic("srv.transaction")
    begin, end = (payload_of(record["value"]) for record in boundaries[:2])
    offset = BinlogOffset("binlog.000001", 4, "0-11-1", event=3, server_id=11, ts_sec=7)
    transaction = begin["id"]
    made = stream.builder.begin(TransactionBegin(transaction, facts_at(begin["ts_ms"]), offset))
    assert [encoded(stream.case, record) for record in made] == [expected(boundaries[0])]
    names = ["lines", "customers", "addresses", "z", "orders", "products", "b"]
    for name in names:
        records = records_of(stream, name, transaction)
        check(stream, name, "c", [(None, (1, 1)), (None, (2, 2))], records[:2])
    check(stream, "a", "c", [(None, (1,))], records_of(stream, "a", transaction))
    check(stream, "lines", "u", [((1, 1), (5, 1))], records_of(stream, "lines", transaction)[2:])
    unchanged = [((1, 1), (1, 9)), ((2, 2), (2, 9))]
    assert len(stream.rows("customers", "u", unchanged, records_of(stream, "customers", transaction))) == 0
    check(stream, "b", "d", [((1, 1), None), ((2, 2), None)], records_of(stream, "b", transaction)[2:])
    ended = stream.builder.end(TransactionEnd(transaction, facts_at(end["ts_ms"]), offset))
    (made_end,) = (encoded(stream.case, record) for record in ended)
    got, wanted = payload_of(made_end["value"]), payload_of(boundaries[1]["value"])
    # The order of tables depends on their names, and the recorded ones had the database's random name.
    for payload in (got, wanted):
        payload["data_collections"].sort(key=lambda item: item["data_collection"])
    assert got == wanted
    assert ended.source_offset(0)["transaction_id"] == transaction
    assert ended.source_offset(0)["transaction_data_collection_order_db.lines"] == 4
    assert "transaction_id" not in stream.builder.offset_map(offset)


def records_of(stream: Stream, table: str, transaction: str) -> list[dict]:
    records = stream.of_topic(f"srv.db.{table}")
    return [r for r in records if r["value"] and (payload_of(r["value"])["transaction"] or {}).get("id") == transaction]


def check(stream: Stream, table: str, operation: str, images: list, records: list[dict]) -> None:
    batch = stream.rows(table, operation, images, records)
    assert [encoded(stream.case, record) for record in batch] == [expected(record) for record in records]


def facts_at(time_ms: int) -> SourceFacts:
    return SourceFacts(time_ms * 1000, "binlog.000001", 4)


@pytest.mark.parametrize("name", ["keys", "avro-names", "transactions", "types", "defaults"])
def test_schema_changes_become_the_recorded_records(name):
    stream = Stream(name)
    recorded = stream.of_topic("srv")
    history = {entry["ddl"]: entry["tableChanges"] for entry in stream.case.history}
    assert len(recorded) > 2
    for record in recorded:
        payload = payload_of(record["value"])
        source = payload["source"]
        changes = tuple(
            TableChange(
                change["type"],
                TableId(*change["id"].strip('"').split('"."')),
                golden.table_of(change) if change.get("table") else None,
            )
            for change in history.get(payload["ddl"], [])  # statements on databases were published, but not kept
        )
        stream.times = [payload["ts_ms"] * 1_000_000]
        change = SchemaChange(
            payload["databaseName"],
            payload["ddl"],
            changes,
            facts_of(source),
            BinlogOffset("f", 1),
            tables=tables_of(source),
            row=source["row"],
        )
        (made,) = stream.builder.schema_change(change)
        assert made.partition == 0 == record["partition"]
        wanted = expected(record)
        # Source times of ours have µs, and this one is a clock's reading.
        wanted["value"] = re.sub(r'"ts_ns":(\d+)\d{3}', r'"ts_ns":\g<1>000', wanted["value"])
        assert encoded(stream.case, made) == wanted


def tables_of(source: dict) -> tuple[TableId, ...] | None:
    if source["table"] is None:
        return None
    return tuple(TableId(source["db"], name) for name in source["table"].split(",") if name)


def test_heartbeats_become_the_recorded_record():
    stream = Stream("keys")
    (record, *_) = stream.of_topic("__debezium-heartbeat.srv")
    stream.times = [payload_of(record["value"])["ts_ms"] * 1_000_000]
    batch = stream.builder.heartbeat(Heartbeat(BinlogOffset("f", 1)))
    (made,) = batch
    assert made.partition == 0 == record["partition"]
    assert encoded(stream.case, made) == expected(record)


@pytest.mark.parametrize("name", ["transactions", "keys"])
def test_offsets_are_written_in_the_recorded_order(name):
    stream = Stream(name)
    compared = 0
    for entry in stream.case.history:
        position = entry["position"]
        if "transaction_id" in position:
            stream.builder.restore(position)
        offset = BinlogOffset(
            position["file"],
            position["pos"],
            position.get("gtids"),
            position.get("event", 0),
            position.get("row", 0),
            position.get("server_id", 0),
            position.get("ts_sec"),
            position.get("snapshot"),
        )
        assert json.dumps(stream.builder.offset_map(offset)) == json.dumps(position)
        compared += 1
    assert compared > 2
