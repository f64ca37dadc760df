"""Whole topics, read from the first record to the last one that is there now."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient

from rowtide_dev.errors import DevError


@dataclass(frozen=True, slots=True)
class Read:
    """A record as it is in Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def topics(kafka: str, containing: str) -> list[str]:
    """Names of the topics that contain a text, sorted."""
    found = AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=20).topics
    return sorted(name for name in found if containing in name)


def read_topics(kafka: str, names: list[str], timeout_s: float = 60) -> dict[str, list[Read]]:
    """All records of the topics, those of a partition in their order, partitions one after the other.

    Raises:
        DevError: the ends were not reached in time.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": f"reading-{uuid.uuid4().hex}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    try:
        return _read(consumer, names, time.monotonic() + timeout_s)
    finally:
        consumer.close()


def _read(consumer: Consumer, names: list[str], deadline: float) -> dict[str, list[Read]]:
    metadata = consumer.list_topics(timeout=20).topics
    waiting = {(name, number) for name in names for number in metadata[name].partitions}
    records: list[Read] = []
    consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for name, number in sorted(waiting)])
    while waiting:
        message = consumer.poll(1.0)
        if time.monotonic() > deadline:
            raise DevError(f"the ends of {sorted(waiting)} were not reached; {len(records)} records read")
        if message is None:
            continue
        error = message.error()
        place = (str(message.topic()), int(message.partition() or 0))
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                waiting.discard(place)
            continue
        headers: Any = message.headers() or ()
        records.append(Read(*place, int(message.offset() or 0), message.key(), message.value(), tuple(headers)))
    by_topic: dict[str, list[Read]] = {name: [] for name in names}
    for record in sorted(records, key=lambda record: (record.topic, record.partition, record.offset)):
        by_topic[record.topic].append(record)
    return by_topic
