"""Records on their way to a real broker."""

from __future__ import annotations

import socket
import time

import pytest
from confluent_kafka import Consumer, TopicPartition

from rowtide import native
from rowtide.connect.record import EncodedRecord
from rowtide.errors import ConnectError, RetriableError
from rowtide.kafka.partitioner import partition_of
from rowtide.kafka.producer import RecordProducer
from rowtide.kafka.reader import read_key, read_keys
from tests.integration.kafka.refusing_proxy import RefusingProxy

pytestmark = pytest.mark.kafka


def consume(properties, topic: str, count: int):
    consumer = Consumer({**properties, "group.id": "k-test"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(3)])
    messages = consumer.consume(count, 30)
    consumer.close()
    return messages


def record(topic: str, key: bytes | None, value: bytes | None, **rest) -> EncodedRecord:
    return EncodedRecord(topic, rest.get("partition"), key, value, rest.get("headers", []), rest.get("timestamp"))


def test_records_arrive_whole(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    headers = [("trace", b"1"), ("trace", None), ("é", b"")]
    producer.send(record(topic, b"k", b"v", headers=headers, timestamp=1700000000123, partition=2))
    producer.send(record(topic, b"gone", None))
    assert producer.flush(30) == 0
    producer.raise_failure()
    messages = {message.key(): message for message in consume(properties, topic, 2)}
    assert messages[b"k"].headers() == headers
    assert messages[b"k"].timestamp()[1] == 1700000000123
    assert messages[b"k"].partition() == 2
    assert messages[b"gone"].value() is None
    assert messages[b"gone"].partition() == partition_of(b"gone", 3)
    assert producer.close(5) == 0
    assert producer.close(5) == 0


def test_order_holds_within_a_key_over_many_records(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer({**properties, "compression.type": "lz4"})
    sent = producer.send_all(record(topic, b"k%d" % (number % 7), b"%d" % number) for number in range(20_000))
    assert sent == 20_000
    assert producer.flush(60) == 0
    producer.raise_failure()
    assert producer.outstanding() == 0
    producer.close(5)
    last: dict[bytes, int] = {}
    for message in consume(properties, topic, 20_000):
        assert last.get(message.key(), -1) < int(message.value())
        last[message.key()] = int(message.value())
    assert sorted(last.values()) == list(range(19_993, 20_000))


def test_a_failed_delivery_is_raised_and_stays(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    producer.send(record(topic, b"k", b"v", partition=3))
    assert producer.flush(30) == 0
    for _ in range(2):
        with pytest.raises(ConnectError, match=rf"{topic}.*UNKNOWN_PARTITION"):
            producer.raise_failure()
    producer.close(5)


def test_a_record_too_large_for_the_topic_names_the_setting(make_topic, properties) -> None:
    topic = make_topic(1, **{"max.message.bytes": "1000"})
    producer = RecordProducer(properties)
    producer.send(record(topic, b"k", b"v" * 5000))
    producer.flush(30)
    with pytest.raises(ConnectError, match=r"MSG_SIZE_TOO_LARGE.*max\.message\.bytes"):
        producer.raise_failure()
    producer.close(5)


def test_a_record_too_large_for_the_producer_is_refused_at_once(make_topic, properties) -> None:
    producer = RecordProducer({**properties, "max.request.size": "2000"})
    with pytest.raises(ConnectError, match=r"producer\.override\.max\.request\.size"):
        producer.send(record(make_topic(1), b"k", b"v" * 5000))
    producer.close(5)


def test_a_full_queue_is_waited_for_until_asked_to_stop() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        began = time.monotonic()
        producer = RecordProducer(
            {"bootstrap.servers": f"127.0.0.1:{reserved.getsockname()[1]}", "buffer.memory": "20480"},
            should_stop=lambda: time.monotonic() > began + 1,
        )
        with pytest.raises(RetriableError, match="stopped"):
            producer.send_all(record("any", b"k", b"v" * 1000) for _ in range(1000))
        assert time.monotonic() - began < 5
        assert producer.flush(30) > 0, "a flush gives up too when asked to stop"
        assert producer.close(0.1) > 0


def test_keys_are_looked_up_in_a_topic(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    for key, value in ((b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"c", b"4"), (b"c", None)):
        producer.send(record(topic, key, value))
    assert producer.close(30) == 0
    assert read_key(topic, properties, lambda key: key == b"a") == b"3"
    assert read_key(topic, properties, lambda key: key == b"c") is None
    assert read_key(topic, properties, lambda key: key == b"x") is None
    found = read_keys(topic, properties, lambda key: key != b"b")
    assert {key: last.value for key, last in found.items()} == {b"a": b"3", b"c": None}


@pytest.fixture(params=["reference", "native"])
def engine(request, monkeypatch) -> str:
    if request.param == "native" and native.extension() is None:
        pytest.skip("not built")
    monkeypatch.setenv(native.ENGINE_VARIABLE, request.param)
    return request.param


@pytest.mark.usefixtures("engine")
def test_a_mark_tells_when_what_was_sent_before_it_is_delivered(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    assert producer.acknowledged(producer.mark(30)), "nothing was sent"
    for number in range(100):
        producer.send(record(topic, b"k%d" % number, b"v"))
    mark = producer.mark(30)
    producer.send(record(topic, b"later", b"v"))
    deadline = time.monotonic() + 30
    while not producer.acknowledged(mark) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert producer.acknowledged(mark)
    assert producer.flush(30) == 0
    assert producer.acknowledged(producer.mark(30))
    producer.close(5)


@pytest.mark.usefixtures("engine")
def test_a_mark_is_reached_while_records_are_sent_without_a_pause(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    deadline = time.monotonic() + 60
    sent = 0
    for _ in range(5):
        mark = producer.mark(30)
        while not producer.acknowledged(mark):
            assert time.monotonic() < deadline, f"{sent} records were sent, and a mark was not reached"
            for _ in range(100):
                producer.send(record(topic, b"k%d" % sent, b"v" * 500))
                sent += 1
        for _ in range(3000):
            producer.send(record(topic, b"k%d" % sent, b"v" * 500))
            sent += 1
    assert producer.flush(60) == 0
    producer.close(5)


def test_a_mark_that_is_not_reached_holds_records_back_no_longer_than_asked_for(monkeypatch) -> None:
    monkeypatch.setenv(native.ENGINE_VARIABLE, "reference")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        producer = RecordProducer({"bootstrap.servers": f"127.0.0.1:{reserved.getsockname()[1]}"})
        producer.send(record("any", b"k", b"v"))
        mark = producer.mark(0.5)
        began = time.monotonic()
        producer.send(record("any", b"k", b"v"))
        assert 0.4 < time.monotonic() - began < 5
        began = time.monotonic()
        for _ in range(100):
            producer.send(record("any", b"k", b"v"))
        assert time.monotonic() - began < 0.3, "a mark holds back once"
        assert not producer.acknowledged(mark)
        producer.close(0)


@pytest.mark.usefixtures("engine")
def test_a_mark_is_not_reached_while_records_are_under_way() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        producer = RecordProducer({"bootstrap.servers": f"127.0.0.1:{reserved.getsockname()[1]}"})
        producer.send(record("any", b"k", b"v"))
        marks = [producer.mark(0) for _ in range(200)]
        assert not any(producer.acknowledged(mark) for mark in marks)
        producer.close(0)


@pytest.mark.usefixtures("engine")
def test_a_failed_record_keeps_a_mark_from_being_reached(make_topic, properties) -> None:
    topic = make_topic(3)
    producer = RecordProducer(properties)
    producer.send(record(topic, b"k", b"v", partition=3))
    mark = producer.mark(0)
    producer.send(record(topic, b"k", b"v"))
    deadline = time.monotonic() + 30
    while producer.flush(5) and time.monotonic() < deadline:  # it ends at the failure
        time.sleep(0.005)
    assert producer.outstanding() == 0
    assert not producer.acknowledged(mark)
    assert not producer.acknowledged(producer.mark(30))
    with pytest.raises(ConnectError):
        producer.raise_failure()
    producer.close(5)


@pytest.mark.usefixtures("engine")
def test_the_first_record_of_a_partition_is_there_after_its_leader_refused_it(make_topic, properties) -> None:
    topic, other = make_topic(1), make_topic(1)
    proxy = RefusingProxy(int(properties["bootstrap.servers"].rpartition(":")[2]))
    producer = RecordProducer({"bootstrap.servers": f"127.0.0.1:{proxy.port}"})
    producer.send(record(other, b"k", b"the producer has its number now"))
    assert producer.flush(30) == 0
    proxy.arm()
    for number in range(4):
        producer.send(record(topic, b"%d" % number, b"v"))
        time.sleep(0.05)  # a request for each, if they don't wait
    mark = producer.mark(30)
    assert producer.flush(30) == 0
    producer.raise_failure()
    assert producer.acknowledged(mark)
    producer.close(5)
    proxy.close()
    assert proxy.followed is not None, "nothing was refused"
    consumer = Consumer({**properties, "group.id": "k-test"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    keys = [message.key() for message in consumer.consume(4, 10)]
    consumer.close()
    assert keys == [b"0", b"1", b"2", b"3"]
