"""The native engine's producers, which take whole batches: its own, and librdkafka's for what that one does not do.

confluent-kafka's class takes one record a call, headers as Python objects, and its batch call takes no headers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException

from rowtide import native
from rowtide.connect.record import EncodedBatch

_log = logging.getLogger(__name__)

_LEVELS = (logging.CRITICAL, logging.CRITICAL, logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO)
"""Of syslog's levels 0 to 5; what is above is for debugging."""

_Failure = tuple[int, str, bool, bool, bool, str | None]


def library_path() -> str | None:
    """The librdkafka that confluent-kafka's wheel brings; None where it uses one of the system's."""
    folder = Path(confluent_kafka.__file__).parent
    for libraries in (folder.parent / "confluent_kafka.libs", folder / ".dylibs"):
        found = sorted(libraries.glob("librdkafka*"))
        if found:
            return str(found[0])
    return None


class FailedMessage:
    """What is told of a record that was not delivered."""

    def __init__(self, topic: str | None) -> None:
        self._topic = topic

    def topic(self) -> str | None:
        return self._topic


class NativeProducer:
    """The part of `confluent_kafka.Producer` that we use, and `send_batch`. For one thread.

    Unlike its model it raises nothing from `poll` and `flush`: a fatal error is given to the error callback.

    Attributes:
        by_librdkafka: the settings ask for what our own producer does not do.
    """

    def __init__(
        self,
        settings: Mapping[str, object],
        room: int,
        logger: logging.Logger,
        on_delivery: Callable[[KafkaError, FailedMessage], None],
        on_error: Callable[[KafkaError], None],
    ) -> None:
        """Raises ValueError for refused settings, NotImplementedError where neither client is there for them.

        Args:
            room: bytes of records that may wait before the queue is full.
        """
        self._client, self.by_librdkafka = _client([(name, _text(value)) for name, value in settings.items()], room)
        self._logger = logger
        self._on_delivery = on_delivery
        self._on_error = on_error

    def __len__(self) -> int:
        return len(self._client)

    def send_batch(self, batch: EncodedBatch, start: int) -> int:
        """Queues records from `start` on; answers how many there was room for.

        Raises:
            KafkaException: the record after them was refused.
        """
        own = sorted((record, headers) for record, headers in batch.own_headers.items() if record >= start)
        sent: int
        sent, failure = self._client.send_batch(batch.topic, batch.records, start, batch.headers, own)
        if failure is not None and sent == 0:
            raise _exception(failure)
        return sent

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        *,
        timestamp: int = 0,
        headers: list[tuple[str, bytes | None]] | None = None,
    ) -> None:
        """Raises BufferError when the queue is full, KafkaException for a record that is refused."""
        failure = self._client.send(topic, value, key, partition, timestamp, headers or [])
        if failure is not None:
            if failure[0] == KafkaError._QUEUE_FULL:
                raise BufferError("Local: Queue full")
            raise _exception(failure)

    def poll(self) -> None:
        """Takes in what the client has to report."""
        self._report()

    def flush(self, timeout_s: float) -> int:
        outstanding: int = self._client.flush(_milliseconds(timeout_s))
        self._report()
        return outstanding

    def full(self) -> bool:
        return bool(self._client.full())

    def sending(self, records: int, size: int) -> None:
        """Nothing to be told: every record is counted when it is sent, and when it is done."""

    def wait_for_room(self, timeout_s: float) -> None:
        self._client.wait_for_room(_milliseconds(timeout_s))

    def mark(self, patience_s: float) -> int:
        """What was sent so far, as a number; nothing has to wait for it."""
        del patience_s
        mark: int = self._client.mark()
        return mark

    def acknowledged(self, mark: int) -> bool:
        return bool(self._client.acknowledged(mark))

    def purge(self) -> None:
        self._client.purge()

    def close(self) -> None:
        self._client.close()

    def _report(self) -> None:
        deliveries, errors, lines = self._client.take_reports()
        for level, facility, line in lines:
            self._logger.log(
                _LEVELS[level] if level < len(_LEVELS) else logging.DEBUG if level > 6 else logging.INFO,
                "%s: %s",
                facility,
                line,
            )
        for failure in errors:
            fatal = self._client.fatal_error() if failure[0] == KafkaError._FATAL else None
            self._on_error(_error(fatal or failure))
        for failure in deliveries:
            self._on_delivery(_error(failure), FailedMessage(failure[5]))


def _client(settings: list[tuple[str, str]], room: int) -> tuple[Any, bool]:
    """The client, and whether it is librdkafka's."""
    extension = native.required()
    try:
        return extension.RecordWriter(settings, room), False
    except NotImplementedError as error:
        library = library_path()
        if library is None:
            raise
        _log.info("records are sent by librdkafka, as the native engine's own producer has no %s", error)
        return extension.KafkaClient(library, settings, room), True


def _milliseconds(seconds: float) -> int:
    return max(0, int(seconds * 1000))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _error(failure: _Failure) -> KafkaError:
    code, text, fatal, retriable, requires_abort, _ = failure
    text = text or KafkaError(code).str()
    return KafkaError(code, text, fatal=fatal, retriable=retriable, txn_requires_abort=requires_abort)


def _exception(failure: _Failure) -> KafkaException:
    return KafkaException(_error(failure))
