"""What is sent of a batch that transforms look at: order, what is counted, and what is handed over before an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rowtide.connect.plugins import Transformation
from rowtide.connect.record import EncodedBatch, EncodedRecord, ListBatch, SourceRecord
from rowtide.connect.schema import STRING
from rowtide.converters.simple_header import SimpleHeaderConverter
from rowtide.converters.string import StringConverter
from rowtide.errors import ConnectError, DataError, RetriableError
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.encoder import Converters, TaskEncoder
from rowtide.runtime.task.sender import BatchSender, DestinationTopics
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance, Interrupted
from rowtide.transforms.chain import Step, TransformationChain


@pytest.fixture(params=["reference", "native"], autouse=True)
def engine(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", request.param)


class Recording:
    """In place of a producer: takes so many records, then its queue stays full."""

    def __init__(self, room: int = 1000) -> None:
        self.sent: list[tuple[str, bytes | None]] = []
        self._room = room

    def send(self, record: EncodedRecord) -> None:
        if len(self.sent) >= self._room:
            raise RetriableError("the queue is full")
        self.sent.append((record.topic, record.value))

    def send_batch(self, batch: EncodedBatch) -> Iterator[int]:
        for i, value in enumerate(batch.records.values(), 1):
            if len(self.sent) >= self._room:
                raise RetriableError("the queue is full")
            self.sent.append((batch.topic, value))
            yield i


class Rules(Transformation):
    """What is done is said by the value: drop, fail, `fail once`, or another topic."""

    def __init__(self, producer: Recording) -> None:
        self._producer = producer
        self.sent_before: list[int] = []
        self._failed = False

    def configure(self, config: Any) -> None:
        pass

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        value = str(record.value)
        if value == "drop":
            return None
        if value == "fail":
            raise DataError("as told")
        if value == "fail once":
            self.sent_before.append(len(self._producer.sent))
            if not self._failed:
                self._failed = True
                raise RetriableError("as told")
        if value.startswith("p"):
            return replace(record, partition=3)
        return replace(record, topic=value[0])


class Sending:
    def __init__(self, options: ErrorOptions | None = None, room: int = 1000) -> None:
        self.producer = Recording(room)
        producer: Any = self.producer
        self.rules = Rules(self.producer)
        string, header = StringConverter(), SimpleHeaderConverter()
        string.configure({}, is_key=False)
        header.configure({}, is_key=False)
        self.sender = BatchSender(
            TransformationChain([Step("Rules", self.rules)]),
            TaskEncoder(Converters(string, string, header)),
            ErrorTolerance("c-0", options or ErrorOptions(), Control()),
            producer,
            DestinationTopics(None, None),
        )

    def send(self, *values: str) -> None:
        records = [SourceRecord("t", None, None, None, STRING, value) for value in values]
        self.sender.send(ListBatch({}, {}, records))

    @property
    def counts(self) -> tuple[int, int]:
        return self.sender.covered, self.sender.written


def test_records_keep_their_order():
    sending = Sending()
    sending.send("a1", "a2", "b1", "a3", "b2", "b3")
    assert [value for _, value in sending.producer.sent] == [b"a1", b"a2", b"b1", b"a3", b"b2", b"b3"]
    assert {topic for topic, _ in sending.producer.sent} == {"a", "b"}
    assert sending.counts == (6, 6)


def test_record_with_a_partition_is_sent_after_those_before_it():
    sending = Sending()
    sending.send("a1", "p1", "a2")
    assert [value for _, value in sending.producer.sent] == [b"a1", b"p1", b"a2"]
    assert sending.counts == (3, 3)


def test_dropped_records_at_the_end_are_not_covered():
    sending = Sending()
    sending.send("a1", "drop", "a2", "drop")
    assert sending.counts == (3, 2)
    sending.send("drop")
    assert sending.counts == (0, 2)


def test_what_comes_before_a_failure_is_sent():
    sending = Sending()
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        sending.send("a1", "b1", "fail", "a2")
    assert sending.producer.sent == [("a", b"a1"), ("b", b"b1")]
    assert sending.counts == (2, 2)


def test_tolerated_failure_leaves_its_record_out():
    sending = Sending(ErrorOptions(skip=True))
    sending.send("a1", "fail", "a2", "fail")
    assert [value for _, value in sending.producer.sent] == [b"a1", b"a2"]
    assert sending.counts == (3, 2)
    assert sending.sender.tolerance_counts.total_records_skipped == 2


def test_what_comes_before_a_record_that_is_tried_again_does_not_wait_with_it():
    sending = Sending(ErrorOptions(retry_timeout_ms=60_000, retry_delay_max_ms=1))
    sending.send("a1", "a2", "fail once")
    assert sending.rules.sent_before[1:] == [2]
    assert len(sending.producer.sent) == 3


@pytest.mark.parametrize("room", range(6))
def test_what_was_sent_is_covered_when_the_queue_stays_full(room: int) -> None:
    sending = Sending(room=room)
    with pytest.raises(Interrupted):
        sending.send("a0", "a1", "b2", "a3", "a4", "b5")
    assert sending.counts == (room, room)
    assert len(sending.producer.sent) == room
