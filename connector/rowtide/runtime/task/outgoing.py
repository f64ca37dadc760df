"""Records on their way to the producer, gathered so that one call sends many of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from rowtide import native
from rowtide.connect.record import EncodedBatch, EncodedRecord
from rowtide.kafka.producer import RecordProducer

_RECORDS_MAX = 2000
_BYTES_MAX = 1 << 20
_AGE_MAX_S = 0.02
"""How long a record waits for others while slow transforms make them."""

_LOOK_EVERY = 8

Headers = list[tuple[str, bytes | None]]


@dataclass(slots=True)
class _Run:
    """Records for one topic, one after another.

    Attributes:
        headers: of most of them.
        own: by index, of the others.
        indexes: for each of the records, which one of the batch it was.
    """

    topic: str
    packed: Any
    headers: Headers
    own: dict[int, Headers] = field(default_factory=dict)
    indexes: list[int] = field(default_factory=list)


class Outgoing:
    """Gathers the records of batches, in order; nothing is left behind at the end of one. For one thread.

    Attributes:
        covered: one more than the last record of the batch that was sent.
        gathers: whether `gather` may be called.
    """

    def __init__(self, producer: RecordProducer) -> None:
        self.covered = self._written = 0
        self._producer = producer
        self.gathers = native.engine() == "native"
        self._run: _Run | None = None
        self._size = 0
        self._since = 0.0

    def begin(self) -> None:
        """A batch begins."""
        self.covered = 0

    def take_written(self) -> int:
        """Records sent since the last call."""
        written, self._written = self._written, 0
        return written

    def send(self, index: int, record: EncodedRecord) -> None:
        """Args: index: of the record in its batch. Raises as RecordProducer.send, for this record or earlier ones."""
        self.flush()
        self._producer.send(record)
        self.covered = index + 1
        self._written += 1

    def gather(self, index: int, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """As `send`, for a record that the producer's partitioner places, and that has no time of its own."""
        run = self._run
        if run is None or run.topic != topic:
            self.flush()
            run = self._run = _Run(topic, native.required().Batch(), headers)
            self._since = time.monotonic()
        elif headers is not run.headers and headers != run.headers:
            run.own[len(run.indexes)] = headers
        run.packed.push(key, value)
        run.indexes.append(index)
        self._size += len(value or b"") + len(key or b"")
        count = len(run.indexes)
        old = not count % _LOOK_EVERY and time.monotonic() - self._since > _AGE_MAX_S
        if old or self._size >= _BYTES_MAX or count >= _RECORDS_MAX:
            self.flush()

    def flush(self) -> None:
        """Hands over all that was gathered. Raises as RecordProducer.send; what was not sent by then is forgotten."""
        run, self._run = self._run, None
        if run is None:
            return
        self._size = sent = 0
        try:
            for progress in self._producer.send_batch(EncodedBatch(run.topic, run.packed, run.headers, run.own)):
                sent = progress
        finally:
            self._written += sent
            if sent:
                self.covered = run.indexes[sent - 1] + 1
