"""A log in memory, for an embedded runtime and for tests: same promises as a log on a topic, within one process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.log import Entry, LogRecord, OnRecord
from rowtide.kafka.partitioner import partition_of

_log = logging.getLogger(__name__)


class MemoryTopic:
    """The records that all `MemoryLog`s on it share. Thread-safe. Keeps everything: it is not compacted."""

    def __init__(self, name: str = "memory", partitions: int = 1, *, clock_ms: Callable[[], int] | None = None) -> None:
        self.name = name
        self.partitions = partitions
        self.changed = threading.Condition()
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._records: list[LogRecord] = []
        self._ends = [0] * partitions

    def append(self, entries: Sequence[Entry]) -> None:
        """Adds records in order, to the partitions Java's producer would choose (those without a key to the first)."""
        with self.changed:
            for key, value in entries:
                partition = 0 if key is None else partition_of(key, self.partitions)
                offset = self._ends[partition]
                self._ends[partition] += 1
                self._records.append(LogRecord(key, value, partition, offset, self._clock_ms()))
            self.changed.notify_all()

    def records(self, start: int = 0) -> list[LogRecord]:
        """The records from the `start`th on, in the order they were added."""
        with self.changed:
            return self._records[start:]

    def __len__(self) -> int:
        with self.changed:
            return len(self._records)


class MemoryLog:
    """A `rowtide.kafka.log.Log` on a `MemoryTopic`."""

    def __init__(self, topic: MemoryTopic, on_record: OnRecord) -> None:
        self._topic = topic
        self._on_record = on_record
        self._read = 0
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self, timeout_s: float = 900.0) -> None:
        if self._thread is not None:
            raise RuntimeError(f"the log of topic {self._topic.name} was started before")
        self._thread = threading.Thread(target=self._run, name=f"log-{self._topic.name}", daemon=True)
        self._thread.start()
        self.read_to_end(timeout_s)

    def read_to_end(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        with self._topic.changed:
            end = len(self._topic)
            while self._read < end:
                if self._stopping:
                    raise KafkaUnavailableError(f"the log of topic {self._topic.name} was closed while it was read")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise KafkaUnavailableError(
                        f"the end of topic {self._topic.name} was not reached in {timeout_s:.0f} s"
                    )
                self._topic.changed.wait(left)

    def send(self, key: bytes | None, value: bytes | None, timeout_s: float = 30.0) -> None:
        self.send_many([(key, value)], timeout_s)

    def send_many(self, entries: Sequence[Entry], timeout_s: float = 30.0) -> None:
        if self._stopping:
            raise KafkaUnavailableError(f"the log of topic {self._topic.name} is closed")
        self._topic.append(entries)

    def post(self, key: bytes | None, value: bytes | None) -> None:
        self.send_many([(key, value)])

    def flush(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        with self._topic.changed:
            self._stopping = True
            self._topic.changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._topic.changed:
                self._topic.changed.wait_for(lambda: self._stopping or len(self._topic) > self._read)
                if self._stopping:
                    return
                records = self._topic.records(self._read)
            for record in records:
                self._deliver(record)
                with self._topic.changed:
                    self._read += 1
                    self._topic.changed.notify_all()

    def _deliver(self, record: LogRecord) -> None:
        try:
            self._on_record(record)
        except Exception:  # noqa: BLE001 - as in a log on a topic
            _log.exception("topic %s: record %d is left out", self._topic.name, record.offset)
