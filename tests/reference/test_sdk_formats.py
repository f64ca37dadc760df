"""What the real Debezium writes as Avro and without envelope reads as its JSON does (tests/golden/sdk)."""

from __future__ import annotations

import argparse
import time
from typing import Any

import kafka
import pytest

from rowtide_sdk import Decoder, Decoding, Delete, Insert, RawMessage, Registry, RowEvent, Unknown
from tests import servers
from tests.golden.sdk import record
from tests.unit.sdk import recordings

pytestmark = pytest.mark.reference

TABLES = ("numbers", "texts", "binaries", "times", "orders")
AVRO = "io.confluent.connect.avro.AvroConverter"
COMMON = {"provide.transaction.metadata": "true", "heartbeat.interval.ms": "500", "skipped.operations": "none"}


class Messages(record.Recording):
    """As bytes, whatever they hold."""

    def _records(self) -> list[Any]:
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=self.arguments.kafka, auto_offset_reset="earliest", metadata_max_age_ms=1000
        )
        consumer.subscribe(pattern=f"^({self.prefix}|__debezium-heartbeat.{self.prefix})(?!-history)")
        found: list[RawMessage] = []
        try:
            deadline = time.monotonic() + record.TIMEOUT_S
            while not any(message.topic.endswith(record.LAST_TABLE) for message in found):
                assert time.monotonic() < deadline, f"the last row never arrived ({len(found)} messages)"
                for batch in consumer.poll(timeout_ms=2000).values():
                    found += [self._message(message) for message in batch]
        finally:
            consumer.close()
        found.sort(key=lambda message: (message.topic, message.offset))
        return found

    @staticmethod
    def _message(read: Any) -> RawMessage:
        headers = tuple(read.headers)
        return RawMessage(read.topic, read.partition, read.offset, read.timestamp, headers, read.key, read.value)


def written(config: dict[str, str]) -> list[RawMessage]:
    arguments = argparse.Namespace(
        connect=servers.reference_url(),
        kafka=servers.kafka(),
        database=f"127.0.0.1:{servers.mariadb_port()}",
        user="root",
        password="",
    )
    messages: list[Any] = Messages(arguments, {"config": COMMON | config}).run()
    return messages


def rows_of(events: list[Any], table: str) -> list[RowEvent[Any]]:
    return [event for event in events if isinstance(event, RowEvent) and event.source.table == table]


def shown(event: RowEvent[Any]) -> Any:
    columns = None if event.schema is None else event.schema.columns
    sides = [None if row is None else {n: (type(v), v) for n, v in row.items()} for row in (event.before, event.after)]
    return event.op, event.key, event.new_key, event.old_key, *sides, event.changed, columns


def test_avro_reads_as_json_does() -> None:
    url = servers.registry_url()
    messages = written(
        {
            "key.converter": AVRO,
            "value.converter": AVRO,
            "header.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schema.registry.url": url,
            "value.converter.schema.registry.url": url,
        }
    )
    assert all(message.value is None or message.value.startswith(b"\0") for message in messages)
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(url)))
    events = [decoder.decode(message) for message in messages]
    expected = recordings.events("schema.jsonl")
    assert {type(event) for event in events} == {type(event) for event in expected}
    for table in TABLES:
        ours, theirs = rows_of(events, table), rows_of(expected, table)
        assert len(ours) == len(theirs) >= 2
        for one, other in zip(ours, theirs, strict=True):
            assert shown(one) == shown(other)


@pytest.mark.parametrize("schemas", ["true", "false"])
def test_rows_without_envelope(schemas: str) -> None:
    messages = written(
        {
            "transforms": "flat",
            "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.flat.add.fields": "op,table,source.ts_ms,source.file,source.pos",
            "transforms.flat.delete.tombstone.handling.mode": "rewrite",
            "key.converter.schemas.enable": schemas,
            "value.converter.schemas.enable": schemas,
        }
    )
    decoder: Decoder[Any] = Decoder()
    events = [decoder.decode(message) for message in messages]
    expected = recordings.events("schema.jsonl" if schemas == "true" else "plain.jsonl")
    assert [event for event in events if isinstance(event, Unknown)] == []
    for table in TABLES:
        ours, theirs = rows_of(events, table), rows_of(expected, table)
        assert len(ours) == len(theirs) >= 2
        for one, other in zip(ours, theirs, strict=True):
            assert (one.op, one.key, one.after) == (other.op, other.key, other.after)
            assert one.before == (other.before if isinstance(other, Delete) else None)
            assert (one.source.file or "").startswith("binlog.")
            assert one.source.ts_ms is not None
            if schemas == "true" and isinstance(one, Insert):
                assert one.schema is not None
                assert other.schema is not None
                assert one.schema.columns == other.schema.columns
