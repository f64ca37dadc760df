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

_Key = tuple[tuple[str, object], ...]
_Sent = tuple[RecordBatch, int]


@dataclass(slots=True)
class CommitCounts:
    """Figures of a task's offset commits."""

    successes: int = 0
    failures: int = 0
    total_time_ms: float = 0.0
    max_time_ms: float = 0.0
    last_offset: Offset | None = None


@dataclass(slots=True)
class _Commit:
    """A commit on its way.

    Attributes:
        mark: of the records that it waits for.
        sent: what was sent until it began.
        on_acknowledged: called when the records are acknowledged.
        offsets: what was written, once it was.
    """

    started: float
    deadline: float
    mark: int
    sent: dict[_Key, _Sent]
    on_acknowledged: Callable[[], None]
    offsets: list[tuple[Partition, Offset]] | None = None


class Committer:
    """Knows how far each source partition was sent, and stores that once it is acknowledged. For the loop's thread.

    A commit is begun and then looked after now and then, while more is sent; or it is waited for, at an end.
    """

    def __init__(
        self,
        label: str,
        producer: RecordProducer,
        writer: OffsetWriter | LayeredWriter,
        acknowledging: Callable[[], Callable[[], None]],
    ) -> None:
        """`acknowledging` is called when a commit begins; what it gives, when all that was sent until then is
        acknowledged.
        """
        self.counts = CommitCounts()
        self._label = label
        self._producer = producer
        self._writer = writer
        self._acknowledging = acknowledging
        # Of each source partition the newest batch with the index of its last record that is done with, oldest first.
        self._sent: dict[_Key, _Sent] = {}
        self._commit: _Commit | None = None

    def sent(self, batch: RecordBatch, index: int) -> None:
        """Records 0..index of the batch were handed to the producer or left out on purpose."""
        key = tuple(batch.source_partition.items())
        if len(self._sent) > 1:
            self._sent.pop(key, None)
        self._sent[key] = (batch, index)

    @property
    def pending(self) -> bool:
        return bool(self._sent)

    @property
    def under_way(self) -> bool:
        """A commit was begun and has not ended."""
        return self._commit is not None

    def check(self) -> None:
        """Raises ConnectError when a record could not be delivered."""
        self._producer.raise_failure()

    def commit(self, timeout_s: float) -> bool:
        """Waits for the records, then stores their offsets; false when that did not succeed, which is logged.

        It takes the place of a commit that is under way.

        Raises:
            ConnectError: a record was not delivered; nothing may be stored any more.
        """
        commit = self._new(timeout_s)
        self._commit = None
        outstanding = self._producer.flush(timeout_s)
        self._producer.raise_failure()
        stored = self._late(commit, outstanding) if outstanding else self._store(commit)
        self._count(commit, stored)
        return stored

    def begin(self, timeout_s: float) -> None:
        """Begins a commit of what was sent so far; `progress` takes it on."""
        self._commit = self._new(timeout_s)

    def progress(self) -> bool | None:
        """Does for the commit under way what can be done without waiting.

        Returns:
            None while it goes on, or when there is none; at its end whether it succeeded; why not is logged.

        Raises:
            ConnectError: a record was not delivered; nothing may be stored any more.
        """
        commit = self._commit
        if commit is None:
            return None
        stored = self._advance(commit)
        if stored is None:
            return None
        self._commit = None
        self._count(commit, stored)
        return stored

    def _new(self, timeout_s: float) -> _Commit:
        now = time.monotonic()
        return _Commit(now, now + timeout_s, self._producer.mark(timeout_s), dict(self._sent), self._acknowledging())

    def _advance(self, commit: _Commit) -> bool | None:
        if commit.offsets is None:
            acknowledged = self._producer.acknowledged(commit.mark)
            self._producer.raise_failure()
            if not acknowledged:
                late = time.monotonic() > commit.deadline
                return self._late(commit, self._producer.outstanding()) if late else None
        try:
            if commit.offsets is None:
                commit.offsets = self._acknowledged(commit)
                if commit.offsets:
                    self._writer.begin(commit.offsets)
            if commit.offsets and not self._writer.done():
                late = time.monotonic() > commit.deadline
                return self._late(commit, len(commit.offsets), "offsets") if late else None
        except ConnectError:
            return self._unwritten()
        self._stored(commit, commit.offsets)
        return True

    def _store(self, commit: _Commit) -> bool:
        offsets = self._acknowledged(commit)
        try:
            if offsets:
                self._writer.write(offsets, max(0.0, commit.deadline - time.monotonic()))
        except ConnectError:
            return self._unwritten()
        self._stored(commit, offsets)
        return True

    def _acknowledged(self, commit: _Commit) -> list[tuple[Partition, Offset]]:
        """Offsets that may be stored now."""
        commit.on_acknowledged()
        return [(batch.source_partition, batch.source_offset(index)) for batch, index in commit.sent.values()]

    def _stored(self, commit: _Commit, offsets: list[tuple[Partition, Offset]]) -> None:
        for key, sent in commit.sent.items():
            if self._sent.get(key) is sent:
                del self._sent[key]
        if offsets:
            self.counts.last_offset = offsets[-1][1]

    def _late(self, commit: _Commit, outstanding: int, what: str = "records") -> bool:
        _log.error(
            "task %s failed to commit offsets: %d %s are not acknowledged after %.1f s, trying again later",
            self._label, outstanding, what, time.monotonic() - commit.started,
        )  # fmt: skip
        return False

    def _unwritten(self) -> bool:
        """Called for an error that is being handled."""
        _log.exception("task %s failed to commit offsets, trying again later", self._label)
        return False

    def _count(self, commit: _Commit, stored: bool) -> None:
        spent_ms = (time.monotonic() - commit.started) * 1000
        self.counts.total_time_ms += spent_ms
        self.counts.max_time_ms = max(self.counts.max_time_ms, spent_ms)
        if stored:
            self.counts.successes += 1
        else:
            self.counts.failures += 1
