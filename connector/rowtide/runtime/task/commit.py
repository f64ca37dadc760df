"""Commits: what was sent is waited for, then the offset that covers it is stored, never the other way round."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.connect.plugins import Offset
from rowtide.connect.record import RecordBatch
from rowtide.errors import ConnectError
from rowtide.kafka.producer import RecordProducer
from rowtide.runtime.task.offsets import LayeredWriter, OffsetWriter, Partition

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class CommitCounts:
    """Figures of a task's offset commits."""

    successes: int = 0
    failures: int = 0
    total_time_ms: float = 0.0
    max_time_ms: float = 0.0
    last_offset: Offset | None = None


class Committer:
    """Knows how far each source partition was sent, and stores that once it is acknowledged. For the loop's thread."""

    def __init__(
        self,
        label: str,
        producer: RecordProducer,
        writer: OffsetWriter | LayeredWriter,
        on_acknowledged: Callable[[], None],
    ) -> None:
        """`on_acknowledged` is called each time when all that was sent is known to be acknowledged."""
        self.counts = CommitCounts()
        self._label = label
        self._producer = producer
        self._writer = writer
        self._on_acknowledged = on_acknowledged
        # Of each source partition the newest batch with the index of its last record that is done with, oldest first.
        self._sent: dict[tuple[tuple[str, object], ...], tuple[RecordBatch, int]] = {}

    def sent(self, batch: RecordBatch, index: int) -> None:
        """Records 0..index of the batch were handed to the producer or left out on purpose."""
        key = tuple(batch.source_partition.items())
        if len(self._sent) > 1:
            self._sent.pop(key, None)
        self._sent[key] = (batch, index)

    @property
    def pending(self) -> bool:
        return bool(self._sent)

    def check(self) -> None:
        """Raises ConnectError when a record could not be delivered."""
        self._producer.raise_failure()

    def commit(self, timeout_s: float) -> bool:
        """Waits for the records, then stores their offsets; false when that did not succeed, which is logged.

        Raises:
            ConnectError: a record was not delivered; nothing may be stored any more.
        """
        started = time.monotonic()
        stored = self._try(timeout_s)
        spent_ms = (time.monotonic() - started) * 1000
        self.counts.total_time_ms += spent_ms
        self.counts.max_time_ms = max(self.counts.max_time_ms, spent_ms)
        if stored:
            self.counts.successes += 1
        else:
            self.counts.failures += 1
        return stored

    def _try(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        outstanding = self._producer.flush(timeout_s)
        self._producer.raise_failure()
        if outstanding:
            _log.error(
                "task %s failed to commit offsets: %d records are not acknowledged after %.1f s, trying again later",
                self._label, outstanding, timeout_s - max(0.0, deadline - time.monotonic()),
            )  # fmt: skip
            return False
        self._on_acknowledged()
        if not self._sent:
            return True
        offsets: list[tuple[Partition, Offset]] = [
            (batch.source_partition, batch.source_offset(index)) for batch, index in self._sent.values()
        ]
        try:
            self._writer.write(offsets, max(0.0, deadline - time.monotonic()))
        except ConnectError:
            _log.exception("task %s failed to commit offsets, trying again later", self._label)
            return False
        self._sent.clear()
        self.counts.last_offset = offsets[-1][1]
        return True
