"""Records on their way to the producer, gathered so that one call sends many of them."""

from __future__ import annotations

from typing import Any

from rowtide import native
from rowtide.connect.record import EncodedBatch, EncodedRecord, SourceRecord
from rowtide.kafka.producer import RecordProducer

_RECORDS_MAX = 2000
_BYTES_MAX = 1 << 20
_AGE_MAX_MS = 20
"""How long a record waits for others while slow transforms make them."""

Headers = list[tuple[str, bytes | None]]


class Outgoing:
    """Gathers the records of batches, in order; nothing is left behind at the end of one. For one thread.

    Attributes:
        covered: one more than the last record of the batch that was sent.
    """

    def __init__(self, producer: RecordProducer, part_encoders: tuple[Any, Any] | None) -> None:
        """Args: part_encoders: of the native engine, None for none."""
        self.covered = self._written = 0
        self._producer = producer
        self._gathered: Any = None
        if native.engine() == "native":
            self._gathered = native.required().Gathered(part_encoders, (_RECORDS_MAX, _BYTES_MAX, _AGE_MAX_MS))

    def begin(self) -> None:
        """A batch begins."""
        self.covered = 0

    def take_written(self) -> int:
        """Records sent since the last call."""
        written, self._written = self._written, 0
        return written

    def take(self, index: int, record: SourceRecord, headers: Headers) -> bool:
        """Encodes a record and gathers it, where neither converters nor another topic than the last one's are needed;
        whether that was so.

        Args:
            index: of the record in its batch.

        Raises:
            ConnectError, RetriableError: as RecordProducer.send, for this record or earlier ones.
        """
        if self._gathered is None:
            return False
        full = self._gathered.add(index, record, headers)
        if full:
            self.flush()
        return full is not None

    def send(self, index: int, record: EncodedRecord) -> None:
        """As `take`, for a record that is encoded."""
        gathered = self._gathered
        if gathered is None or record.partition is not None or record.timestamp is not None:
            self.flush()
            self._producer.send(record)
            self.covered = index + 1
            self._written += 1
            return
        if gathered.topic != record.topic:
            self.flush()
        if gathered.push(index, record.topic, record.key, record.value, record.headers):
            self.flush()

    def flush(self) -> None:
        """Hands over all that was gathered. Raises as RecordProducer.send; what was not sent by then is forgotten."""
        gathered = self._gathered
        if not gathered:
            return
        batch = EncodedBatch(gathered.topic, gathered.records, gathered.headers, gathered.own_headers)
        sent = 0
        try:
            for progress in self._producer.send_batch(batch):
                sent = progress
        finally:
            self._written += sent
            if sent:
                self.covered = gathered.index(sent - 1) + 1
            gathered.clear()
