"""The herder: reacts to the config topic, to the group and to time, and tells the local work what to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from typing import Protocol

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.group import HeartbeatFigures
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.group import Group, group_of
from rowtide.runtime.herder.mailbox import Mailbox
from rowtide.runtime.herder.publishing import TaskConfigPublisher
from rowtide.runtime.herder.restart import plan_restart, strongest
from rowtide.runtime.herder.session_keys import SessionKeys
from rowtide.runtime.herder.views import Stores
from rowtide.runtime.lease import Lease
from rowtide.runtime.loggers import LoggerLevels, is_level
from rowtide.runtime.membership.events import Assigned, Assignment, Lost, MemberEvent
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.rest_tls import client_context
from rowtide.runtime.storage.snapshot import RestartRequest, SessionKey
from rowtide.runtime.worker.statuses import StatusWriter
from rowtide.runtime.worker.tasks import TaskId
from rowtide.runtime.worker.work import LocalWork, WorkContext
from rowtide.runtime.worker_client import WorkerClient

log = logging.getLogger(__name__)

TICK_S = 5.0
FLUSH_S = 5.0


class Member(Protocol):
    """The group membership, as the herder steers it; returns at once."""

    def request_rejoin(self, reason: str) -> None: ...

    def acknowledge(self, event: MemberEvent) -> None: ...

    @property
    def heartbeats(self) -> HeartbeatFigures: ...


class Herder:
    """All state belongs to the mailbox's thread; `group` and `ready` may be read from any.

    The `on_*` methods of ConfigListener are called by the config topic's thread and only post.
    """

    def __init__(
        self,
        config: WorkerConfig,
        registry: PluginRegistry,
        stores: Stores,
        worker_id: str,
        pool: Executor,
        levels: LoggerLevels,
        lease: Lease | None = None,
    ) -> None:
        """`lease`: of a worker that is in a group; its tasks end when it is over."""
        self._levels = levels
        self.mailbox = Mailbox()
        self.ready = threading.Event()
        self._config = config
        self._stores = stores
        self._status_writer = StatusWriter(stores.statuses, worker_id)
        self._keys = SessionKeys(config)
        self.client = WorkerClient(lambda: client_context(config.resolved))
        if any(listener.scheme == "https" for listener in config.listeners):
            self.client.prepare()
        self._publisher = TaskConfigPublisher(stores.configs, self, self.mailbox, pool, self.client)
        context = WorkContext(
            config,
            registry,
            self._status_writer,
            stores.configs.snapshot,
            self.mailbox.post,
            Lease.endless() if lease is None else lease,
            self._publisher.publish,
        )
        self.work = LocalWork(context)
        self._group = Group()
        self._member: Member | None = None
        self._rejoining = False
        self._known: set[str] = set()
        self._connectors: set[str] = set()
        self._tasks: set[TaskId] = set()
        self._connectors_to_start: set[str] = set()
        self._tasks_to_start: set[TaskId] = set()
        self._restarts: dict[str, RestartRequest] = {}

    # What others may ask

    @property
    def group(self) -> Group:
        return self._group

    @property
    def rejoining(self) -> bool:
        return self._rejoining

    def owns_connector(self, name: str) -> bool:
        return name in self._connectors

    def owns_task(self, task: TaskId) -> bool:
        return task in self._tasks

    @property
    def owned(self) -> tuple[Collection[str], Collection[TaskId]]:
        """Copies; for metrics."""
        return frozenset(self._connectors), frozenset(self._tasks)

    @property
    def heartbeats(self) -> HeartbeatFigures:
        return HeartbeatFigures() if self._member is None else self._member.heartbeats

    def start(self, member: Member) -> None:
        """Called once the stores have read their topics, before the member joins."""
        self._member = member
        self._known = set(self._stores.configs.snapshot().connectors)
        self.mailbox.post(self._tick, stage="rotating the session key")

    def shut_down(self) -> None:
        """Stops all local work, on the herder's thread. The group is left afterwards."""
        self.work.stop_all()
        self._status_writer.flush(FLUSH_S)

    # ConfigListener

    def on_connector_config(self, name: str) -> None:
        self._post(lambda: self._connector_config(name), "handling a connector's new configuration")

    def on_connector_removed(self, name: str) -> None:
        self._post(lambda: self._connector_removed(name), "handling a connector's removal")

    def on_task_configs(self, names: Sequence[str]) -> None:
        self._post(lambda: self._task_configs(set(names)), "handling new task configurations")

    def on_target_state(self, name: str) -> None:
        self._post(lambda: self._target_state(name), "handling a new target state")

    def on_session_key(self, key: SessionKey) -> None:
        """Nothing to do: the newest key is looked up whenever it is needed."""

    def on_restart_request(self, request: RestartRequest) -> None:
        self._post(lambda: self._queue_restart(request), "queuing a restart request")

    def on_logger_level(self, namespace: str, level: str) -> None:
        if is_level(level):
            self._levels.set(namespace, level)
        else:
            log.warning("the level %s that was asked for logger %s is unknown", level, namespace)

    # Group

    def on_member_event(self, event: MemberEvent) -> None:
        """Called by the membership's thread."""
        self._post(lambda: self._member_event(event), "handling a rebalance")

    def _member_event(self, event: MemberEvent) -> None:
        try:
            if isinstance(event, Assigned):
                self._assigned(event.assignment)
            else:
                self._lost(event)
        finally:
            if self._member is not None:
                self._member.acknowledge(event)

    def _assigned(self, assignment: Assignment) -> None:
        self._group = group_of(assignment)
        self._status_writer.generation = assignment.generation
        self.work.counters.rebalances += 1
        self._revoke(assignment)
        self._connectors_to_start |= assignment.connectors - self._connectors
        self._tasks_to_start |= assignment.tasks - self._tasks
        self._connectors, self._tasks = set(assignment.connectors), set(assignment.tasks)
        if not self._caught_up(assignment):
            return
        self._rejoining = False
        if self._group.is_leader:
            self._forget_stale_statuses()
            self._rotate_key()
        self._start_work()
        self.ready.set()

    def _lost(self, event: Lost) -> None:
        """Out of the group: somebody else may run our work soon, so it stops."""
        log.warning("stopping all connectors and tasks of this worker: %s", event.reason)
        self._group = Group(generation=self._group.generation)
        self.work.stop_all()
        self._connectors, self._tasks = set(), set()
        self._connectors_to_start, self._tasks_to_start = set(), set()

    def _revoke(self, assignment: Assignment) -> None:
        connectors, tasks = assignment.revoked_connectors, assignment.revoked_tasks
        self._connectors_to_start -= connectors
        self._tasks_to_start -= tasks
        if connectors or tasks:
            log.info("stopping what was revoked: connectors %s, tasks %s", sorted(connectors), sorted(tasks))
            self.work.stop_connectors(connectors)
            self.work.stop_tasks(tasks)
            # The next owner's RUNNING must come after our UNASSIGNED.
            self._status_writer.flush(FLUSH_S)

    def _caught_up(self, assignment: Assignment) -> bool:
        """Whether this worker's view of the configuration is the one the work was divided by; rejoins otherwise."""
        configs = self._stores.configs
        if assignment.failed or configs.snapshot().offset < assignment.config_offset:
            try:
                configs.refresh(self._config.seconds("worker.sync.timeout.ms"))
            except KafkaUnavailableError as error:
                log.warning("could not catch up with the config topic: %s", error)
        if assignment.failed:
            return False  # the member joins again by itself
        if configs.snapshot().offset == assignment.config_offset:
            return True
        self._rejoin("the configuration is not the one the work was divided by")
        return False

    def _start_work(self) -> None:
        connectors, tasks = self._connectors_to_start, self._tasks_to_start
        self._connectors_to_start, self._tasks_to_start = set(), set()
        for name in sorted(connectors):
            self.work.start_connector(name)
        for task in sorted(tasks):
            if task not in self.work.tasks:
                self.work.start_task(task)

    def _forget_stale_statuses(self) -> None:
        """Deletes the statuses of what is not configured any more; the leader's duty."""
        snapshot, statuses = self._stores.configs.snapshot(), self._stores.statuses
        for name in statuses.connectors():
            tasks = set(snapshot.tasks(name))
            if name not in snapshot.connectors:
                statuses.delete_connector(name)
                tasks = set()
            for task in statuses.tasks(name):
                if task.index not in tasks:
                    statuses.delete_task(name, task.index)

    # Reactions

    def _connector_config(self, name: str) -> None:
        if name not in self._known:
            self._known.add(name)
            self._rejoin(f"connector {name} is new")
        elif name in self._connectors:
            self.work.restart_connector(name)

    def _connector_removed(self, name: str) -> None:
        self._known.discard(name)
        self._restarts.pop(name, None)
        self._stores.statuses.delete_topics(name)
        self._rejoin(f"connector {name} was removed")

    def _task_configs(self, names: Collection[str]) -> None:
        """Stops the connectors' tasks; those that stay here start with their new configuration after the rebalance."""
        stopped = {task for task in self._tasks if task[0] in names}
        self.work.stop_tasks(stopped)
        self._tasks_to_start |= stopped
        self._rejoin(f"there are new task configurations of {', '.join(sorted(names))}")

    def _target_state(self, name: str) -> None:
        snapshot = self._stores.configs.snapshot()
        if name in snapshot.connectors:
            self.work.apply_target_state(name, snapshot.target_state(name))

    def _queue_restart(self, request: RestartRequest) -> None:
        if request.connector not in self._restarts:
            name = request.connector
            self._post(lambda: self._restart(name), "restarting a connector and its tasks")
        self._restarts[request.connector] = strongest(self._restarts.get(request.connector), request)

    def _restart(self, name: str) -> None:
        request = self._restarts.pop(name, None)
        if request is None or name not in self._stores.configs.snapshot().connectors:
            return
        connector = self._stores.statuses.connector(name)
        states = ((status.index, status.state) for status in self._stores.statuses.tasks(name))
        plan = plan_restart(request, None if connector is None else connector.state, states)
        tasks = [(name, task) for task in plan.tasks if (name, task) in self._tasks]
        connectors = [name] if plan.connector and name in self._connectors else []
        self.work.stop_connectors(connectors)
        self.work.stop_tasks(tasks)
        for each in connectors:
            self._status_writer.connector(each, "RESTARTING")
            self.work.start_connector(each)
        for task in tasks:
            self._status_writer.task(task, "RESTARTING")
            self.work.start_task(task)

    def _rejoin(self, reason: str) -> None:
        self._rejoining = True
        if self._member is not None:
            self._member.request_rejoin(reason)

    # Time

    def _tick(self) -> None:
        if self._group.is_leader:
            self._rotate_key()
        self.mailbox.post(self._tick, delay_s=TICK_S, stage="rotating the session key")

    def _rotate_key(self) -> None:
        if self._config.text("connect.protocol").lower() != "sessioned":
            return
        if not self._keys.is_due(self._stores.configs.snapshot().session_key):
            return
        try:
            self._stores.configs.put_session_key(self._keys.new())
        except KafkaUnavailableError as error:
            log.warning("the new session key could not be written yet: %s", error)

    def _post(self, action: Callable[[], None], stage: str) -> None:
        self.mailbox.post(action, stage=stage)
