"""The tasks that this worker runs, each in a process of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from rowtide.runtime.lease import Lease
from rowtide.runtime.task.spec import TaskEvent, TaskSpec
from rowtide.runtime.task.supervisor import TaskProcess

log = logging.getLogger(__name__)

TaskId = tuple[str, int]
"""Connector name and number."""


@dataclass(slots=True, eq=False)
class LocalTask:
    """One life of a task on this worker.

    Attributes:
        process: None when it failed before there was one.
        state: the newest known: UNASSIGNED until the process says more, RUNNING, PAUSED, FAILED.
    """

    spec: TaskSpec
    process: TaskProcess | None = None
    state: str = "UNASSIGNED"

    @property
    def id(self) -> TaskId:
        return self.spec.connector, self.spec.task_id


class LocalTasks:
    """Starts, steers and stops tasks. Owned by the herder's thread; process events arrive on other threads."""

    def __init__(
        self, on_event: Callable[[LocalTask, TaskEvent], None], graceful_s: float, lease: Lease | None = None
    ) -> None:
        """`on_event` is called from the process's watching thread."""
        self._lease = lease
        self._on_event = on_event
        self._graceful_s = graceful_s
        self._tasks: dict[TaskId, LocalTask] = {}

    def __contains__(self, task: object) -> bool:
        return task in self._tasks

    def ids(self, connector: str | None = None) -> list[TaskId]:
        return sorted(task for task in self._tasks if connector in (None, task[0]))

    def is_current(self, task: LocalTask) -> bool:
        return self._tasks.get(task.id) is task

    def get(self, task: TaskId) -> LocalTask | None:
        return self._tasks.get(task)

    def all(self) -> list[LocalTask]:
        """A copy; safe to call from any thread."""
        return list(self._tasks.values())

    def start(self, spec: TaskSpec) -> None:
        log.info("starting task %s", spec.label)
        task = LocalTask(spec)
        task.process = TaskProcess(spec, lambda event: self._on_event(task, event), self._lease)
        self._tasks[task.id] = task
        task.process.start()

    def keep_failed(self, spec: TaskSpec) -> LocalTask:
        """Remembers a task that could not be started, so that it stays FAILED until it is restarted."""
        task = LocalTask(spec, state="FAILED")
        self._tasks[task.id] = task
        return task

    def pause(self, connector: str) -> None:
        for process in self._processes(connector):
            process.pause()

    def resume(self, connector: str) -> None:
        for process in self._processes(connector):
            process.resume()

    def stop(self, tasks: Iterable[TaskId]) -> list[LocalTask]:
        """Stops tasks together within the graceful timeout, later ones by force; answers those that there were."""
        found = [task for each in tasks if (task := self._tasks.pop(each, None)) is not None]
        deadline = time.monotonic() + self._graceful_s
        running = [task.process for task in found if task.process is not None and task.process.alive]
        for process in running:
            process.request_stop(self._graceful_s)
        for process in running:
            process.stop(max(0.1, deadline - time.monotonic()))
        return found

    def metrics(self) -> Mapping[TaskId, Mapping[str, object]]:
        return {task.id: task.process.metrics for task in self.all() if task.process is not None}

    def _processes(self, connector: str) -> Collection[TaskProcess]:
        return [t.process for t in self._tasks.values() if t.id[0] == connector and t.process is not None]
