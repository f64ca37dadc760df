"""A source of numbers, and plugins that go with it: what the task's process runs in these tests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rowtide.connect.plugins import Config, Converter, Predicate, SourceTask, TaskContext, Transformation
from rowtide.connect.record import EncodedRecord, RecordBatch, RecordEncoder, SourceRecord
from rowtide.connect.schema import BYTES, Schema
from rowtide.errors import DataError, RetriableError, ServerError

PARTITION = {"server": "numbers", "shard": 1}


class Numbers(RecordBatch):
    """Records first..last-1, each with an offset of its own."""

    source_partition = PARTITION

    def __init__(self, topic: str, first: int, last: int) -> None:
        self._topic, self._first, self._last = topic, first, last

    def __len__(self) -> int:
        return self._last - self._first

    def __iter__(self) -> Iterator[SourceRecord]:
        for number in range(self._first, self._last):
            text = str(number).encode()
            yield SourceRecord(self._topic, None, BYTES, text, BYTES, text)

    def source_offset(self, index: int) -> Mapping[str, object]:
        return {"next": self._first + index + 1}


class NumbersTask(SourceTask):
    """Emits `count` numbers in batches of `batch`, a batch every `pause.ms`, going on where the stored offset says."""

    def start(self, config: Config, context: TaskContext) -> None:
        self.trail = config.get("trail")
        if config.get("fail.start"):
            raise ServerError("the numbers are not available", hint="Set fail.start to nothing.")
        stored = context.offset(PARTITION)
        self.next = int(str(stored["next"])) if stored else 0
        self.topic = config["topic"]
        self.count = int(config["count"])
        self.batch = int(config.get("batch", "10"))
        self.pause_s = int(config.get("pause.ms", "0")) / 1000
        self.fail_at = int(config.get("fail.at", "-1"))
        self.hang_at = int(config.get("hang.at", "-1"))
        self.retriable = int(config.get("retriable", "0"))
        self.note(f"start {self.next}")

    def note(self, text: str) -> None:
        if self.trail:
            with Path(self.trail).open("a") as trail:
                trail.write(text + "\n")

    def poll(self, timeout_s: float) -> Sequence[RecordBatch]:
        if self.retriable > 0:
            self.retriable -= 1
            raise RetriableError("not just now")
        if 0 <= self.fail_at <= self.next:
            raise ServerError("no number comes after this one")
        while 0 <= self.hang_at <= self.next:
            time.sleep(1)
        if self.next >= self.count:
            time.sleep(min(timeout_s, 0.05))
            return []
        time.sleep(self.pause_s)
        first, self.next = self.next, min(self.count, self.next + self.batch)
        return [Numbers(self.topic, first, self.next)]

    def commit(self, offset: Mapping[str, object] | None) -> None:
        self.note(f"commit {None if offset is None else offset['next']}")

    def metrics(self) -> Mapping[str, object]:
        return {"next": self.next}

    def stop(self) -> None:
        if hasattr(self, "trail"):
            self.note("stop")


class Prepared(RecordBatch):
    """Records that are bytes already."""

    source_partition = PARTITION

    def __init__(self, records: list[EncodedRecord], first: int) -> None:
        self._records, self._first = records, first

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[SourceRecord]:
        return (SourceRecord(r.topic, None, BYTES, r.key, BYTES, r.value) for r in self._records)

    def source_offset(self, index: int) -> Mapping[str, object]:
        return {"next": self._first + index + 1}

    def encode(self, encoder: RecordEncoder) -> Iterator[EncodedRecord]:
        return iter(self._records)


class PreparedTask(SourceTask):
    """Emits `count` prepared records of 700 bytes as fast as they are taken; its metrics say how long that took."""

    def start(self, config: Config, context: TaskContext) -> None:
        count = int(config["count"])
        records = [EncodedRecord(config["topic"], None, b"%d" % i, (b"%020d" % i) * 35, []) for i in range(count)]
        self.batches = [Prepared(records[i : i + 1000], i) for i in range(0, count, 1000)]
        self.started = time.monotonic()
        self.seconds = 0.0

    def poll(self, timeout_s: float) -> Sequence[RecordBatch]:
        if self.batches:
            return [self.batches.pop(0)]
        self.seconds = self.seconds or time.monotonic() - self.started
        time.sleep(min(timeout_s, 0.05))
        return []

    def metrics(self) -> Mapping[str, object]:
        return {"seconds": self.seconds}

    def stop(self) -> None:
        pass


class PlainConverter(Converter):
    """Bytes as they are; refuses the value of its option `refuse`, or hands on what its option `retry` names later."""

    def configure(self, config: Config, *, is_key: bool) -> None:
        self.refuse = config.get("refuse", "").encode()
        self.retries = {config["retry"].encode(): 2} if "retry" in config else {}

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        if value is None:
            return None
        assert isinstance(value, bytes)
        if value == self.refuse:
            raise DataError("this number is refused")
        if self.retries.get(value, 0) > 0:
            self.retries[value] -= 1
            raise RetriableError("this number has to wait")
        return value

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        return BYTES, data


class PlainHeaderConverter(PlainConverter):
    pass


class Suffix(Transformation):
    def configure(self, config: Config) -> None:
        self.suffix = config["suffix"].encode()

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        if record.value == b"7":
            return None
        assert isinstance(record.value, bytes)
        return SourceRecord(record.topic, None, BYTES, record.key, BYTES, record.value + self.suffix)


class IsEven(Predicate):
    def configure(self, config: Config) -> None:
        pass

    def test(self, record: SourceRecord) -> bool:
        assert isinstance(record.key, bytes)
        return int(record.key) % 2 == 0
