"""Where a race takes place: the servers, and the two workers that run in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pymysql
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from rowtide_dev import ports
from rowtide_dev.bench.usage import Usage, listener
from rowtide_dev.connect_rest import ConnectRest

_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
CONNECTOR = "io.debezium.connector.mariadb.MariaDbConnector"


@dataclass(frozen=True, slots=True)
class Side:
    """A worker that takes part."""

    name: str
    rest: ConnectRest

    @classmethod
    def at(cls, name: str, url: str) -> Side:
        return cls(name, ConnectRest(url))

    def usage(self) -> Usage:
        return Usage(listener(int(self.rest.url.rpartition(":")[2])))


@dataclass(frozen=True, slots=True)
class Places:
    """Attributes:
    kafka: bootstrap servers.
    registry: its URL for `schema.registry.url`.
    """

    sides: tuple[Side, ...]
    kafka: str
    mariadb_port: int
    registry: str

    def connect(self) -> Any:
        """As root, without autocommit."""
        return pymysql.connect(host=ports.HOST, port=self.mariadb_port, user="root", autocommit=False)

    def connector(self, name: str, database: str, snapshot_mode: str) -> dict[str, str]:
        return {
            "connector.class": CONNECTOR,
            "tasks.max": "1",
            "database.hostname": ports.HOST,
            "database.port": str(self.mariadb_port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": str(100_000 + uuid.uuid4().int % 900_000),
            "topic.prefix": name,
            "database.include.list": database,
            "schema.history.internal.kafka.bootstrap.servers": self.kafka,
            "schema.history.internal.kafka.topic": f"{name}.history",
            "snapshot.mode": snapshot_mode,
        }


class Ends:
    """How many records some topics have."""

    def __init__(self, kafka: str, topics: list[str]) -> None:
        self._client = AdminClient({"bootstrap.servers": kafka, "log_level": 2})
        self._wanted = {TopicPartition(topic, 0): _LATEST for topic in topics}

    def count(self) -> int:
        """Of those that are there."""
        total = 0
        for answer in self._client.list_offsets(self._wanted, request_timeout=10).values():
            try:
                total += int(answer.result().offset)
            except KafkaException:
                continue
        return total

    def remove(self) -> None:
        for answer in self._client.delete_topics([place.topic for place in self._wanted]).values():
            try:
                answer.result()
            except KafkaException:
                continue
