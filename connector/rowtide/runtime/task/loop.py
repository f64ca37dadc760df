"""A source task's life: start, then poll, send and commit until it is told to stop."""

from __future__ import annotations

import gc
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from rowtide.connect.plugins import SourceTask, TaskContext
from rowtide.connect.record import RecordBatch
from rowtide.errors import RetriableError
from rowtide.runtime.task.commit import Committer
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.sender import BatchSender
from rowtide.runtime.task.spec import PAUSED, RUNNING
from rowtide.runtime.task.status import Progress
from rowtide.runtime.task.tolerance import ErrorCounts, Interrupted

_log = logging.getLogger(__name__)

_POLL_S = 0.2
_COMMITTING_POLL_S = 0.02
"""While a commit is under way, which is looked after between two polls."""

_PAUSED_TURN_S = 1.0
_RETRY_FIRST_S, _RETRY_MAX_S = 0.5, 30.0
_METRICS_EVERY_S = 2.0


LAST_COMMIT = "last commit"
"""The stage that a stop does not cut short."""


class Reporter(Protocol):
    """Where the loop's states go."""

    def state(self, state: str, *, trace: str | None = None, version: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class CommitTimes:
    """When to commit.

    Attributes:
        interval_s: time between commits.
        timeout_s: time that a commit may take.
        records_max: commit earlier after so many records; bounds what a fast source delivers twice after a crash.
    """

    interval_s: float
    timeout_s: float
    records_max: int = 1_000_000


@dataclass(slots=True)
class Counts:
    """Figures of the loop. `batch_max` is the largest batch in records."""

    polled: int = 0
    batches: int = 0
    batch_max: int = 0
    poll_retries: int = 0


class TaskLoop:
    """Runs one task on the thread that calls `run`, then `finish`."""

    def __init__(
        self,
        task: SourceTask,
        sender: BatchSender,
        committer: Committer,
        control: Control,
        reporter: Reporter,
        progress: Progress,
        times: CommitTimes,
    ) -> None:
        self.started = False
        """Whether the task's start was called, so that it needs its stop."""
        self._running = False
        self._task = task
        self._sender = sender
        self._committer = committer
        self._control = control
        self._reporter = reporter
        self._progress = progress
        self._times = times
        self._counts = Counts()
        self._committed_records = 0
        self._news = False
        self._next_commit = self._next_metrics = 0.0

    def run(self, config: Mapping[str, str], context: TaskContext) -> None:
        """Returns when the task was told to stop. Raises what the task failed with."""
        if self._control.paused:
            self._stay_paused()
        if self._control.stopping:
            return
        self._progress.enter("start")
        self.started = True
        self._task.start(config, context)
        self._running = True
        # What is there now stays: a collection need not look at it each time, which holds the stream up.
        gc.collect()
        gc.freeze()
        self._reporter.state(RUNNING)
        self._next_commit = time.monotonic() + self._times.interval_s
        while not self._control.stopping:
            if self._control.paused:
                self._commit()
                self._stay_paused()
                if not self._control.stopping:
                    self._reporter.state(RUNNING)
            else:
                self._turn()

    def finish(self, *, failed: bool) -> None:
        """The last commit, at a stop and after a failure alike. What goes wrong here is only logged."""
        if not self._running:
            # A task that has not come through its start knows nothing of commits.
            return
        try:
            # Some of the time that the worker grants is for what comes after the commit.
            self._commit(LAST_COMMIT, 0.8 * self._control.time_to_stop(self._times.timeout_s))
        except Exception as error:  # noqa: BLE001 - nothing may keep the end from being reported
            # After a failure of the producer this is expected, and its cause is on its way to the worker.
            _log.log(logging.INFO if failed else logging.ERROR, "the last offset commit failed: %s", error)
        self._refresh_metrics()

    def _stay_paused(self) -> None:
        self._reporter.state(PAUSED)
        while self._control.paused and not self._control.stopping:
            self._progress.enter("paused")
            self._control.wait(_COMMITTING_POLL_S if self._committer.under_way else _PAUSED_TURN_S, paused=True)
            if self._committer.pending or self._committer.under_way:
                self._commit_when_due()

    def _turn(self) -> None:
        batches = deque(self._poll())
        while batches:
            batch = batches.popleft()  # what was sent is not kept
            if len(batch) == 0:
                # It has no record whose offset could be stored.
                continue
            self._counts.polled += len(batch)
            self._counts.batches += 1
            self._counts.batch_max = max(self._counts.batch_max, len(batch))
            try:
                self._send(batch)
            except Interrupted:
                return
            self._committer.check()
            self._commit_when_due()
        self._committer.check()
        self._commit_when_due()
        if time.monotonic() >= self._next_metrics:
            self._refresh_metrics()

    def _poll(self) -> Sequence[RecordBatch]:
        delay_s = _RETRY_FIRST_S
        while not (self._control.stopping or self._control.paused):
            self._progress.enter("poll")
            try:
                return self._task.poll(_COMMITTING_POLL_S if self._committer.under_way else _POLL_S)
            except RetriableError as error:
                _log.warning("polling failed, trying again in %.1f s: %s", delay_s, error)
                self._counts.poll_retries += 1
                self._control.wait(delay_s, paused=False)
                delay_s = min(2 * delay_s, _RETRY_MAX_S)
                self._commit_when_due()
        return ()

    def _send(self, batch: RecordBatch) -> None:
        """Sends a batch; notes how far it got, whatever happens."""
        self._progress.enter("send")
        try:
            self._sender.send(batch)
        finally:
            if self._sender.covered:
                self._committer.sent(batch, self._sender.covered - 1)

    def _commit_when_due(self) -> None:
        """Begins a commit that is due and takes one on that is under way; what is sent meanwhile does not wait."""
        if self._committer.under_way:
            self._end_commit(self._committer.progress())
            return
        many = self._sender.written - self._committed_records >= self._times.records_max
        if many or time.monotonic() >= self._next_commit or self._control.take_commit():
            self._begin_commit()
            self._committer.begin(self._times.timeout_s)
            self._end_commit(self._committer.progress())

    def _commit(self, stage: str = "commit", timeout_s: float | None = None) -> None:
        """Waits for the end of a commit."""
        self._progress.enter(stage)
        self._begin_commit()
        self._end_commit(self._committer.commit(self._times.timeout_s if timeout_s is None else timeout_s))

    def _begin_commit(self) -> None:
        # Also for a commit that fails: the next attempt is an interval away, not in the next turn.
        self._committed_records = self._sender.written
        self._next_commit = time.monotonic() + self._times.interval_s
        self._news = self._committer.pending

    def _end_commit(self, stored: bool | None) -> None:
        if stored:
            self._task.commit(self._committer.counts.last_offset if self._news else None)

    def _refresh_metrics(self) -> None:
        self._next_metrics = time.monotonic() + _METRICS_EVERY_S
        self._progress.metrics = {**self._figures(self._sender.tolerance_counts), "task": self._task_metrics()}

    def _figures(self, errors: ErrorCounts) -> dict[str, Any]:
        return {
            "records_written": self._sender.written,
            "records_polled": self._counts.polled,
            "batches": self._counts.batches,
            "batch_max": self._counts.batch_max,
            "poll_retries": self._counts.poll_retries,
            "commit": asdict(self._committer.counts),
            "errors": asdict(errors),
        }

    def _task_metrics(self) -> Mapping[str, object]:
        try:
            return dict(self._task.metrics())
        except Exception as error:  # noqa: BLE001 - figures are not worth a task
            _log.warning("the task's figures cannot be had: %s: %s", type(error).__name__, error)
            return {}
