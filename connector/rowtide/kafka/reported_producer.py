"""confluent-kafka's producer, with a report of each delivery to count them: the way without the native engine."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer


class _Span:
    """Records between two marks that are under way."""

    __slots__ = ("left", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.left = 0


class ReportedProducer:
    """The part of `confluent_kafka.Producer` that we use, and marks. For one thread."""

    def __init__(
        self,
        settings: Mapping[str, object],
        logger: logging.Logger,
        on_failed_delivery: Callable[[KafkaError, Message], None],
        on_error: Callable[[KafkaError], None],
    ) -> None:
        """Raises KafkaException, TypeError or ValueError for refused settings."""
        given = {**settings, "delivery.report.only.error": False, "error_cb": on_error}
        self._producer: Any = Producer(given, logger=logger)
        self._on_failed_delivery = on_failed_delivery
        self._spans: deque[_Span] = deque()
        self._next()

    def _next(self) -> None:
        span = _Span(self._spans[-1].number + 1 if self._spans else 0)
        failed = self._on_failed_delivery

        def report(error: KafkaError | None, message: Message) -> None:
            if error is None:
                span.left -= 1
            else:
                # It stays counted: nothing behind it may be taken for acknowledged.
                failed(error, message)

        self._report = report
        self._spans.append(span)

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
        """Raises BufferError when the queue is full, KafkaException for a record that is refused."""
        self._producer.produce(
            topic, value, key, partition, on_delivery=self._report, timestamp=timestamp, headers=headers
        )
        self._spans[-1].left += 1

    def mark(self) -> int:
        """Ends a span of records; answers its number."""
        self._forget()
        if self._spans[-1].left:
            self._next()
            return self._spans[-2].number
        return self._spans[-1].number - 1

    def acknowledged(self, mark: int) -> bool:
        """Whether all records that were sent before a mark are known to be acknowledged."""
        self._forget()
        return self._spans[0].number > mark

    def _forget(self) -> None:
        while len(self._spans) > 1 and self._spans[0].left == 0:
            self._spans.popleft()

    def poll(self, timeout_s: float) -> int:
        served: int = self._producer.poll(timeout_s)
        return served

    def flush(self, timeout_s: float) -> int:
        outstanding: int = self._producer.flush(timeout_s)
        return outstanding

    def purge(self) -> None:
        self._producer.purge()

    def close(self) -> None:
        self._producer.close()
