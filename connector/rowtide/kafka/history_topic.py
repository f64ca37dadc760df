"""A topic of one partition that keeps text in order for ever: written with acknowledgement, read from its beginning."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.kafka.client_log import client_logger, log_error
from rowtide.kafka.log_writer import LogWriter
from rowtide.kafka.settings import librdkafka_settings

_log = logging.getLogger(__name__)

_BATCH = 500
_POLL_S = 0.1
_FIVE_YEARS_MS = 5 * 365 * 24 * 3600 * 1000
RETENTION = {"cleanup.policy": "delete", "retention.ms": str(2**63 - 1), "retention.bytes": "-1"}
"""What such a topic is created with."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of waiting, in seconds: for answers on the topic, its creation, an acknowledgement, the next record."""

    query_s: float = 3.0
    create_s: float = 30.0
    write_s: float = 120.0
    idle_s: float = 10.0


class HistoryTopic:
    """One such topic. Connections are opened when first needed. For one thread at a time."""

    def __init__(
        self, topic: str, producer: Mapping[str, str], consumer: Mapping[str, str], timeouts: Timeouts | None = None
    ) -> None:
        """Takes the properties of its clients under their Java names, `bootstrap.servers` included in both."""
        self.topic = topic
        self._producer = producer
        self._consumer = consumer
        self._timeouts = timeouts or Timeouts()
        self._writer: LogWriter | None = None

    def has_records(self) -> bool:
        """Whether the topic exists and holds anything.

        Raises:
            ConfigError: it has more than one partition.
            KafkaUnavailableError: the brokers do not answer.
        """
        admin = self._admin(self._timeouts.query_s)
        try:
            if not self._has_one_partition(admin):
                return False
            first, end = self._bounds(admin)
            return end > first
        finally:
            admin.close()

    def create(self) -> bool:
        """Creates the topic unless it exists; answers whether it did. Raises as `has_records`."""
        admin = self._admin(self._timeouts.create_s)
        try:
            created = admin.ensure_topic(self.topic, 1, -1, RETENTION)
            if not created:
                self._has_one_partition(admin)
                self._warn_of_settings(admin)
            return created
        finally:
            admin.close()

    def append(self, texts: Sequence[str]) -> None:
        """Writes the texts in order; returns when all are acknowledged.

        Raises:
            KafkaUnavailableError: not all of them were, in time; those at the beginning may have been.
        """
        if self._writer is None:
            self._writer = LogWriter(self.topic, self._producer)
        self._writer.send([(None, text.encode()) for text in texts], self._timeouts.write_s)

    def read(self) -> Iterator[str]:
        """The texts from the beginning to where the topic ended when reading began; values of null are left out.

        Raises:
            ConfigError: the topic has more than one partition.
            KafkaUnavailableError: the end was not reached: nothing came for too long.
        """
        admin = self._admin(self._timeouts.query_s)
        try:
            if not self._has_one_partition(admin):
                return
            first, end = self._bounds(admin)
        finally:
            admin.close()
        if first < end:
            yield from self._records(first, end)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _records(self, first: int, end: int) -> Iterator[str]:
        errors: deque[KafkaError] = deque(maxlen=16)
        consumer = self._open_consumer(errors)
        try:
            consumer.assign([TopicPartition(self.topic, 0, first)])
            position, heard = first, time.monotonic()
            while position < end:
                for message in consumer.consume(_BATCH, _POLL_S):
                    heard = time.monotonic()
                    reached = self._reached(message)
                    position = max(position, reached)
                    value = message.value()
                    if message.error() is None and reached <= end and value is not None:
                        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                        heard = time.monotonic()  # what our caller took is not the brokers' silence
                while errors:
                    log_error(errors.popleft())
                if time.monotonic() - heard > self._timeouts.idle_s:
                    raise KafkaUnavailableError(
                        f"topic {self.topic} was read to offset {position} of {end}, then nothing came for "
                        f"{self._timeouts.idle_s:.0f} s.",
                        hint="Look whether its leader is up; schema.history.internal.kafka.recovery.attempts and "
                        "schema.history.internal.kafka.recovery.poll.interval.ms say how long to wait.",
                    )
        finally:
            consumer.close()

    def _reached(self, message: Message) -> int:
        """The offset behind a message; at the partition's end, the end."""
        error = message.error()
        offset = message.offset() or 0
        if error is None:
            return offset + 1
        if error.code() == KafkaError._PARTITION_EOF:
            return offset
        if not error.retriable() and error.fatal():
            raise KafkaUnavailableError(f"reading topic {self.topic} failed: {error.str()} ({error.name()})")
        return 0

    def _open_consumer(self, errors: deque[KafkaError]) -> Consumer:
        client_id = self._consumer.get("client.id") or f"rowtide-{self.topic}"
        settings: dict[str, object] = {
            "client.id": client_id,
            "group.id": client_id,
            "fetch.wait.max.ms": 100,
            **librdkafka_settings(self._consumer, "consumer"),
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "error_cb": errors.append,
        }
        try:
            return Consumer(settings, logger=client_logger)
        except (KafkaException, TypeError, ValueError) as error:
            raise ConfigError(
                f"schema.history.internal.consumer.*: the client refuses its settings: {error}"
            ) from error

    def _admin(self, timeout_s: float) -> Admin:
        return Admin(self._producer, timeout_s=timeout_s)

    def _has_one_partition(self, admin: Admin) -> bool:
        """False when there is no such topic."""
        partitions = admin.topic_partitions(self.topic)
        if partitions is not None and partitions != 1:
            raise ConfigError(
                f"schema.history.internal.kafka.topic: {self.topic} has {partitions} partitions, but order needs one.",
                hint="Name another topic; it is created with one partition where it does not exist.",
            )
        return partitions is not None

    def _bounds(self, admin: Admin) -> tuple[int, int]:
        return admin.end_offsets(self.topic, 1, beginning=True)[0], admin.end_offsets(self.topic, 1)[0]

    def _warn_of_settings(self, admin: Admin) -> None:
        facts = admin.describe_topic(self.topic)
        configs = facts.configs if facts is not None else {}
        kept = int(configs.get("retention.ms") or -1)
        if configs.get("cleanup.policy") not in (None, "delete"):
            _log.warning("topic %s must have cleanup.policy=delete, or tables will be forgotten", self.topic)
        if configs.get("retention.bytes") not in (None, "-1") or 0 <= kept < _FIVE_YEARS_MS:
            _log.warning(
                "topic %s does not keep records for ever (retention.ms=%s, retention.bytes=%s): set both to -1",
                self.topic,
                configs.get("retention.ms"),
                configs.get("retention.bytes"),
            )
