"""CPU a record of what happens in Python when transforms look at records: `bin/bench smt`.

From the log's bytes in memory through stream, envelope, chain and converters to what the producer would be given, for
rows of the race's table, 100 a transaction.

    bench smt                 every case, as JSON
    bench smt --format avro   json, schemas or avro
    bench smt topic header    these cases only
    bench smt --profile CASE  where the time goes
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rowtide.binlog.gtid import MariadbGtidSet
from rowtide.binlog.native import NativeDecoder
from rowtide.changes import BinlogOffset, Heartbeat, RowChanges
from rowtide.connect.plugins import Config, Transformation
from rowtide.connect.record import EncodedBatch, EncodedRecord, Header, SourceRecord
from rowtide.connect.schema import STRING, Struct
from rowtide.envelope import ConnectorIdentity, RecordBuilder
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.sender import BatchSender, DestinationTopics
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance
from rowtide.streaming.stream import BinlogStream, StreamOptions
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Table, TableId
from rowtide.transforms.chain import Step, TransformationChain, build_chain
from tests.differential.records import Setting, encoder_of
from tests.settings import envelope_config
from tests.speed.race_log import TABLE, RaceLog

FORMATS = {
    "json": Setting({}, {"schemas.enable": "false"}),
    "schemas": Setting({}, {"schemas.enable": "true"}),
    "avro": Setting({}, {}, avro=True),
}
KAFKA = "org.apache.kafka.connect.transforms."


class OwnTransformation(Transformation):
    """One that a user writes."""

    def __init__(self, change: Callable[[SourceRecord], SourceRecord]) -> None:
        self._change = change

    def configure(self, config: Config) -> None:
        pass

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        return self._change(record)


def _header(record: SourceRecord) -> SourceRecord:
    after = record.value["after"]  # type: ignore[index]
    return replace(record, headers=(*record.headers, Header("sku", STRING, after["sku"])))


def _field(record: SourceRecord) -> SourceRecord:
    value: Any = record.value
    row = value["after"]
    changed = Struct(row.schema, list(row.values))
    changed["note"] = "changed"
    made = Struct(value.schema, list(value.values))
    made["after"] = changed
    return replace(record, value=made)


OWN: dict[str, Callable[[SourceRecord], SourceRecord]] = {
    "topic": lambda record: replace(record, topic="all"),
    "header": _header,
    "field": _field,
}
NAMED: dict[str, Mapping[str, str]] = {
    "cast": {"type": f"{KAFKA}Cast$Value", "spec": "ts_ms:string"},
    "insert": {"type": f"{KAFKA}InsertField$Value", "static.field": "site", "static.value": "north"},
    "extract": {"type": "io.debezium.transforms.ExtractNewRecordState"},
}
CASES = ("none", *OWN, *NAMED)


class Plugins:
    def __init__(self) -> None:
        self._registry = PluginRegistry.installed()

    def transformation(self, name: str) -> Any:
        return load(self._registry.find(PluginKind.TRANSFORMATION, name))

    def predicate(self, name: str) -> Any:
        return load(self._registry.find(PluginKind.PREDICATE, name))


def chain_of(case: str) -> TransformationChain:
    if case == "none":
        return TransformationChain()
    if case in OWN:
        return TransformationChain([Step("own", OwnTransformation(OWN[case]))])
    options = {f"transforms.x.{name}": value for name, value in NAMED[case].items()}
    return build_chain({"transforms": "x", **options}, Plugins())


class Counting:
    """In place of a producer: takes everything."""

    def __init__(self) -> None:
        self.records = self.bytes = 0

    def send(self, record: EncodedRecord) -> None:
        self.records += 1
        self.bytes += len(record.value or b"")

    def send_batch(self, batch: EncodedBatch) -> Iterator[int]:
        self.records += len(batch)
        self.bytes += batch.records.size
        yield len(batch)


class Tables:
    def captured(self, table: TableId) -> bool:
        return True

    def table_for(self, table_map: object) -> Table:
        return TABLE


class Task:
    """What a task's loop does with the bytes that it receives."""

    def __init__(self, case: str, setting: Setting) -> None:
        self.producer = Counting()
        config = envelope_config({}, ConnectorIdentity("mariadb", "3.5", "run"))
        self._builder = RecordBuilder(config)
        lane = self._builder.new_lane(commit_times=False)
        self._decoder = NativeDecoder(lane)
        start = BinlogOffset("start", 4)
        options = StreamOptions(flavor="mariadb")
        self._stream = BinlogStream(start, MariadbGtidSet(), SchemaState("mariadb"), Tables(), options)
        self._stream.lane = lane
        tolerance = ErrorTolerance("bench-0", ErrorOptions(), Control())
        topics = DestinationTopics(None, None)
        producer: Any = self.producer
        self._sender = BatchSender(chain_of(case), encoder_of(setting), tolerance, producer, topics)

    def take(self, data: bytes) -> None:
        self._stream.set_lane()
        events = self._decoder.feed(data)
        while self._decoder.pending:
            events += self._decoder.feed(b"")
        for event in events:
            for change in self._stream.changes(event):
                if isinstance(change, RowChanges):
                    self._sender.send(self._builder.rows(change))
                elif hasattr(change, "records"):
                    self._sender.send(self._builder.transactions(change))
                elif isinstance(change, Heartbeat):
                    self._sender.send(self._builder.heartbeat(change))


def measured(case: str, setting: Setting, rows: int, profile: cProfile.Profile | None) -> float:
    """µs of the thread's CPU time a record."""
    task, log = Task(case, setting), RaceLog()
    log.transaction(100)
    task.take(log.take())  # what is prepared once
    pieces = []
    for _ in range(max(1, rows // 2000)):
        for _ in range(20):
            log.transaction(100)
        pieces.append(log.take())
    before, begun = task.producer.records, time.thread_time()
    if profile is not None:
        profile.enable()
    for piece in pieces:
        task.take(piece)
    if profile is not None:
        profile.disable()
    return (time.thread_time() - begun) / (task.producer.records - before) * 1e6


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "bench smt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], metavar="CASE")
    parser.add_argument("--format", choices=FORMATS, default="json")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args(arguments)
    if unknown := [case for case in options.cases if case not in CASES]:
        parser.error(f"no case is named {' '.join(unknown)}; there are {' '.join(CASES)}")
    for case in options.cases or CASES:
        profile = cProfile.Profile() if options.profile else None
        spent = measured(case, FORMATS[options.format], options.rows, profile)
        print(f"{case:8} {spent:7.2f} us of CPU a record", flush=True)
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
