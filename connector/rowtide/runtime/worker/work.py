"""The connectors and tasks that run on this worker: starts, moves and stops them, and writes their statuses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from rowtide.connect.plugins import SourceConnector
from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.lease import Lease
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.restart_options import restart_policy
from rowtide.runtime.storage.snapshot import Config, ConfigSnapshot
from rowtide.runtime.task.spec import EXPIRED, FAILED, STOPPED, TaskEvent, TaskSpec
from rowtide.runtime.validation.guard import ConnectorGuard
from rowtide.runtime.worker.connectors import ConnectorLaunch, ConnectorRunner, trace_of
from rowtide.runtime.worker.counters import WorkerCounters
from rowtide.runtime.worker.restarts import AutomaticRestarts
from rowtide.runtime.worker.statuses import StatusWriter
from rowtide.runtime.worker.tasks import LocalTask, LocalTasks, TaskId

log = logging.getLogger(__name__)

EXPIRED_AGAIN_S = 0.5

CONNECTOR_STOP_S = 5.0
"""Connect's fixed time for all connector objects of a worker to stop."""


class Post(Protocol):
    def __call__(self, action: Callable[[], None], delay_s: float = 0.0) -> None: ...


@dataclass(frozen=True, slots=True)
class WorkContext:
    """What local work needs of the worker.

    Attributes:
        post: runs an action on the herder's thread.
        snapshot: the newest state of the config topic.
        lease: the worker's place in the group; tasks end when it is over.
        on_divided: takes the task configurations that a connector made; on the herder's thread.
    """

    config: WorkerConfig
    registry: PluginRegistry
    statuses: StatusWriter
    snapshot: Callable[[], ConfigSnapshot]
    post: Post
    lease: Lease
    on_divided: Callable[[str, list[dict[str, str]]], None]


class LocalWork:
    """Owned by the herder's thread; blocks it only while it stops things, for the graceful timeout at most."""

    def __init__(self, context: WorkContext) -> None:
        self._context = context
        self._statuses = context.statuses
        self._guard = ConnectorGuard(context.config)
        self._restarts = AutomaticRestarts()
        self._connectors: dict[str, ConnectorRunner] = {}
        graceful_s = context.config.seconds("task.shutdown.graceful.timeout.ms")
        self._tasks = LocalTasks(self._on_task_event, graceful_s, context.lease)
        self._track_topics = context.config.flag("topic.tracking.enable")
        self.counters = WorkerCounters()

    @property
    def connectors(self) -> list[str]:
        """Safe to call from any thread."""
        return sorted(dict(self._connectors))

    @property
    def tasks(self) -> LocalTasks:
        return self._tasks

    def connector_state(self, name: str) -> str | None:
        runner = self._connectors.get(name)
        return None if runner is None else runner.state

    # Connectors

    def start_connector(self, name: str) -> None:
        """Starts the connector in its target state; a failure shows in its status."""
        self.counters.connectors.attempts += 1
        snapshot = self._context.snapshot()
        try:
            connector, config = self._prepare(snapshot.connectors[name])
        except (ConfigError, KeyError) as error:
            self.counters.connectors.failures += 1
            log.error("connector %s cannot be started: %s", name, error)  # noqa: TRY400 - the trace goes to the status
            self._statuses.connector(name, FAILED, trace_of(error))
            return
        runner = ConnectorRunner(ConnectorLaunch(name, connector, config, snapshot.target_state(name)), self)
        self._connectors[name] = runner
        runner.start()

    def stop_connectors(self, names: Iterable[str]) -> None:
        found = [runner for name in names if (runner := self._connectors.pop(name, None)) is not None]
        for runner in found:
            runner.request_stop()
        deadline = time.monotonic() + CONNECTOR_STOP_S
        for runner in found:
            if runner.join(max(0.0, deadline - time.monotonic())):
                self._statuses.connector(runner.name, "UNASSIGNED", version=runner.version)

    def restart_connector(self, name: str) -> None:
        self.stop_connectors([name])
        self.start_connector(name)

    def divide_again(self, name: str) -> None:
        """Asks a running connector for its task configurations once more."""
        if name in self._connectors:
            self._connectors[name].divide()

    def on_connector_state(self, runner: ConnectorRunner, state: str, trace: str | None) -> None:
        self._context.post(lambda: self._connector_reached(runner, state, trace))

    def on_connector_tasks(self, runner: ConnectorRunner, configs: list[dict[str, str]]) -> None:
        def hand_over() -> None:
            if self._connectors.get(runner.name) is runner:
                self._context.on_divided(runner.name, configs)

        self._context.post(hand_over)

    def _connector_reached(self, runner: ConnectorRunner, state: str, trace: str | None) -> None:
        if self._connectors.get(runner.name) is not runner:
            return
        if state == "RUNNING":
            self.counters.connectors.successes += 1
        elif state == FAILED:
            self.counters.connectors.failures += 1
        self._statuses.connector(runner.name, state, trace, runner.version)

    def _prepare(self, raw: Config) -> tuple[type[SourceConnector], Mapping[str, str]]:
        config = self._resolved(raw)
        self._guard.check(config)
        return self._context.registry.connector(config.get("connector.class", "").strip()), config

    def _resolved(self, raw: Config) -> dict[str, str]:
        return self._context.config.resolver.resolve(_present(raw))

    # Tasks

    def start_task(self, task: TaskId) -> None:
        """Starts the task in its connector's target state; a failure shows in its status."""
        snapshot = self._context.snapshot()
        state = snapshot.target_state(task[0])
        if state == STOPPED or task not in snapshot.task_configs or task[0] not in snapshot.connectors:
            return
        self.counters.tasks.attempts += 1
        raw = _present(snapshot.connectors[task[0]])
        spec = TaskSpec(
            task[0],
            task[1],
            "",
            self._context.config.raw,
            raw,
            _present(snapshot.task_configs[task]),
            initial_state=state,
            generation=self._statuses.generation,
        )
        try:
            connector = self._prepare(raw)[0]
            self._guard.check(self._context.config.resolver.resolve(spec.task_config))
        except ConfigError as error:
            self._tasks.keep_failed(spec)
            self._task_failed(task, trace_of(error), None)
            return
        self._tasks.start(_with_type(spec, connector))

    def stop_tasks(self, tasks: Collection[TaskId]) -> None:
        for task in self._tasks.stop(tasks):
            self._restarts.forget(task.id)
            # One that failed keeps saying so until somebody starts it again.
            if task.state != FAILED:
                self._statuses.task(task.id, "UNASSIGNED", version=task.spec.version)

    def restart_task(self, task: TaskId) -> None:
        self.stop_tasks([task])
        self.start_task(task)

    def _on_task_event(self, task: LocalTask, event: TaskEvent) -> None:
        self._context.post(lambda: self._task_reached(task, event))

    def _task_reached(self, task: LocalTask, event: TaskEvent) -> None:
        if event.topics:
            for topic in event.topics if self._track_topics else ():
                self._statuses.topic(task.id, topic)
            return
        if not self._tasks.is_current(task):
            return
        before, task.state = task.state, event.state
        if event.state == FAILED:
            self._task_failed(task.id, event.trace, event.version)
        elif event.state == EXPIRED:
            log.warning("task %s ended, as this worker had lost touch with its group", task.spec.label)
            self._start_expired(task)
        elif event.state == STOPPED:
            task.state = FAILED
            self._task_failed(task.id, "The task's process ended although nobody stopped the task.", event.version)
        else:
            if before == "UNASSIGNED":
                self.counters.tasks.successes += 1
            self._restarts.running(task.id)
            self._statuses.task(task.id, event.state, None, event.version)

    def _start_expired(self, task: LocalTask) -> None:
        """Starts the task again once the group counts this worker in again; without status, as others may own it."""
        if not self._tasks.is_current(task):
            return
        if self._context.lease.valid:
            self.start_task(task.id)
        else:
            self._context.post(lambda: self._start_expired(task), EXPIRED_AGAIN_S)

    def _task_failed(self, task: TaskId, trace: str | None, version: str | None) -> None:
        self.counters.tasks.failures += 1
        self._statuses.task(task, FAILED, trace, version)
        self._plan_restart(task)

    def _plan_restart(self, task: TaskId) -> None:
        failed, raw = self._tasks.get(task), self._context.snapshot().connectors.get(task[0])
        if failed is None or raw is None:
            return
        try:
            policy = restart_policy(self._context.config.resolved, self._resolved(raw))
        except ConfigError as error:
            log.warning("task %s-%d is not started again by itself: %s", *task, error)
            return
        pause_s = self._restarts.failed(task, policy)
        if pause_s is not None:
            log.warning("task %s-%d failed, and is started again in %.1f s", *task, pause_s)
            self._context.post(lambda: self._restart_failed(failed), pause_s)

    def _restart_failed(self, task: LocalTask) -> None:
        """Unless somebody has started or stopped it meanwhile. The status stays FAILED until it runs."""
        if self._tasks.is_current(task) and task.state == FAILED:
            self.counters.automatic_restarts += 1
            self._tasks.stop([task.id])
            self.start_task(task.id)

    # Both

    def apply_target_state(self, name: str, state: str) -> None:
        """Moves what runs here of a connector to its new target state."""
        if name in self._connectors:
            self._connectors[name].move_to(state)
        if state == "STARTED":
            self._tasks.resume(name)
        elif state == "PAUSED":
            self._tasks.pause(name)
        else:
            self.stop_tasks(self._tasks.ids(name))

    def stop_all(self) -> None:
        self.stop_connectors(list(self._connectors))
        self.stop_tasks(self._tasks.ids())


def _present(config: Config) -> dict[str, str]:
    return {name: value for name, value in config.items() if value is not None}


def _with_type(spec: TaskSpec, connector: type[SourceConnector]) -> TaskSpec:
    return replace(spec, task_type=connector.task_type, version=connector.version)
