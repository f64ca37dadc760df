"""Whole transactions that the native engine encodes by itself: the same records and offsets as event by event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowtide.binlog.event_types import ColumnType, EventType
from rowtide.binlog.events import Query
from rowtide.binlog.files import packets_of_file
from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.binlog.native import NativeDecoder
from rowtide.changes import BinlogOffset, RowChanges, SchemaChange, WholeTransactions
from rowtide.connect.record import EncodedRecord, RecordBatch
from rowtide.envelope import ConnectorIdentity, RecordBuilder
from rowtide.envelope.native_transactions import TransactionsBatch
from rowtide.errors import RowtideError, SchemaError
from rowtide.mysql.settings import Flavor
from rowtide.runtime.task.encoder import TaskEncoder
from rowtide.source.catalog import agrees
from rowtide.source.described_table import described_table
from rowtide.streaming.stream import BinlogStream, StreamOptions
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Column, Table, TableId
from rowtide.types import jdbc
from tests.differential.both import drained
from tests.differential.chains import DEBEZIUM, KAFKA, UNWRAP, chain_of
from tests.differential.records import EVENT_TYPES, Setting, encoder_of
from tests.settings import envelope_config
from tests.unit.binlog.wire import Stream, event_bytes, rows_body, u

GOLDEN = Path(__file__).parent.parent / "golden" / "binlog"
FILES = sorted(path for path in GOLDEN.glob("*.bin") if path.name != "damaged.bin")
JSON = Setting({}, {"schemas.enable": "false"})

Chain = Sequence[dict[str, str]]

CHAINS: list[Chain] = [
    (),
    ({"type": f"{KAFKA}RegexRouter", "regex": ".*", "replacement": "all"},),
    (UNWRAP,),
    ({**UNWRAP, "delete.tombstone.handling.mode": "rewrite", "add.headers": "db", "add.fields": "source.pos"},),
    ({**UNWRAP, "add.headers": "op,source.pos"},),
    ({"type": f"{DEBEZIUM}Filter", "language": "python", "condition": "value.op != 'c'", "topic.regex": ".*t1"},),
    ({"type": f"{KAFKA}Filter", "predicate": "tombstone"},),
]


class Tables:
    """The schema history, or what the events tell; every third table is not captured."""

    def __init__(self, schemas: SchemaState, flavor: str) -> None:
        self._schemas = schemas
        self._flavor = flavor

    def captured(self, table: TableId) -> bool:
        return len(table.table) % 3 != 0

    def table_for(self, table_map: Any) -> Table | None:
        table = self._schemas.table(TableId(table_map.database, table_map.table))
        if table is not None and agrees(table, table_map):
            return table
        told = described_table(table_map, self._flavor)
        if told is None:
            raise SchemaError("not known")
        return told


class Generated:
    """Tables t1 to t4, of which t3 is not captured; a definition changes with each statement."""

    def __init__(self) -> None:
        self.version = 0

    def captured(self, table: TableId) -> bool:
        return table.table != "t3"

    def table_for(self, table_map: Any) -> Table | None:
        columns = (
            Column("id", 1, jdbc.INTEGER, "INT"),
            Column(f"name{self.version}", 2, jdbc.VARCHAR, "VARCHAR", length=50, charset="utf8mb4"),
        )
        key = ("id",) if table_map.table != "t2" else ()
        return Table(TableId("db", table_map.table), columns, key)


class Reading:
    """One way through a log: what was sent, and the offset that would be stored after each record."""

    def __init__(
        self, flavor: Flavor, options: dict[str, str], *, lane: bool, generated: bool = False, chain: Chain = ()
    ) -> None:
        config = envelope_config(options, ConnectorIdentity(flavor, "3.5", "run"))
        self.encoder = TaskEncoder(encoder_of(JSON).converters, chain_of(*chain) if chain else None)
        self.builder = RecordBuilder(config)
        made = self.builder.new_lane(commit_times=flavor == "mysql") if lane else None
        self.decoder = NativeDecoder(made)
        schemas = SchemaState(flavor)
        gtids = MariadbGtidSet() if flavor == "mariadb" else MysqlGtidSet()
        operations = frozenset("cud") - frozenset(options.get("skipped.operations", "t").split(","))
        stream_options = StreamOptions(
            flavor=flavor, operations=operations, commit_time=flavor == "mysql", on_unknown_table="ignore"
        )
        self.tables = Generated() if generated else Tables(schemas, flavor)
        self.stream = BinlogStream(BinlogOffset("start", 4), gtids, schemas, self.tables, stream_options)
        self.stream.lane = made
        self.records: dict[str, list[object]] = {}
        self.offsets: list[object] = []
        self.runs = self.longest_run = 0
        self.errors: list[str] = []

    def read(self, chunk: bytes) -> None:
        self.stream.set_lane()
        batches: list[RecordBatch] = []
        for event in drained(self.decoder, chunk):
            if event.header.type == EventType.MARIADB_ANNOTATE_ROWS:
                continue  # as the client, which asked for none
            try:
                batches += self._batches(event)
            except RowtideError as error:
                self.errors.append(str(error))
            if isinstance(event, Query) and event.sql.startswith("ALTER") and isinstance(self.tables, Generated):
                self.tables.version += 1
        for batch in batches:
            self._send(batch)

    def _batches(self, event: Any) -> Iterator[RecordBatch]:
        for change in self.stream.changes(event):
            if isinstance(change, WholeTransactions):
                self.runs += 1
                batch = self.builder.transactions(change)
                self.longest_run = max(self.longest_run, len(batch))
                yield batch
            elif isinstance(change, RowChanges):
                yield self.builder.rows(change)
            elif not isinstance(change, SchemaChange):
                yield self.builder.begin(change) if hasattr(change, "id") else self.builder.heartbeat(change)

    def _send(self, batch: RecordBatch) -> None:
        pieces = batch.encode_batch(self.encoder)
        self.offsets += [batch.source_offset(i) for i in self._left(batch)]
        if pieces is None:
            for record in self._transformed(batch):
                self._sent(record.topic, record.key, record.value, record.headers)
            return
        done = 0
        for piece in pieces:
            for i, (key, value) in enumerate(zip(piece.records.keys(), piece.records.values(), strict=True)):
                self._sent(piece.topic, key, value, piece.own_headers.get(i, piece.headers))
            done += len(piece) if piece.completes is None else piece.completes
        assert done == len(batch)

    def _left(self, batch: RecordBatch) -> Iterable[int]:
        """The places of the records that transforms leave; those of a run are what is left already."""
        transforms = self.encoder.transforms
        if transforms is None or isinstance(batch, TransactionsBatch):
            return range(len(batch))
        return [i for i, record in enumerate(batch) if transforms.transformed(record) is not None]

    def _transformed(self, batch: RecordBatch) -> Iterator[EncodedRecord]:
        transforms = self.encoder.transforms
        for record in batch:
            left = record if transforms is None else transforms.transformed(record)
            if left is not None:
                yield self.encoder.encode(left)

    def _sent(self, topic: str, key: bytes | None, value: bytes | None, headers: list[Any]) -> None:
        shown = None if value is None else json.loads(value)
        if isinstance(shown, dict):
            shown |= {"ts_ms": 0, "ts_us": 0, "ts_ns": 0}
        self.records.setdefault(topic, []).append((key, shown, headers))

    def state(self) -> object:
        tracker = self.stream.tracker
        last = tracker.file, tracker.position, tracker.gtid, tracker.row, tracker.completed_gtids
        return self.stream.resume_point(), last


class Log:
    """The bytes of a log, with a time for each event."""

    def __init__(self, flavor: str) -> None:
        version = "10.11.19-MariaDB-log" if flavor == "mariadb" else "8.0.34"
        self.flavor = flavor
        self.stream = Stream(checksum=False, version=version).begin()
        self.numbers = 0

    def event(self, kind: int, body: bytes, seconds: int) -> None:
        self.stream.position += 19 + len(body)
        made = event_bytes(kind, body, self.stream.position, checksum=False)
        self.stream.raw(u(1_700_000_000 + seconds, 4) + made[4:])

    def query(self, sql: str, seconds: int) -> None:
        self.event(EventType.QUERY, u(77, 4) + u(0, 4) + b"\x02" + u(0, 2) + u(0, 2) + b"db\0" + sql.encode(), seconds)

    def gtid(self, source: int, seconds: int) -> None:
        self.numbers += 1
        if self.flavor == "mariadb":
            self.event(EventType.MARIADB_GTID, u(self.numbers, 8) + u(source, 4) + b"\0" + bytes(6), seconds)
            return
        commit = u(1_700_000_000_000_000 + self.numbers, 7)
        body = b"\1" + bytes([source]) * 16 + u(self.numbers, 8) + b"\2" + u(1, 8) + u(2, 8) + commit
        self.event(EventType.GTID, body, seconds)

    def rows(self, operation: str, table: int, rows: Sequence[tuple[int, str]], seconds: int) -> None:
        name = f"t{table}".encode()
        types = bytes([ColumnType.LONG, ColumnType.VARCHAR])
        head = u(table, 6) + u(1, 2) + b"\x02db\0" + bytes([len(name)]) + name + b"\0"
        self.event(EventType.TABLE_MAP, head + b"\x02" + types + b"\x02" + u(200, 2) + b"\3", seconds)
        images = b"".join(b"\0" + u(key, 4) + bytes([len(text.encode())]) + text.encode() for key, text in rows)
        kind = EVENT_TYPES[operation]
        self.event(kind, rows_body(kind, table, 2, images), seconds + 1)


KEYS, TEXTS = st.integers(0, 5), st.sampled_from(["", "a", "é", "x" * 40])
ROW_EVENTS = st.tuples(
    st.sampled_from("ccuud"), st.integers(1, 4), st.lists(st.tuples(KEYS, TEXTS), min_size=2, max_size=4), st.booleans()
)
TRANSACTIONS = st.tuples(
    st.sampled_from([*["rows"] * 12, "commit", "statement", "rotate", "unfinished"]),
    st.integers(1, 3),
    st.integers(0, 50),
    st.lists(ROW_EVENTS, max_size=3),
)


def log_of(flavor: str, transactions: Sequence[Any]) -> bytes:
    log = Log(flavor)
    for kind, source, seconds, events in transactions:
        log.gtid(source, seconds)
        if kind == "statement":
            log.query("ALTER TABLE t1 ADD x INT", seconds)
            continue
        if kind == "rotate":
            log.event(EventType.ROTATE, u(4, 8) + f"file{log.numbers}".encode(), 0)
            continue
        if flavor == "mysql":
            log.query("BEGIN", seconds + 1)
        for operation, table, rows, same_key in events:
            pairs = (
                rows if operation != "u" else [row for old in rows for row in (old, (old[0] + (not same_key), "new"))]
            )
            log.rows(operation, table, pairs, seconds + 2)
        if kind == "rows":
            log.event(EventType.XID, u(9, 8), seconds + 5)
        elif kind == "commit":
            log.query("COMMIT", seconds + 5)
    return log.stream.data


def stream_of(path: Path) -> bytes:
    return b"".join(packets_of_file(path.read_bytes()))


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", "native")


@pytest.mark.parametrize("chunk", [700, 5000, 1 << 18])
@pytest.mark.parametrize(
    "options",
    [{}, {"skipped.operations": "u,t"}, {"tombstones.on.delete": "false"}],
    ids=["plain", "no-u", "no-tombstones"],
)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_logs_give_the_same_records_and_offsets(path: Path, options: dict[str, str], chunk: int) -> None:
    flavor = path.stem.split("-")[0]
    data = stream_of(path)
    ways = [Reading(flavor, options, lane=lane) for lane in (False, True)]
    for start in range(0, len(data), chunk):
        for way in ways:
            way.read(data[start : start + chunk])
        assert ways[1].state() == ways[0].state()
    assert ways[1].records == ways[0].records
    assert ways[1].offsets == ways[0].offsets
    assert ways[1].errors == ways[0].errors
    assert ways[0].runs == 0


@pytest.mark.parametrize("flavor", ["mariadb", "mysql"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    transactions=st.lists(TRANSACTIONS, max_size=40),
    options=st.sampled_from([{}, {"skipped.operations": "u,t"}, {"tombstones.on.delete": "false"}]),
    chunk=st.sampled_from([40, 300, 1500, 1 << 18]),
    chain=st.sampled_from(CHAINS),
)
def test_generated_logs_give_the_same_records_and_offsets(
    flavor: Flavor, transactions: list[Any], options: dict[str, str], chunk: int, chain: Chain
) -> None:
    data = log_of(flavor, transactions)
    ways = [Reading(flavor, options, lane=lane, generated=True, chain=chain) for lane in (False, True)]
    for start in range(0, len(data), chunk):
        for way in ways:
            way.read(data[start : start + chunk])
        assert ways[1].state() == ways[0].state()
        assert (ways[1].records, ways[1].errors) == (ways[0].records, ways[0].errors)
    if len({len(way.records) for way in ways}) == 1 and len(ways[1].records) <= 1:
        assert ways[1].offsets == ways[0].offsets
    assert sorted(map(repr, ways[1].offsets)) == sorted(map(repr, ways[0].offsets))


@pytest.mark.parametrize("flavor", ["mariadb", "mysql"])
@pytest.mark.parametrize("chain", CHAINS[:4])
def test_small_transactions_of_known_tables_become_runs(flavor: Flavor, chain: Chain) -> None:
    way = Reading(flavor, {}, lane=True, generated=True, chain=chain)
    rows = [("c", 1, [(1, "a"), (2, "b")], True), ("c", 3, [(1, "a")], True), ("u", 2, [(1, "a")], True)]
    data = log_of(flavor, [("rows", 1, 5, rows)] * 100)
    way.read(data[:1000])
    way.read(data[1000:])
    assert way.runs == 1
    assert sum(map(len, way.records.values())) == 300
    assert len(way.offsets) == 300


def test_records_much_longer_than_their_events_make_several_runs_or_none() -> None:
    def inserts(rows: int) -> tuple[str, int, int, list[object]]:
        return "rows", 1, 5, [("c", 1, [(key, "a") for key in range(rows)], True)]

    known, encoded_mib = log_of("mariadb", [inserts(2)] * 2), 16
    log = log_of("mariadb", [*[inserts(2)] * 2, *[inserts(1000)] * 30, inserts(40_000)])
    way = Reading("mariadb", {}, lane=True, generated=True)
    way.read(known)
    before = way.runs
    way.read(log[len(known) :])
    assert len(log) < 1 << 20, "by their events all of them were one run"
    (sent,) = way.records.values()
    assert len(sent) == 4 + 30_000 + 40_000
    assert 40_000 * len(json.dumps(sent[-1][1])) > encoded_mib << 20
    assert way.runs - before > 1, "short transactions fill more than one run"
    assert way.longest_run < 40_000, "a transaction that is too long by itself is read event by event"
