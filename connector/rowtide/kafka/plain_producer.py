"""confluent-kafka's producer with marks: the way without the native engine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from rowtide.kafka.queue import QueueGauge


class PlainProducer:
    """The part of `confluent_kafka.Producer` that we use, and marks. For one thread.

    Only failed deliveries are reported. How many records are under way says which were acknowledged only when there
    are none, so records behind a mark are held back until that is so, once for each mark.
    """

    def __init__(
        self,
        settings: Mapping[str, object],
        room: int,
        logger: logging.Logger,
        on_failed_delivery: Callable[[KafkaError, Message], None],
        on_error: Callable[[KafkaError], None],
    ) -> None:
        """Raises KafkaException, TypeError or ValueError for refused settings.

        Args:
            room: bytes of records that may wait before the queue is full.
        """
        given = {**settings, "delivery.report.only.error": True, "on_delivery": self._failed, "error_cb": on_error}
        self._producer: Any = Producer(given, logger=logger)
        self._on_failed_delivery = on_failed_delivery
        self._queue = QueueGauge(room)
        self._any_failed = False
        self._sent = self._delivered = 0
        self._held_until: float | None = None

    def _failed(self, error: KafkaError, message: Message) -> None:
        self._any_failed = True
        self._on_failed_delivery(error, message)

    def __len__(self) -> int:
        return len(self._producer)

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
        """Raises BufferError when the queue is full or a mark holds the record back, KafkaException for a record that
        is refused.
        """
        if self._held_until is not None and self._held():
            raise BufferError("held back by a mark")
        self._producer.produce(topic, value, key, partition, timestamp=timestamp, headers=headers)
        self._sent += 1

    def _held(self) -> bool:
        self._look()
        if self._held_until is not None and time.monotonic() >= self._held_until:
            self._held_until = None
        return self._held_until is not None

    def _look(self) -> None:
        """Nothing is under way: all that was sent is delivered, unless a failure was told."""
        if not len(self._producer):
            self._held_until = None
            if not self._any_failed:
                self._delivered = self._sent

    def full(self) -> bool:
        return self._queue.full(len(self._producer))

    def sending(self, records: int, size: int) -> None:
        """So many records, which have so many bytes, are about to be sent."""
        self._queue.sent(records, size)

    def wait_for_room(self, timeout_s: float) -> None:
        self._producer.poll(timeout_s)

    def mark(self, patience_s: float) -> int:
        """What was sent so far, as a number. Until it is acknowledged `produce` holds back, but not for longer."""
        self._held_until = time.monotonic() + patience_s
        self._look()
        return self._sent

    def acknowledged(self, mark: int) -> bool:
        """Whether all records that were sent before a mark are known to be acknowledged."""
        self._look()
        return self._delivered >= mark

    def poll(self) -> None:
        """Takes in what the client has to report."""
        self._producer.poll(0)

    def flush(self, timeout_s: float) -> int:
        outstanding: int = self._producer.flush(timeout_s)
        return outstanding

    def purge(self) -> None:
        self._producer.purge()

    def close(self) -> None:
        self._producer.close()
