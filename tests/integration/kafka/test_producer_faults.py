"""Records stay whole, in order and single whatever happens between a producer and its brokers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from rowtide import native
from rowtide.connect.record import EncodedRecord
from rowtide.errors import ConnectError
from rowtide.kafka.partitioner import partition_of
from rowtide.kafka.producer import RecordProducer
from tests.integration.kafka.broker_proxy import BrokerProxy
from tests.integration.kafka.cutting_proxy import CuttingProxy

pytestmark = pytest.mark.kafka


@pytest.fixture(params=["reference", "native"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(native.ENGINE_VARIABLE, request.param)
    return str(request.param)


@pytest.fixture
def native_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(native.ENGINE_VARIABLE, "native")


def records(topic: str, count: int, size: int = 40) -> Iterator[EncodedRecord]:
    """Records that compress badly, numbered by their keys."""
    for number in range(count):
        yield EncodedRecord(topic, None, b"%d" % number, os.urandom(size), [("n", b"%d" % number)])


def consumed(properties, topic: str, partitions: int = 1) -> list[tuple[int, bytes]]:
    """Partition and key of all records, in each partition's order."""
    consumer = Consumer({**properties, "group.id": "k-test", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    found, ended = [], 0
    while ended < partitions:
        message = consumer.poll(30)
        assert message is not None, f"{len(found)} records, {ended} ends"
        if message.error() is not None:
            ended += 1
        else:
            assert message.headers() == [("n", message.key())]
            found.append((message.partition(), message.key()))
    consumer.close()
    return found


def proxied(properties, proxy: CuttingProxy) -> dict[str, str]:
    return {**properties, "bootstrap.servers": f"127.0.0.1:{proxy.port}"}


def broker_port(properties) -> int:
    return int(properties["bootstrap.servers"].rpartition(":")[2])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("seed", range(3))
def test_no_record_is_lost_doubled_or_moved_when_connections_break(make_topic, properties, seed: int) -> None:
    topic = make_topic(1)
    proxy = CuttingProxy(broker_port(properties), seed, cuts=20)
    producer = RecordProducer({**proxied(properties, proxy), "batch.size": "10000", "compression.type": "lz4"})
    for number, record in enumerate(records(topic, 20_000)):
        producer.send(record)
        if number % 500 == 0:
            time.sleep(0.01)
    mark = producer.mark(30)
    assert producer.flush(120) == 0
    producer.raise_failure()
    assert producer.acknowledged(mark)
    producer.close(5)
    proxy.close()
    assert proxy.unanswered > 0
    assert proxy.lost > 0
    assert [key for _, key in consumed(properties, topic)] == [b"%d" % number for number in range(20_000)]


@pytest.mark.usefixtures("native_engine")
def test_batches_that_a_topic_finds_too_long_are_divided(make_topic, properties) -> None:
    topic = make_topic(1, **{"max.message.bytes": "4000"})
    producer = RecordProducer({**properties, "compression.type": "lz4"})
    producer.send_all(records(topic, 1000, size=100))
    assert producer.flush(60) == 0
    producer.raise_failure()
    producer.close(5)
    assert [key for _, key in consumed(properties, topic)] == [b"%d" % number for number in range(1000)]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_read_by_others(make_topic, properties, codec: str) -> None:
    topic = make_topic(1)
    producer = RecordProducer({**properties, "compression.type": codec})
    producer.send_all(records(topic, 500, size=1000))
    assert producer.close(30) == 0
    assert len(consumed(properties, topic)) == 500


@pytest.mark.usefixtures("engine")
def test_records_sent_before_brokers_are_there_find_their_partitions(make_topic, properties) -> None:
    topic = make_topic(3)
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        producer = RecordProducer({**properties, "bootstrap.servers": f"127.0.0.1:{port}"})
        producer.send_all(records(topic, 3000))
        assert producer.outstanding() == 3000
    proxy = BrokerProxy(broker_port(properties), port)
    assert producer.flush(60) == 0
    producer.raise_failure()
    producer.close(5)
    proxy.close()
    found = consumed(properties, topic, 3)
    assert sorted(int(key) for _, key in found) == list(range(3000))
    assert all(partition == partition_of(key, 3) for partition, key in found)
    for partition in range(3):
        numbers = [int(key) for place, key in found if place == partition]
        assert numbers == sorted(numbers)


@pytest.mark.usefixtures("engine")
def test_a_record_that_cannot_be_delivered_in_time_fails(properties) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        bootstrap = f"127.0.0.1:{reserved.getsockname()[1]}"
        producer = RecordProducer(
            {**properties, "bootstrap.servers": bootstrap, "delivery.timeout.ms": "1500", "request.timeout.ms": "1000"}
        )
        producer.send(EncodedRecord("any", None, b"k", b"v", []))
        assert producer.flush(30) == 0
        with pytest.raises(ConnectError, match="MSG_TIMED_OUT"):
            producer.raise_failure()
        producer.close(0)


@pytest.mark.usefixtures("engine")
def test_without_idempotence_records_arrive_as_well(make_topic, properties) -> None:
    topic = make_topic(1)
    producer = RecordProducer({**properties, "acks": "1", "linger.ms": "20"})
    producer.send_all(records(topic, 2000))
    assert producer.close(30) == 0
    assert len(consumed(properties, topic)) == 2000


@pytest.mark.usefixtures("engine")
def test_records_without_a_key_are_spread(make_topic, properties) -> None:
    topic = make_topic(3, **{"cleanup.policy": "delete"})
    producer = RecordProducer({**properties, "batch.size": "1000"})
    producer.send(EncodedRecord(topic, None, b"0", b"", [("n", b"0")]))
    assert producer.flush(30) == 0
    for _ in range(200):
        producer.send_all(EncodedRecord(topic, None, None, bytes(100), [("n", None)]) for _ in range(10))
    assert producer.close(30) == 0
    consumer = Consumer({**properties, "group.id": "k-test"})
    ends = [consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1] for number in range(3)]
    consumer.close()
    assert sum(ends) == 2001
    assert all(ends), ends
