"""What every log promises; run on the one in memory and on a topic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.log import Log, LogRecord, OnRecord
from rowtide.kafka.partitioner import partition_of

PARTITIONS = 5

OpenLog = Callable[[OnRecord], Log]


class LogConformance:
    """Subclasses give the fixture `open_log`: logs on one empty topic of `PARTITIONS` partitions, not started."""

    @pytest.fixture
    def open_closed_later(self, open_log: OpenLog) -> Iterator[OpenLog]:
        opened: list[Log] = []

        def open_one(on_record: OnRecord) -> Log:
            opened.append(open_log(on_record))
            return opened[-1]

        yield open_one
        for log in opened:
            log.close()

    def test_an_empty_log_starts_without_records(self, open_closed_later: OpenLog) -> None:
        read: list[LogRecord] = []
        open_closed_later(read.append).start(30)
        assert read == []

    def test_what_was_written_before_is_read_by_start(self, open_closed_later: OpenLog) -> None:
        writer = open_closed_later(lambda record: None)
        writer.start(30)
        writer.send_many([(b"a", b"1"), (b"b", b"2"), (b"a", None)])
        read: list[LogRecord] = []
        open_closed_later(read.append).start(30)
        assert [(record.key, record.value) for record in read if record.key == b"a"] == [(b"a", b"1"), (b"a", None)]
        assert [(record.key, record.value) for record in read if record.key == b"b"] == [(b"b", b"2")]

    def test_own_and_others_writes_arrive_by_the_end_of_read_to_end(self, open_closed_later: OpenLog) -> None:
        mine: list[LogRecord] = []
        theirs: list[LogRecord] = []
        log, other = open_closed_later(mine.append), open_closed_later(theirs.append)
        log.start(30)
        other.start(30)
        log.send(b"k", b"1")
        other.send(b"k", b"2")
        log.read_to_end(30)
        other.read_to_end(30)
        assert [record.value for record in mine] == [record.value for record in theirs] == [b"1", b"2"]
        assert [record.offset for record in mine] == [0, 1]
        assert all(record.timestamp_ms > 1_600_000_000_000 for record in mine)

    def test_keys_go_to_the_partitions_of_javas_producer(self, open_closed_later: OpenLog) -> None:
        read: list[LogRecord] = []
        log = open_closed_later(read.append)
        log.start(30)
        log.send_many([(b"key-%d" % number, b"v") for number in range(20)])
        log.read_to_end(30)
        assert len(read) == 20
        assert all(record.partition == partition_of(record.key or b"", PARTITIONS) for record in read)

    def test_a_callback_that_fails_loses_its_record_only(self, open_closed_later: OpenLog) -> None:
        read: list[bytes | None] = []

        def take(record: LogRecord) -> None:
            if record.value == b"bad":
                raise ValueError("refused")
            read.append(record.value)

        log = open_closed_later(take)
        log.start(30)
        log.send_many([(b"k", b"1"), (b"k", b"bad"), (b"k", b"2")])
        log.read_to_end(30)
        assert read == [b"1", b"2"]

    def test_callbacks_run_in_one_thread_that_is_not_the_writers(self, open_closed_later: OpenLog) -> None:
        threads: set[int] = set()
        log = open_closed_later(lambda record: threads.add(threading.get_ident()))
        log.start(30)
        log.send(b"a", b"1")
        log.post(b"b", b"2")
        assert log.flush(30)
        log.read_to_end(30)
        assert len(threads) == 1
        assert threading.get_ident() not in threads

    def test_posted_records_arrive_in_order(self, open_closed_later: OpenLog) -> None:
        read: list[bytes | None] = []
        log = open_closed_later(lambda record: read.append(record.value))
        log.start(30)
        for number in range(100):
            log.post(b"k", b"%d" % number)
        assert log.flush(30)
        log.read_to_end(30)
        assert read == [b"%d" % number for number in range(100)]

    def test_the_end_cannot_be_reached_while_a_callback_holds_the_log_up(self, open_closed_later: OpenLog) -> None:
        go_on = threading.Event()
        log = open_closed_later(lambda record: go_on.wait(60))
        log.start(30)
        log.send(b"k", b"v")
        try:
            with pytest.raises(KafkaUnavailableError, match="end of topic"):
                log.read_to_end(0.3)
        finally:
            go_on.set()
        log.read_to_end(30)

    def test_a_closed_log_takes_nothing(self, open_closed_later: OpenLog) -> None:
        log = open_closed_later(lambda record: None)
        log.start(30)
        log.close()
        log.close()
        with pytest.raises(KafkaUnavailableError, match="closed"):
            log.send(b"k", b"v")
        with pytest.raises(KafkaUnavailableError, match="closed"):
            log.post(b"k", b"v")
