"""Topics of their own for each test, and messages in them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import confluent_kafka
import kafka
import kafka.admin
import pytest

from rowtide_sdk import RawMessage


class Broker:
    """What tests do beside the consumer they test."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._topics: list[str] = []
        self._admin: Any = kafka.admin.KafkaAdminClient(bootstrap_servers=address)  # type: ignore[no-untyped-call]

    def topic(self, partitions: int = 1) -> str:
        name = f"sdk-test-{uuid.uuid4().hex[:10]}"
        self._admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
        self._topics.append(name)
        return name

    def produce(self, topic: str, messages: Iterable[RawMessage]) -> None:
        producer = confluent_kafka.Producer({"bootstrap.servers": self.address})
        for m in messages:
            producer.produce(topic, m.value, m.key, max(m.partition, 0), headers=list(m.headers))
        assert producer.flush(30) == 0

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Committed offsets by partition."""
        consumer: Any = kafka.KafkaConsumer(group_id=group, bootstrap_servers=self.address, enable_auto_commit=False)  # type: ignore[no-untyped-call]
        partitions = consumer.partitions_for_topic(topic)
        found = {p: consumer.committed(kafka.TopicPartition(topic, p)) for p in partitions}
        consumer.close()
        return {partition: offset for partition, offset in found.items() if offset is not None}

    def close(self) -> None:
        self._admin.delete_topics(self._topics)
        self._admin.close()


@pytest.fixture
def broker(kafka_address: str) -> Iterator[Broker]:
    broker = Broker(kafka_address)
    yield broker
    broker.close()


@pytest.fixture
def group() -> str:
    return f"sdk-test-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def orders() -> Callable[..., list[RawMessage]]:
    def make(count: int, partitions: int = 1) -> list[RawMessage]:
        return [_order(number, number % partitions) for number in range(count)]

    return make


def _order(number: int, partition: int) -> RawMessage:
    source = {"db": "shop", "table": "orders", "name": "shop"}
    value = json.dumps({"before": None, "after": {"id": number}, "source": source, "op": "c"}).encode()
    return RawMessage("", partition, -1, -1, (), b'{"id":%d}' % number, value)
