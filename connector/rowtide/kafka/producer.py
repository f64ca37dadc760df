"""Sends encoded records to Kafka; deliveries are counted, never called back one by one."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message

from rowtide import native
from rowtide.connect.record import EncodedBatch, EncodedRecord
from rowtide.errors import ConfigError, ConnectError, RetriableError
from rowtide.kafka.client_log import client_logger, log_error
from rowtide.kafka.native_producer import FailedMessage, NativeProducer
from rowtide.kafka.plain_producer import PlainProducer
from rowtide.kafka.queue import queue_bytes, queue_settings, room_for_longest
from rowtide.kafka.settings import Settings, librdkafka_settings

_log = logging.getLogger(__name__)

_REQUESTS = "max.in.flight.requests.per.connection"
_DEFAULTS: Settings = {
    "acks": "all",
    "enable.idempotence": True,
    # As in Connect. A partition's leader that does not know the producer yet takes a second request although it refused
    # the first one a moment ago, and then the client counts the first as delivered, too.
    _REQUESTS: 1,
    "partitioner": "murmur2_random",  # as Java's, so that keys keep their partition when a connector moves over
    "message.timeout.ms": 0,  # retried for ever; a task is stopped by its worker, not by a slow broker
    "linger.ms": 0,  # nothing waits; batches grow by themselves while what came before is under way
    "message.max.bytes": 1 << 20,  # Java's max.request.size
    "socket.keepalive.enable": True,
}
_SERVE_EVERY = (
    500  # records between two looks at the delivery reports; each report holds its record's memory until then
)
_WAIT_S = 0.005  # how long a full queue, or a mark, is waited for before it is looked at again
_PIECE_BYTES = 1 << 20  # records that are sent one by one are counted when they are so many bytes together
_FLUSH_SLICE_S = 0.5  # the same for a flush; signals are not seen while the client waits
_PARTITION_ANY = -1


def producer_settings(properties: Mapping[str, str]) -> Settings:
    """librdkafka's configuration of a record producer: ours, overlaid by `properties` (Java names).

    Idempotence is switched off where the properties say what excludes it (acks other than all, no retries, more than
    five requests in flight) and do not ask for it.
    """
    given = librdkafka_settings(properties, "producer")
    settings = {**_DEFAULTS, **queue_settings(given), **given}
    if "enable.idempotence" not in given and _excludes_idempotence(given):
        settings["enable.idempotence"] = False
    return settings


def _excludes_idempotence(given: Settings) -> bool:
    return (
        str(given.get("acks", "all")) not in ("all", "-1")
        or str(given.get("retries", "1")) == "0"
        or str(given.get(_REQUESTS, "1")) not in ("1", "2", "3", "4", "5")
    )


def _warn_of_requests(settings: Mapping[str, object]) -> None:
    if str(settings[_REQUESTS]) != "1":
        _log.warning(
            "%s=%s: records can be lost where a partition is new or moves to another leader; leave it at 1",
            _REQUESTS, settings[_REQUESTS],
        )  # fmt: skip


class RecordProducer:
    """A producer for one thread, which calls all its methods.

    Memory is bounded by `buffer.memory`: what waits to be acknowledged, but for the newest MiB or, where one is longer,
    record. The first failed delivery or fatal error is kept; from then on nothing that was sent may be taken for
    delivered.
    """

    def __init__(self, properties: Mapping[str, str], *, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Connects in the background.

        Args:
            properties: Kafka client properties under their Java names.
            should_stop: asked while `send` waits for room and, twice a second, while `flush` and `close` wait for
                deliveries; true ends the wait.

        Raises:
            ConfigError: the client refuses a property.
        """
        self._should_stop = should_stop
        self._delivery_failure: tuple[KafkaError, Message | FailedMessage] | None = None
        self._failure: ConnectError | None = None
        self._errors: deque[KafkaError] = deque(maxlen=16)
        self._unserved = self._unserved_bytes = 0
        self._closed = False
        try:
            settings: dict[str, object] = {**producer_settings(properties), "delivery.report.only.error": True}
            room = queue_bytes(settings)
            self._producer: Any = self._client(settings | room_for_longest(settings), room)
        except (KafkaException, TypeError, ValueError) as error:
            raise ConfigError(
                f"the Kafka producer refuses its settings (producer.*, producer.override.*): {error}"
            ) from error

    def _client(self, settings: Mapping[str, object], room: int) -> PlainProducer | NativeProducer:
        if native.engine() == "native":
            try:
                producer = NativeProducer(settings, room, client_logger, self._on_failed_delivery, self._on_error)
            except NotImplementedError:
                # confluent-kafka uses the system's librdkafka, which is its own affair.
                pass
            else:
                if producer.by_librdkafka:
                    _warn_of_requests(settings)
                return producer
        _warn_of_requests(settings)
        return PlainProducer(settings, room, client_logger, self._on_failed_delivery, self._on_error)

    def send(self, record: EncodedRecord) -> None:
        """Queues one record; waits while the queue is full, or a mark has to be reached.

        Raises:
            RetriableError: `should_stop` became true while it waited; the record was not queued.
            ConnectError: the record was refused, or an earlier one failed.
        """
        self._unserved += 1
        self._unserved_bytes += len(record.value or b"") + len(record.key or b"")
        if self._unserved >= _SERVE_EVERY or self._unserved_bytes >= _PIECE_BYTES:
            self._make_room(self._unserved, self._unserved_bytes)
        while True:
            try:
                self._produce(record)
            except BufferError:
                self._wait_for_room()
            else:
                return

    def _make_room(self, records: int, size: int) -> None:
        """Waits until what was sent before has left room for these records."""
        self._serve()
        self._raise_kept()
        while self._producer.full():
            self._wait_for_room()
        self._producer.sending(records, size)

    def send_batch(self, batch: EncodedBatch) -> Iterator[int]:
        """Sends the records of a batch in order, yielding now and then how many were sent. Raises as `send`."""
        if isinstance(self._producer, NativeProducer):
            yield from self._send_together(self._producer, batch)
            return
        topic, headers = batch.topic, batch.headers
        for sent, (key, value) in enumerate(zip(batch.records.keys(), batch.records.values(), strict=True)):
            self.send(EncodedRecord(topic, None, key, value, batch.own_headers.get(sent, headers)))
            yield sent + 1

    def _send_together(self, producer: NativeProducer, batch: EncodedBatch) -> Iterator[int]:
        sent = 0
        self._make_room(len(batch), batch.records.size)
        while True:
            try:
                sent += producer.send_batch(batch, sent)
            except KafkaException as error:
                self._fail(error, batch.topic)
                self._raise_kept()
            yield sent
            if sent == len(batch):
                return
            self._wait_for_room()

    def _wait_for_room(self) -> None:
        self._producer.wait_for_room(_WAIT_S)
        self._serve()
        self._raise_kept()
        if self._should_stop():
            raise RetriableError("stopped while the producer's queue was full or a commit was waited for") from None

    def send_all(self, records: Iterable[EncodedRecord]) -> int:
        """Sends the records in order; answers how many there were. Raises as `send`."""
        count = 0
        for record in records:
            self.send(record)
            count += 1
        return count

    def flush(self, timeout_s: float) -> int:
        """Waits until all records are delivered or one has failed; answers how many are still under way.

        0 means delivered only if `raise_failure` then raises nothing. Never raises.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            left = max(0.0, deadline - time.monotonic())
            try:
                outstanding = self._producer.flush(min(left, _FLUSH_SLICE_S))
            except (KafkaException, SystemError, RuntimeError) as error:
                self._fail(error)
                return len(self._producer)
            self._report_errors()
            if outstanding == 0 or left <= _FLUSH_SLICE_S or self._failed or self._should_stop():
                return int(outstanding)

    def mark(self, patience_s: float) -> int:
        """Notes what was sent so far; answers a number to ask `acknowledged` with.

        Without the native engine `send` waits until that is delivered, for `patience_s` at most: without a report for
        each record acknowledgements can only be told when none is owed.
        """
        return int(self._producer.mark(patience_s))

    def acknowledged(self, mark: int) -> bool:
        """Whether all records that were sent before a mark are delivered; false for ever once one of them has failed.

        Never waits, and never raises.
        """
        self._serve()
        return bool(self._producer.acknowledged(mark))

    def outstanding(self) -> int:
        """Records that were sent and are neither delivered nor failed, as far as is known without waiting."""
        self._serve()
        return len(self._producer)

    def raise_failure(self) -> None:
        """Raises the first failed delivery or fatal error, as ConnectError; call it after each flush and when idle."""
        if not self._closed:
            self._serve()
        self._raise_kept()

    def close(self, timeout_s: float) -> int:
        """Flushes, then drops what could not be delivered in time; answers how many records that were."""
        if self._closed:
            return 0
        outstanding = self.flush(timeout_s)
        self._closed = True
        try:
            if outstanding:
                self._producer.purge()
            self._producer.close()
        except (KafkaException, SystemError, RuntimeError) as error:
            _log.info("closing the producer: %s", error)
        return outstanding

    @property
    def _failed(self) -> bool:
        return self._failure is not None or self._delivery_failure is not None

    def _produce(self, record: EncodedRecord) -> None:
        try:
            self._producer.produce(
                record.topic,
                record.value,
                record.key,
                _PARTITION_ANY if record.partition is None else record.partition,
                timestamp=record.timestamp or 0,
                headers=record.headers or None,
            )
        except (KafkaException, SystemError, RuntimeError) as error:
            self._fail(error, record.topic)
            self._raise_kept()

    def _serve(self) -> None:
        """Takes in delivery reports. Whatever it raises after a fatal error, also SystemError, is fatal."""
        self._unserved = self._unserved_bytes = 0
        try:
            self._producer.poll()
        except (KafkaException, SystemError, RuntimeError) as error:
            self._fail(error)
        self._report_errors()

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fail(KafkaException(error))
        self._errors.append(error)

    def _on_failed_delivery(self, error: KafkaError, message: Message | FailedMessage) -> None:
        # The binding may call this with an exception pending, when every method of `error` would raise: only keep it.
        if self._delivery_failure is None and not self._closed:
            self._delivery_failure = (error, message)

    def _fail(self, error: Exception, topic: str | None = None) -> None:
        if self._failure is None:
            self._failure = _as_connect_error(error, topic)
            self._failure.__cause__ = error

    def _raise_kept(self) -> None:
        if self._failure is None and self._delivery_failure is not None:
            error, message = self._delivery_failure
            self._failure = _as_connect_error(KafkaException(error), message.topic())
        if self._failure is not None:
            raise self._failure

    def _report_errors(self) -> None:
        while self._errors:
            log_error(self._errors.popleft())


_HINTS = {
    "MSG_SIZE_TOO_LARGE": "Raise producer.override.max.request.size, and the topic's max.message.bytes with it.",
    "TOPIC_AUTHORIZATION_FAILED": "Grant the producer's principal WRITE on the topic.",
    "UNKNOWN_TOPIC_OR_PART": "Create the topic, or let it be created with topic.creation.* or the broker's "
    "auto.create.topics.enable.",
    "CLUSTER_AUTHORIZATION_FAILED": "Grant IDEMPOTENT_WRITE on the cluster, or set "
    "producer.override.enable.idempotence=false.",
}


def _as_connect_error(error: Exception, topic: str | None) -> ConnectError:
    where = f" to topic {topic}" if topic else ""
    reason = error.args[0] if isinstance(error, KafkaException) and error.args else None
    if isinstance(reason, KafkaError):
        name = reason.name().lstrip("_")
        return ConnectError(f"sending{where} failed: {reason.str()} ({name})", hint=_HINTS.get(name, ""))
    return ConnectError(f"sending{where} failed: the Kafka client raised {type(error).__name__}: {error}")
