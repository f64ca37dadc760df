"""Takes a batch's records through transforms and converters to the producer. The hot path of a task."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

from rowtide.connect.record import EncodedBatch, EncodedRecord, RecordBatch, SourceRecord
from rowtide.errors import RetriableError
from rowtide.kafka.producer import RecordProducer
from rowtide.runtime.task.encoder import Headers, TaskEncoder, checked_timestamp
from rowtide.runtime.task.outgoing import Outgoing
from rowtide.runtime.task.tolerance import ErrorCounts, ErrorTolerance, Interrupted, SkipRecord
from rowtide.transforms.chain import TransformationChain


class DestinationTopics:
    """The topics that a task writes to: created before the first record, reported after the first acknowledgement."""

    def __init__(self, ensure: Callable[[str], None] | None, report: Callable[[list[str]], None] | None) -> None:
        self._ensure = ensure
        self._report = report
        self._known: set[str] = set()
        self._new: list[str] = []

    def note(self, topic: str) -> None:
        """Called before a record is sent. Raises ConnectError when the topic cannot be created."""
        if topic not in self._known:
            if self._ensure is not None:
                self._ensure(topic)
            self._known.add(topic)
            self._new.append(topic)

    def acknowledging(self) -> Callable[[], None]:
        """What to call once all records sent so far are acknowledged."""
        return partial(self._acknowledged, list(self._new))

    def _acknowledged(self, topics: list[str]) -> None:
        news = [topic for topic in topics if topic in self._new]
        if news and self._report is not None:
            self._report(news)
        self._new = [topic for topic in self._new if topic not in news]


class BatchSender:
    """Sends batches, one at a time, on the loop's thread.

    Attributes:
        done: records of the newest batch, counted from its first, that were sent or left out on purpose; also right
            after `send` has raised.
        covered: those up to the last that was sent. As in Connect the offset stays before records that a transform
            drops, or that are skipped, until one after them is sent.
        written: records sent so far.
    """

    def __init__(
        self,
        chain: TransformationChain,
        encoder: TaskEncoder,
        tolerance: ErrorTolerance,
        producer: RecordProducer,
        topics: DestinationTopics,
    ) -> None:
        self.done = 0
        self.covered = 0
        self.written = 0
        self._chain = chain
        self._encoder = encoder
        self._tolerance = tolerance
        self._producer = producer
        self._topics = topics
        self._last_topic: str | None = None
        self._outgoing = Outgoing(producer, encoder.part_encoders)
        # A record that failed may be waited for; those before it are not to wait with it.
        tolerance.before_recovery = self._outgoing.flush

    @property
    def tolerance_counts(self) -> ErrorCounts:
        return self._tolerance.counts

    def send(self, batch: RecordBatch) -> None:
        """Hands every record to the producer, in order.

        Raises:
            Interrupted: the task is to stop; the rest of the batch was not sent.
            ConnectError: a record cannot be transformed, encoded or sent.
        """
        self.done = self.covered = 0
        try:
            if self._send_together(batch):
                return
            self._send_tolerantly(batch)
        except RetriableError as error:
            # The producer's queue is full and the task is to stop; nothing else gets through the tolerance.
            raise Interrupted from error

    def _send_together(self, batch: RecordBatch) -> bool:
        """Sends what the batch encodes by itself; false when it failed on a record, which is then the next to do."""
        transforms = len(self._chain) > 0
        pieces = None
        if not transforms or self._encoder.transforms is self._chain:
            pieces = batch.encode_batch(self._encoder)
        if pieces is None:
            return not transforms and self._send_all(batch)
        for piece in pieces:
            self._send_encoded(piece)
        return self.done == len(batch)

    def _send_encoded(self, piece: EncodedBatch) -> None:
        """Sends records that were encoded together."""
        if len(piece):
            self._topics.note(piece.topic)
        begun = self.done
        sent = 0
        try:
            for progress in self._producer.send_batch(piece):
                sent = progress
        finally:
            self.written += sent
            if piece.completes is None:
                self.done = self.covered = begun + sent
            elif sent == len(piece):
                self.done = begun + piece.completes
                if sent:
                    self.covered = self.done if piece.covers is None else begun + piece.covers

    def _send_all(self, batch: RecordBatch) -> bool:
        """Sends what the batch encodes by itself; false when it failed on a record, which is then the next to do."""
        send = self._producer.send
        failures: list[Exception] = []
        sent = 0
        last_topic: str | None = None
        try:
            for record in _until_failure(batch.encode(self._encoder), failures):
                if record.topic is not last_topic:
                    last_topic = record.topic
                    self._topics.note(last_topic)
                send(record)
                sent += 1
        finally:
            self.done = self.covered = sent
            self.written += sent
        return not failures

    def _send_tolerantly(self, batch: RecordBatch) -> None:
        """Goes on with the record `done`, one by one."""
        looked_at = len(self._chain) > 0
        records = batch.lazy_records(self._encoder) if looked_at else iter(batch)
        self._outgoing.begin()
        try:
            self._send_each(itertools.islice(records, self.done, None))
            self._outgoing.flush()
        except RetriableError:
            raise
        except BaseException:
            self._outgoing.flush()
            raise
        finally:
            self.covered = max(self.covered, self._outgoing.covered)
            self.written += self._outgoing.take_written()

    def _send_each(self, records: Iterator[SourceRecord]) -> None:
        tolerance, encode_headers = self._tolerance, self._encoder.headers
        apply, take = self._chain.apply, self._outgoing.take
        index = self.done
        for record in records:
            tolerance.record = record
            try:
                made = apply(record, tolerance)
                if made is not None:
                    headers = encode_headers(made.topic, made.headers, tolerance)
                    if not take(index, made, headers):
                        self._send_converted(index, made, headers)
            except SkipRecord:
                pass
            index += 1
            self.done = index

    def _send_converted(self, index: int, record: SourceRecord, headers: Headers) -> None:
        key, value = self._encoder.key_and_value(record, self._tolerance)
        topic, timestamp = record.topic, checked_timestamp(record.timestamp)
        if topic is not self._last_topic:
            self._topics.note(topic)
            self._last_topic = topic
        self._outgoing.send(index, EncodedRecord(topic, record.partition, key, value, headers, timestamp))


def _until_failure(records: Iterator[EncodedRecord], failures: list[Exception]) -> Iterator[EncodedRecord]:
    """The records up to the first that fails to encode, whose error goes to `failures` instead of the caller.

    So the caller can tell it from an error of its own while it holds a record.
    """
    try:
        yield from records
    except Exception as error:  # noqa: BLE001 - converters raise what they like; the record is tried again under the error options
        failures.append(error)
