"""The writing half of a log: every record acknowledged by all replicas, in order."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from rowtide.errors import BadRequestError, ConfigError, KafkaUnavailableError, RowtideError
from rowtide.kafka.client_log import client_logger, log_error
from rowtide.kafka.settings import librdkafka_settings

_log = logging.getLogger(__name__)

_SLICE_S = 0.02  # between two looks; another thread's poll may take our delivery report
_CLOSE_S = 1.0
_TOO_LARGE = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE)


class _Delivery:
    """Counts the deliveries of one `send`."""

    __slots__ = ("error", "left")

    def __init__(self, left: int) -> None:
        self.left = left
        self.error: KafkaError | None = None

    def report(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and self.error is None:
            self.error = error
        self.left -= 1


class LogWriter:
    """Writes to one topic. Thread-safe. The connection is opened by the first write."""

    def __init__(self, topic: str, properties: Mapping[str, str]) -> None:
        self._topic = topic
        self._properties = properties
        self._producer: Producer | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._errors: deque[KafkaError] = deque(maxlen=16)

    def send(self, entries: Sequence[tuple[bytes | None, bytes | None]], timeout_s: float) -> None:
        """Writes the records in order and waits for all acknowledgements.

        Raises:
            KafkaUnavailableError: not all acknowledged in time, or refused.
            BadRequestError: larger than the topic takes.
        """
        deadline = time.monotonic() + timeout_s
        delivery = _Delivery(len(entries))
        producer = self._open()
        for key, value in entries:
            while not self._produce(key, value, delivery):
                self._wait(producer, deadline, timeout_s)
        while delivery.left and delivery.error is None:
            self._wait(producer, deadline, timeout_s)
        if delivery.error is not None:
            raise self._refused(delivery.error)

    def post(self, key: bytes | None, value: bytes | None) -> None:
        """Queues a record that is sent as soon as possible. Raises KafkaUnavailableError when the queue is full."""
        self._open()
        if not self._produce(key, value, None):
            raise KafkaUnavailableError(f"too many records wait for topic {self._topic}")

    def serve(self) -> None:
        """Takes in delivery reports; the log's thread calls it now and then."""
        if self._producer is not None:
            self._producer.poll(0)
            self._report_errors()

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything is delivered or has failed; false when that takes longer."""
        return self._producer is None or self._producer.flush(timeout_s) == 0

    def close(self) -> None:
        """Gives what is under way a second, then drops it."""
        with self._lock:
            self._closed = True
            producer, self._producer = self._producer, None
        if producer is None:
            return
        left = producer.flush(_CLOSE_S)
        if left:
            _log.warning("%d records for topic %s were not sent", left, self._topic)
            producer.purge()
        producer.close()

    def _open(self) -> Producer:
        with self._lock:
            if self._closed:
                raise KafkaUnavailableError(f"the log of topic {self._topic} is closed")
            if self._producer is None:
                self._producer = self._new_producer()
            return self._producer

    def _new_producer(self) -> Producer:
        settings: dict[str, object] = {
            "client.id": f"rowtide-{self._topic}",
            "linger.ms": 0,
            "queue.buffering.max.kbytes": 16 * 1024,
            **librdkafka_settings(self._properties, "producer"),
            # Java's own internal clients: acknowledged by all, one request at a time (so in order), retried for ever.
            "acks": "all",
            "max.in.flight.requests.per.connection": 1,
            "enable.idempotence": False,
            "message.timeout.ms": 0,
            "partitioner": "murmur2_random",
            "error_cb": self._errors.append,
        }
        try:
            return Producer(settings, logger=client_logger)
        except (KafkaException, TypeError, ValueError) as error:
            raise ConfigError(f"the Kafka producer of topic {self._topic} refuses its settings: {error}") from error

    def _produce(self, key: bytes | None, value: bytes | None, delivery: _Delivery | None) -> bool:
        """Queues one record; false when there is no room."""
        report = self._on_posted if delivery is None else delivery.report
        try:
            self._open().produce(self._topic, value, key, on_delivery=report)
        except BufferError:
            return False
        except KafkaException as error:
            raise self._refused(error.args[0]) from error
        except RuntimeError as error:
            raise KafkaUnavailableError(f"the log of topic {self._topic} was closed while it was written") from error
        return True

    def _on_posted(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and not self._closed:
            _log.error("a record for topic %s was lost: %s (%s)", self._topic, error.str(), error.name())

    def _wait(self, producer: Producer, deadline: float, timeout_s: float) -> None:
        if self._closed:
            raise KafkaUnavailableError(f"the log of topic {self._topic} was closed while it was written")
        if time.monotonic() > deadline:
            raise KafkaUnavailableError(
                f"writing to topic {self._topic} was not acknowledged in {timeout_s:.0f} s (it may still arrive).",
                hint="Look whether the brokers are up and enough replicas of the topic are in sync.",
            )
        try:
            producer.poll(_SLICE_S)
        except RuntimeError as error:  # closed by another thread since we looked
            raise KafkaUnavailableError(f"the log of topic {self._topic} was closed while it was written") from error
        self._report_errors()

    def _report_errors(self) -> None:
        while self._errors:
            log_error(self._errors.popleft())

    def _refused(self, error: KafkaError) -> RowtideError:
        if error.code() in _TOO_LARGE:
            return BadRequestError(
                f"The record is too large for topic {self._topic}.",
                hint="If it has to be so large, raise max.message.bytes of the topic, and max.request.size here.",
            )
        return KafkaUnavailableError(f"writing to topic {self._topic} was refused: {error.str()} ({error.name()})")
