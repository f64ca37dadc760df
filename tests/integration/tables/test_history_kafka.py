import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.tables.history import KafkaHistoryStore
from tests.unit.tables.history_store_contract import HistoryStoreContract

pytestmark = pytest.mark.kafka
PREFIX = "schema.history.internal."


@pytest.fixture
def topic(kafka_address):
    name = f"tables-history-{uuid.uuid4().hex[:8]}"
    yield name
    Admin({"bootstrap.servers": kafka_address}).delete_topic(name)


@pytest.fixture
def config(kafka_address, topic):
    return {f"{PREFIX}kafka.bootstrap.servers": kafka_address, f"{PREFIX}kafka.topic": topic}


@pytest.fixture
def store(config):
    made = KafkaHistoryStore.from_config(config, "tables-test")
    yield made
    made.close()


class TestKafkaStore(HistoryStoreContract):
    pass


def test_topic_is_made_to_keep_everything(store, topic, kafka_address):
    store.initialize()
    facts = Admin({"bootstrap.servers": kafka_address}).describe_topic(topic)
    assert facts is not None
    assert facts.partitions == 1
    kept = {name: facts.configs[name] for name in ("cleanup.policy", "retention.ms", "retention.bytes")}
    assert kept == {"cleanup.policy": "delete", "retention.ms": "9223372036854775807", "retention.bytes": "-1"}


def test_records_have_no_key_and_no_headers(store, topic, kafka_address):
    store.initialize()
    store.append('{"ä":1}')
    consumer = Consumer({"bootstrap.servers": kafka_address, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(20)
    consumer.close()
    assert (message.key(), message.value(), message.headers()) == (None, '{"ä":1}'.encode(), None)


def test_another_store_reads_what_was_written(store, config):
    store.initialize()
    store.append_many(["a", "b"])
    assert list(KafkaHistoryStore.from_config(config, "other").read()) == ["a", "b"]


def test_records_larger_than_a_small_buffer_come_through(config):
    small = KafkaHistoryStore.from_config(config | {f"{PREFIX}kafka.buffer.batch.size": "3"}, "small")
    small.initialize()
    texts = ["x" * 200_000 + str(i) for i in range(20)]
    small.append_many(texts)
    assert list(small.read()) == texts
    small.close()


def test_topic_of_several_partitions_is_refused(store, topic, kafka_address):
    Admin({"bootstrap.servers": kafka_address}).ensure_topic(topic, 3, 1, {})
    with pytest.raises(ConfigError, match=r"kafka\.topic: .* has 3 partitions"):
        store.initialize()
    with pytest.raises(ConfigError, match="has 3 partitions"):
        list(store.read())


def test_brokers_that_do_not_answer_are_said(config):
    elsewhere = config | {f"{PREFIX}kafka.bootstrap.servers": "127.0.0.1:1", f"{PREFIX}kafka.query.timeout.ms": "300"}
    with pytest.raises(KafkaUnavailableError, match=r"127\.0\.0\.1:1"):
        KafkaHistoryStore.from_config(elsewhere, "nowhere").exists()
