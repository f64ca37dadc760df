"""Schema history in a Kafka topic, with the options of Debezium's KafkaSchemaHistory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rowtide.errors import ConfigError
from rowtide.kafka.history_topic import HistoryTopic, Timeouts

PREFIX = "schema.history.internal."
_TOPIC = "kafka.topic"
_BOOTSTRAP = "kafka.bootstrap.servers"


class KafkaHistoryStore:
    """A topic of one partition, null keys, JSON values; each record is acknowledged before the next step."""

    def __init__(self, topic: HistoryTopic, *, buffer_records: int = 1024) -> None:
        """Writes at most `buffer_records` between two waits for acknowledgement."""
        self._topic = topic
        self._buffer_records = max(1, buffer_records)

    @classmethod
    def from_config(cls, config: Mapping[str, str | None], name: str) -> KafkaHistoryStore:
        """The store that a connector's options describe. `name` is the clients' default client.id.

        Raises:
            ConfigError: topic or bootstrap servers are missing, or a number is none.
        """
        options = {key[len(PREFIX) :]: value for key, value in config.items() if key.startswith(PREFIX) and value}
        topic, bootstrap = options.get(_TOPIC), options.get(_BOOTSTRAP)
        for option, value in ((_TOPIC, topic), (_BOOTSTRAP, bootstrap)):
            if not value:
                raise ConfigError(f"{PREFIX}{option} is required: the schema history is kept in a Kafka topic.")
        assert topic is not None
        defaults = {"bootstrap.servers": bootstrap or "", "client.id": options.get("name") or name}
        idle_ms = _number(options, "kafka.recovery.attempts", 100) * _number(
            options, "kafka.recovery.poll.interval.ms", 100
        )
        timeouts = Timeouts(
            query_s=_number(options, "kafka.query.timeout.ms", 3000) / 1000,
            create_s=_number(options, "kafka.create.timeout.ms", 30000) / 1000,
            idle_s=idle_ms / 1000,
        )
        history = HistoryTopic(
            topic, defaults | _subset(options, "producer."), defaults | _subset(options, "consumer."), timeouts
        )
        return cls(history, buffer_records=_number(options, "kafka.buffer.batch.size", 1024))

    def exists(self) -> bool:
        return self._topic.has_records()

    def initialize(self) -> None:
        self._topic.create()

    def append(self, text: str) -> None:
        self._topic.append([text])

    def append_many(self, texts: Iterable[str]) -> None:
        batch: list[str] = []
        for text in texts:
            batch.append(text)
            if len(batch) >= self._buffer_records:
                self._topic.append(batch)
                batch = []
        if batch:
            self._topic.append(batch)

    def read(self) -> Iterator[str]:
        return self._topic.read()

    def describe(self) -> str:
        return f"in the Kafka topic {self._topic.topic}"

    def close(self) -> None:
        self._topic.close()


def _subset(options: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name[len(prefix) :]: value for name, value in options.items() if name.startswith(prefix)}


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default)).strip()
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{PREFIX}{name}={text} is not a whole number.", hint="Write it in digits, or leave it out.")
    return int(text)
