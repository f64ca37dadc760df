"""A topic as a shared log: read from its beginning, followed, and written to with acknowledgement."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.kafka.client_log import client_logger, log_error
from rowtide.kafka.log_writer import LogWriter
from rowtide.kafka.settings import librdkafka_settings

_log = logging.getLogger(__name__)

T = TypeVar("T")

Entry = tuple[bytes | None, bytes | None]
"""Key and value of a record to write."""

_POLL_S = 0.1
_BATCH = 500
_CREATION_S = 30.0  # until a topic that was just created must be known to the broker we ask
_RETRY_S = 1.0
_FIRST_RETRY_S, _LAST_RETRY_S = 0.1, 5.0  # pauses double; a new topic's leaders are there within the first
_READ_ONLY_TIMEOUT_S = 900.0  # Connect's patience for brokers that are not up yet when a worker starts


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record of a log. A None value is a deletion; `timestamp_ms` is -1 where the topic has none."""

    key: bytes | None
    value: bytes | None
    partition: int
    offset: int
    timestamp_ms: int


OnRecord = Callable[[LogRecord], None]


class Log(Protocol):
    """What stores need of a log.

    Records reach the callback in order within a partition, in the log's own thread, once each while the log is open. A
    callback that raises is logged, and the log goes on with the next record.
    """

    def start(self, timeout_s: float = _READ_ONLY_TIMEOUT_S) -> None:
        """Returns once every record that was in the log has been through the callback; follows it from then on.

        Raises:
            ConfigError: there is no such topic.
            KafkaUnavailableError: the end was not reached in time, or the log was closed meanwhile.
        """
        ...

    def read_to_end(self, timeout_s: float) -> None:
        """Returns once every record that was in the log at the time of the call has been through the callback.

        Never call it from the callback. Open transactions count: they are waited for.

        Raises:
            KafkaUnavailableError: not in time, or the log was closed meanwhile.
        """
        ...

    def send(self, key: bytes | None, value: bytes | None, timeout_s: float = 30.0) -> None:
        """Writes one record and waits until the brokers have it. Its callback may run before or after this returns.

        Raises:
            KafkaUnavailableError: not acknowledged in time (it may still arrive later), or refused.
        """
        ...

    def send_many(self, entries: Sequence[Entry], timeout_s: float = 30.0) -> None:
        """Writes records in order and waits until the brokers have them all. Raises as `send`."""
        ...

    def post(self, key: bytes | None, value: bytes | None) -> None:
        """Writes one record without waiting; it is retried until it arrives or the log is closed. Failures are logged.

        Raises:
            KafkaUnavailableError: too many records are waiting.
        """
        ...

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything posted has arrived or failed; false when that takes longer."""
        ...

    def close(self) -> None:
        """Stops reading and drops what was not sent. Safe to call twice and from any thread but the log's own."""
        ...


class TopicLog:
    """A `Log` on a Kafka topic. Thread-safe.

    Reads all partitions without a consumer group. While the brokers are away it keeps trying.
    """

    def __init__(
        self,
        topic: str,
        properties: Mapping[str, str],
        on_record: OnRecord,
        *,
        admin: Admin | None = None,
    ) -> None:
        """Does nothing on the network yet.

        Args:
            properties: Kafka client properties under their Java names. `client.id` names the connections, `group.id` is
                only used where the broker wants one for reading; `isolation.level` is read_uncommitted unless given.
            admin: shared with others, not closed here; without it the log opens its own.
        """
        self.topic = topic
        self._properties = properties
        self._on_record = on_record
        self._admin = admin
        self._writer = LogWriter(topic, properties)
        self._consumer: Consumer | None = None
        self._positions: dict[int, int] = {}
        self._progress = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._errors: deque[KafkaError] = deque(maxlen=16)

    def start(self, timeout_s: float = _READ_ONLY_TIMEOUT_S) -> None:
        if self._thread is not None:
            raise RuntimeError(f"the log of topic {self.topic} was started before")
        deadline = time.monotonic() + timeout_s
        if self._admin is None:
            self._admin = Admin(self._properties)
        partitions = self._await_partitions(deadline)
        self._positions = self._offsets(partitions, deadline, beginning=True)
        self._consumer = self._open_consumer()
        self._consumer.assign(
            [TopicPartition(self.topic, partition, offset) for partition, offset in self._positions.items()]
        )
        self._thread = threading.Thread(target=self._run, name=f"log-{self.topic}", daemon=True)
        self._thread.start()
        self.read_to_end(deadline - time.monotonic())

    def read_to_end(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        ends = self._offsets(len(self._positions), deadline)
        with self._progress:
            while not all(self._positions[partition] >= end for partition, end in ends.items()):
                if self._stopping.is_set():
                    raise KafkaUnavailableError(f"the log of topic {self.topic} was closed while it was read")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise KafkaUnavailableError(
                        f"the end of topic {self.topic} was not reached in {timeout_s:.0f} s: "
                        f"read to {self._positions}, the end is at {ends}"
                    )
                self._progress.wait(min(left, 1.0))

    def send(self, key: bytes | None, value: bytes | None, timeout_s: float = 30.0) -> None:
        self._writer.send([(key, value)], timeout_s)

    def send_many(self, entries: Sequence[Entry], timeout_s: float = 30.0) -> None:
        self._writer.send(entries, timeout_s)

    def post(self, key: bytes | None, value: bytes | None) -> None:
        self._writer.post(key, value)

    def flush(self, timeout_s: float) -> bool:
        return self._writer.flush(timeout_s)

    def close(self) -> None:
        self._stopping.set()
        with self._progress:
            self._progress.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._writer.close()

    def _open_consumer(self) -> Consumer:
        client_id = self._properties.get("client.id") or f"rowtide-{self.topic}"
        settings: dict[str, object] = {
            "client.id": client_id,
            "group.id": client_id,
            "isolation.level": "read_uncommitted",
            "fetch.wait.max.ms": 100,
            **librdkafka_settings(self._properties, "consumer"),
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,  # tells the position behind transaction markers and compacted gaps
            "error_cb": self._errors.append,
        }
        try:
            return Consumer(settings, logger=client_logger)
        except (KafkaException, TypeError, ValueError) as error:
            raise ConfigError(f"the Kafka consumer of topic {self.topic} refuses its settings: {error}") from error

    def _await_partitions(self, deadline: float) -> int:
        """How many partitions the topic has; waits a little for a topic that was created just now."""
        now = time.monotonic()
        missing_until = now + min(_CREATION_S, (deadline - now) / 2)

        def look() -> int:
            assert self._admin is not None
            partitions = self._admin.topic_partitions(self.topic)
            if partitions:
                return partitions
            if time.monotonic() >= missing_until:
                raise ConfigError(f"topic {self.topic} does not exist.", hint="Create it, or let it be created.")
            raise KafkaUnavailableError(f"topic {self.topic} is not known yet")

        return self._retry(look, deadline)

    def _offsets(self, partitions: int, deadline: float, *, beginning: bool = False) -> dict[int, int]:
        admin = self._admin
        if admin is None:
            raise RuntimeError(f"the log of topic {self.topic} is not started")
        return self._retry(lambda: admin.end_offsets(self.topic, partitions, beginning=beginning), deadline)

    def _retry(self, call: Callable[[], T], deadline: float) -> T:
        pause_s = _FIRST_RETRY_S
        while True:
            if self._stopping.is_set():
                raise KafkaUnavailableError(f"the log of topic {self.topic} is closed")
            try:
                return call()
            except KafkaUnavailableError as error:
                if time.monotonic() + pause_s >= deadline:
                    raise
                _log.info("topic %s: %s; trying again", self.topic, error)
                self._stopping.wait(pause_s)
                pause_s = min(2 * pause_s, _LAST_RETRY_S)

    def _run(self) -> None:
        assert self._consumer is not None
        try:
            while not self._stopping.is_set():
                try:
                    self._take(self._next_messages(self._consumer))
                    self._writer.serve()
                except Exception:  # noqa: BLE001 - whatever it is, a log that stopped following would be worse
                    _log.exception("reading topic %s failed; trying again", self.topic)
                    self._stopping.wait(_RETRY_S)
        finally:
            self._consumer.close()

    @staticmethod
    def _next_messages(consumer: Consumer) -> list[Message]:
        # consume() waits until its list is full, so only what is there already is taken by it.
        first = consumer.poll(_POLL_S)
        return [] if first is None else [first, *consumer.consume(_BATCH, 0)]

    def _take(self, messages: Iterable[Message]) -> None:
        moved = False
        for message in messages:
            error = message.error()
            at, offset = message.partition(), message.offset()
            if at is None or offset is None or (error is not None and error.code() != KafkaError._PARTITION_EOF):
                if error is not None:
                    client_logger.warning("reading topic %s: %s (%s)", self.topic, error.str(), error.name())
                continue
            if error is None:
                self._deliver(LogRecord(message.key(), message.value(), at, offset, message.timestamp()[1]))
                offset += 1
            self._positions[at] = max(self._positions[at], offset)
            moved = True
        while self._errors:
            log_error(self._errors.popleft())
        if moved:
            with self._progress:
                self._progress.notify_all()

    def _deliver(self, record: LogRecord) -> None:
        try:
            self._on_record(record)
        except Exception:  # noqa: BLE001 - a reader's mistake about one record must not hide those behind it
            _log.exception(
                "topic %s: record %d of partition %d is left out", self.topic, record.offset, record.partition
            )
