"""Batches: how many records, which, with which offsets. Golden cases compare their bytes with recorded ones."""

import uuid
from dataclasses import replace

import pytest

from rowtide.changes import (
    BinlogOffset,
    Heartbeat,
    RowChanges,
    SnapshotMarker,
    SourceFacts,
    TransactionBegin,
    TransactionEnd,
)
from rowtide.envelope import ConnectorIdentity, RecordBuilder, new_run_id
from rowtide.envelope.column_rules import key_columns
from rowtide.envelope.mapping_options import column_mappers
from rowtide.envelope.table_schema import VERSIONS_MAX
from rowtide.errors import ConfigError, SchemaError
from rowtide.tables.model import Column, Table, TableId
from tests.settings import envelope_config

FACTS = SourceFacts(1_700_000_000_123_456, "bin.1", 100, 5, "uuid:7")
OFFSET = BinlogOffset("bin.1", 4, "uuid:1-6", event=2, server_id=5, ts_sec=1_700_000_000)
TABLE = Table(
    TableId("db", "t"),
    (Column("id", 1, 4, "INT", optional=False), Column("v", 2, 12, "VARCHAR", charset="utf8mb4")),
    ("id",),
)
KEYLESS = Table(TableId("db", "k"), TABLE.columns)
IDENTITY = ConnectorIdentity("mysql", "3.6", "run")


def builder(**options):
    config = {"topic.prefix": "srv", **{key.replace("_", "."): value for key, value in options.items()}}
    return RecordBuilder(envelope_config(config, IDENTITY))


def changes(operation, images, table=TABLE, **facts):
    return RowChanges(table, operation, images, FACTS, OFFSET, **facts)


def operations(batch):
    return [None if record.value is None else record.value["op"] for record in batch]


@pytest.mark.parametrize(
    ("operation", "image", "options", "expected"),
    [
        ("c", (None, (1, b"a")), {}, ["c"]),
        ("r", (None, (1, b"a")), {}, ["r"]),
        ("d", ((1, b"a"), None), {}, ["d", None]),
        ("d", ((1, b"a"), None), {"tombstones_on_delete": "false"}, ["d"]),
        ("d", ((1, b"a"), None), {"skipped_operations": "d"}, []),
        ("u", ((1, b"a"), (1, b"b")), {}, ["u"]),
        ("u", ((1, b"a"), (2, b"b")), {}, ["d", None, "c"]),
        ("u", ((1, b"a"), (2, b"b")), {"tombstones_on_delete": "false"}, ["d", "c"]),
        ("u", ((1, b"a"), (2, b"b")), {"skipped_operations": "c,d"}, ["d", None, "c"]),
        ("u", ((1, b"a"), (1, b"b")), {"skipped_operations": "u"}, []),
        ("u", ((1, b"a"), (1, b"a")), {"skip_messages_without_change": "true"}, []),
        ("u", ((1, b"a"), (1, b"a")), {}, ["u"]),
    ],
)
def test_records_of_a_row(operation, image, options, expected):
    batch = builder(**options).rows(changes(operation, [image, image]))
    assert operations(batch) == expected * 2
    assert len(batch) == 2 * len(expected)


def test_truncates_are_left_out_unless_asked_for():
    assert len(builder().rows(changes("t", []))) == 0
    (record,) = builder(skipped_operations="none").rows(changes("t", []))
    assert (record.key, record.key_schema, record.value["op"]) == (None, None, "t")
    assert record.value["before"] is record.value["after"] is None


def test_a_deleted_row_of_a_keyless_table_has_an_empty_tombstone():
    delete, tombstone = builder().rows(changes("d", [((1, b"a"), None)], KEYLESS))
    assert delete.key is None
    assert (tombstone.key_schema, tombstone.key, tombstone.value_schema, tombstone.value) == (None, None, None, None)
    assert tombstone.headers == delete.headers


def test_a_changed_key_is_named_in_headers():
    delete, tombstone, create = builder().rows(changes("u", [((1, b"a"), (2, b"b"))]))
    assert (delete.headers[0].name, delete.headers[0].value["id"]) == ("__debezium.newkey", 2)
    assert (create.headers[0].name, create.headers[0].value["id"]) == ("__debezium.oldkey", 1)
    assert tombstone.headers == delete.headers
    assert [header.value for header in create.headers[1:]] == ["srv", "0", "mysql", "run"]


def test_source_block_of_streamed_rows():
    first, second = builder().rows(changes("c", [(None, (1, b"a")), (None, (2, b"b"))], first_row=3, event_rows=5))
    source = dict(first.value["source"].items())
    assert source == {
        "version": "3.6",
        "connector": "mysql",
        "name": "srv",
        "ts_ms": 1_700_000_000_123,
        "snapshot": None,
        "db": "db",
        "sequence": None,
        "ts_us": 1_700_000_000_123_456,
        "ts_ns": 1_700_000_000_123_456_000,
        "table": "t",
        "server_id": 5,
        "gtid": "uuid:7",
        "file": "bin.1",
        "pos": 100,
        "row": 3,
        "thread": None,
        "query": None,
    }
    assert second.value["source"]["row"] == 4


def test_snapshot_rows_carry_their_markers_and_no_row_number_in_their_offset():
    markers = [SnapshotMarker.FIRST, SnapshotMarker.TRUE, SnapshotMarker.LAST]
    rows = replace(changes("r", [(None, (i, b"")) for i in range(3)], markers=markers), offset=BinlogOffset("f", 1))
    batch = builder().rows(rows)
    assert [record.value["source"]["snapshot"] for record in batch] == ["first", "true", "last"]
    assert [record.value["source"]["row"] for record in batch] == [0, 0, 0]
    assert batch.source_offset(2) == {"file": "f", "pos": 1}


def test_offsets_count_the_rows_of_the_event():
    images = [((1, b"a"), (2, b"a")), ((3, b"a"), (3, b"b"))]
    batch = builder().rows(changes("u", images, first_row=4))
    assert [batch.source_offset(i)["row"] for i in range(len(batch))] == [5, 5, 5, 6]
    deletes = builder().rows(changes("d", [((1, b"a"), None)] * 2))
    assert [deletes.source_offset(i)["row"] for i in range(4)] == [1, 1, 2, 2]
    assert deletes.source_partition == {"server": "srv"}


def test_offsets_have_the_order_of_a_java_hash_map():
    made = builder(provide_transaction_metadata="true")
    made.begin(TransactionBegin("uuid:7", FACTS, OFFSET))
    batch = made.rows(changes("c", [(None, (1, b"a"))], Table(TableId("db", "t0"), TABLE.columns, ("id",))))
    # As recorded from Debezium for a table of this name.
    assert list(batch.source_offset(0).items()) == [
        ("transaction_id", "uuid:7"),
        ("ts_sec", 1_700_000_000),
        ("transaction_data_collection_order_db.t0", 1),
        ("file", "bin.1"),
        ("pos", 4),
        ("gtids", "uuid:1-6"),
        ("row", 1),
        ("server_id", 5),
        ("event", 2),
    ]
    assert made.offset_map(BinlogOffset("", 0, snapshot="INITIAL")) == {"file": "", "pos": 0, "snapshot": "INITIAL"}


def test_transactions_are_counted_over_batches_and_tables():
    made = builder(provide_transaction_metadata="true")
    (begin,) = made.begin(TransactionBegin("uuid:7", FACTS, OFFSET))
    assert (begin.topic, begin.partition, begin.key["id"], begin.headers) == ("srv.transaction", None, "uuid:7", ())
    first = made.rows(changes("c", [(None, (1, b"a")), (None, (2, b"a"))]))
    moved = made.rows(changes("u", [((1, b"a"), (9, b"a"))]))
    other = made.rows(changes("d", [((1, b"a"), None)], KEYLESS))
    blocks = [
        tuple(record.value["transaction"].values)
        for batch in (first, moved, other)
        for record in batch
        if record.value is not None
    ]
    assert blocks == [("uuid:7", 1, 1), ("uuid:7", 2, 2), ("uuid:7", 3, 3), ("uuid:7", 4, 4), ("uuid:7", 5, 1)]
    order = "transaction_data_collection_order_db.t"
    assert [first.source_offset(i)[order] for i in range(2)] == [1, 2]
    assert [moved.source_offset(i)[order] for i in range(3)] == [3, 3, 4]
    end_batch = made.end(TransactionEnd("uuid:7", FACTS, OFFSET))
    (end,) = end_batch
    assert (end.value["status"], end.value["event_count"]) == ("END", 5)
    assert [tuple(item.values) for item in end.value["data_collections"]] == [("db.k", 1), ("db.t", 4)]
    assert end_batch.source_offset(0)[order] == 4
    assert order not in made.offset_map(OFFSET)
    assert len(made.end(TransactionEnd("uuid:7", FACTS, OFFSET))) == 0


def test_tables_of_an_end_record_have_the_order_of_a_java_hash_map():
    made = builder(provide_transaction_metadata="true")
    made.begin(TransactionBegin("x", FACTS, OFFSET))
    for name in ["b", "products", "orders", "lines", "customers", "addresses", "z", "a"]:
        made.rows(changes("c", [(None, (1, b""))], Table(TableId("inventory", name), TABLE.columns, ("id",))))
    (end,) = made.end(TransactionEnd("x", FACTS, OFFSET))
    names = [item["data_collection"].removeprefix("inventory.") for item in end.value["data_collections"]]
    assert names == ["a", "lines", "customers", "addresses", "z", "orders", "products", "b"]


def test_a_restored_transaction_goes_on():
    made = builder(provide_transaction_metadata="true")
    made.restore({"transaction_id": "x", "transaction_data_collection_order_db.t": 3, "pos": 4})
    assert len(made.begin(TransactionBegin("x", FACTS, OFFSET))) == 0
    (record,) = made.rows(changes("c", [(None, (1, b""))]))
    assert tuple(record.value["transaction"].values) == ("x", 4, 4)
    assert len(made.begin(TransactionBegin("y", FACTS, OFFSET))) == 1


def test_without_transaction_metadata_there_is_none():
    made = builder()
    assert len(made.begin(TransactionBegin("x", FACTS, OFFSET))) == 0
    (record,) = made.rows(changes("c", [(None, (1, b""))]))
    assert record.value["transaction"] is None
    assert len(made.end(TransactionEnd("x", FACTS, OFFSET))) == 0
    made.restore({"transaction_id": "x"})
    assert "transaction_id" not in made.offset_map(OFFSET)


def test_snapshot_rows_are_in_no_transaction():
    made = builder(provide_transaction_metadata="true")
    made.begin(TransactionBegin("x", FACTS, OFFSET))
    (record,) = made.rows(changes("r", [(None, (1, b""))]))
    assert record.value["transaction"] is None


def test_heartbeats_are_off_unless_asked_for():
    assert len(builder().heartbeat(Heartbeat(OFFSET))) == 0
    (record,) = builder(heartbeat_interval_ms="5000").heartbeat(Heartbeat(OFFSET))
    assert (record.topic, record.partition, record.key["serverName"]) == ("__debezium-heartbeat.srv", 0, "srv")


def test_the_clock_is_read_once_a_record():
    times = iter([1_234_567_890, 2_000_000_000])
    config = envelope_config({"topic.prefix": "srv"}, IDENTITY)
    made = RecordBuilder(replace(config, clock=lambda: next(times)))
    first, second = made.rows(changes("c", [(None, (1, b"")), (None, (2, b""))]))
    assert [first.value[name] for name in ("ts_ms", "ts_us", "ts_ns")] == [1234, 1_234_567, 1_234_567_890]
    assert second.value["ts_ns"] == 2_000_000_000


def test_rows_that_are_shorter_than_their_table_are_refused():
    with pytest.raises(SchemaError, match=r"A row of table db\.t has 1 columns where its known definition has 2"):
        list(builder().rows(changes("c", [(None, (1,))])))


def test_schemas_are_kept_for_a_table_version_and_bounded():
    made = builder()
    first, second = (next(iter(made.rows(changes("c", [(None, (1, b""))])))) for _ in range(2))
    assert first.value_schema is second.value_schema
    for i in range(VERSIONS_MAX + 5):
        made._schemas.of(Table(TableId("db", f"t{i}"), TABLE.columns, ("id",)))
    assert len(made._schemas._cache) == VERSIONS_MAX


def test_key_columns_may_be_chosen_and_keep_their_optionality():
    made = builder(message_key_columns=r"(.*)\.t:v,id;other:x")
    (record,) = made.rows(changes("c", [(None, (1, b"a"))]))
    assert [field.name for field in record.key_schema.fields] == ["v", "id"]
    assert record.key_schema.field("v").optional


@pytest.mark.parametrize("text", ["t", "t:", ":c", "t:a,;", "(:a", "d.a:x,,y", "d.a:x:y"])
def test_wrong_key_columns_are_refused(text):
    with pytest.raises(ConfigError, match=r"message\.key\.columns"):
        key_columns(text)


def test_excluded_columns_stay_in_the_key():
    config = envelope_config({"topic.prefix": "srv"}, IDENTITY, lambda _table, column: column.name != "id")
    (record,) = RecordBuilder(config).rows(changes("c", [(None, (1, b"a"))]))
    assert dict(record.value["after"].items()) == {"v": "a"}
    assert record.key["id"] == 1


def test_the_first_mapper_that_matches_a_column_is_taken():
    options = {
        "column.mask.with.3.chars": r"db\.t\.v,db\.u\.w",
        "column.truncate.to.1.chars": "db.t.V",
        "column.mask.hash.v2.SHA-256.with.salt.a.b": "db.t.v",
    }
    mappers = column_mappers(options)
    assert len(mappers) == 3
    (record,) = builder(**{key.replace(".", "_"): value for key, value in options.items() if "hash" not in key}).rows(
        changes("c", [(None, (1, b"abc"))])
    )
    assert record.value["after"]["v"] == "a"
    with pytest.raises(ConfigError, match="regular expression"):
        column_mappers({"column.mask.with.3.chars": "("})


def test_run_ids_are_ordered_uuids():
    identifier = uuid.UUID(new_run_id(1_700_000_000_123))
    assert (identifier.version, identifier.variant) == (7, uuid.RFC_4122)
    assert identifier.int >> 80 == 1_700_000_000_123
    assert new_run_id() != new_run_id()
