"""The log on a topic keeps the promises of a log, also with transactions and without brokers."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from rowtide.errors import BadRequestError, ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.kafka.log import LogRecord, TopicLog
from tests.unit.kafka.log_conformance import PARTITIONS, LogConformance, OpenLog

pytestmark = pytest.mark.kafka


class TestTopicLog(LogConformance):
    @pytest.fixture
    def open_log(self, admin, make_topic, properties) -> OpenLog:
        topic = make_topic(PARTITIONS)
        return lambda on_record: TopicLog(topic, properties, on_record, admin=admin)


@pytest.fixture
def transaction(properties) -> Iterator[Producer]:
    producer = Producer({**properties, "transactional.id": f"k-test-{uuid.uuid4().hex}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    yield producer
    producer.close()


def test_markers_at_the_end_do_not_hold_a_reader_up(admin, make_topic, properties, transaction) -> None:
    topic = make_topic()
    transaction.produce(topic, b"aborted", b"k")
    transaction.flush(30)
    transaction.abort_transaction(30)
    read: list[LogRecord] = []
    log = TopicLog(topic, {**properties, "isolation.level": "read_committed"}, read.append, admin=admin)
    log.start(30)
    log.close()
    assert read == []


def test_reading_committed_records_waits_for_an_open_transaction(admin, make_topic, properties, transaction) -> None:
    topic = make_topic()
    read: list[LogRecord] = []
    log = TopicLog(topic, {**properties, "isolation.level": "read_committed"}, read.append, admin=admin)
    log.start(30)
    transaction.produce(topic, b"v", b"k")
    transaction.flush(30)
    with pytest.raises(KafkaUnavailableError, match="end of topic"):
        log.read_to_end(1)
    threading.Timer(0.5, transaction.commit_transaction).start()
    log.read_to_end(30)
    log.close()
    assert [record.value for record in read] == [b"v"]


def test_an_open_transactions_records_are_read_at_once_otherwise(admin, make_topic, properties, transaction) -> None:
    topic = make_topic()
    transaction.produce(topic, b"v", b"k")
    transaction.flush(30)
    read: list[LogRecord] = []
    log = TopicLog(topic, properties, read.append, admin=admin)
    log.start(30)
    log.close()
    transaction.abort_transaction(30)
    assert [record.value for record in read] == [b"v"]


def test_a_topic_that_does_not_exist_is_named_and_not_created(admin, make_topic, properties) -> None:
    topic = make_topic(0)
    log = TopicLog(topic, properties, lambda record: None, admin=admin)
    with pytest.raises(ConfigError, match=topic):
        log.start(3)
    log.close()
    assert admin.topic_partitions(topic) is None


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{reserved.getsockname()[1]}"


def test_brokers_that_are_away_are_waited_for_no_longer_than_asked(nobody: str) -> None:
    log = TopicLog("any", {"bootstrap.servers": nobody}, lambda record: None)
    began = time.monotonic()
    with pytest.raises(KafkaUnavailableError, match="not acknowledged in 1 s"):
        log.send(b"k", b"v", timeout_s=1)
    assert time.monotonic() - began < 5
    log.close()


def test_a_start_that_waits_for_brokers_ends_when_the_log_is_closed(nobody: str) -> None:
    log = TopicLog("any", {}, lambda record: None, admin=Admin({"bootstrap.servers": nobody}, timeout_s=1))
    threading.Timer(0.5, log.close).start()
    with pytest.raises(KafkaUnavailableError, match="closed"):
        log.start(600)


def test_a_write_that_waits_ends_when_the_log_is_closed(nobody: str) -> None:
    log = TopicLog("any", {"bootstrap.servers": nobody}, lambda record: None)
    threading.Timer(0.5, log.close).start()
    with pytest.raises(KafkaUnavailableError, match="closed"):
        log.send(b"k", b"v", timeout_s=60)


def test_a_refused_record_is_an_error_at_once(admin, make_topic, properties) -> None:
    topic = make_topic(1, **{"max.message.bytes": "1000"})
    log = TopicLog(topic, properties, lambda record: None, admin=admin)
    log.start(30)
    with pytest.raises(BadRequestError, match=r"too large for topic .* raise max\.message\.bytes"):
        log.send(b"k", b"v" * 5000)
    log.send(b"k", b"small")
    log.close()
