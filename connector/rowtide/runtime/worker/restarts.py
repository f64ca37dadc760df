"""When failed tasks are started again by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.runtime.restart_options import RestartPolicy
from rowtide.runtime.worker.tasks import TaskId


@dataclass(slots=True)
class _Row:
    """Failures in a row. `running_since` is None until the task runs."""

    attempts: int = 0
    running_since: float | None = None


class AutomaticRestarts:
    """Counts each task's failures in a row. Owned by the herder's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[TaskId, _Row] = {}

    def running(self, task: TaskId) -> None:
        row = self._rows.get(task)
        if row is not None and row.running_since is None:
            row.running_since = self._clock()

    def failed(self, task: TaskId, policy: RestartPolicy) -> float | None:
        """The pause in s before the task is started again; None when it stays FAILED."""
        row = self._rows.get(task)
        since = None if row is None else row.running_since
        if row is None or (since is not None and self._clock() - since > policy.delay_max_s):
            row = self._rows[task] = _Row()
        pause_s = policy.pause_s(row.attempts)
        row.attempts += 1
        row.running_since = None
        return pause_s

    def forget(self, task: TaskId) -> None:
        """Somebody else started or stopped it: what comes is no longer in a row."""
        self._rows.pop(task, None)
