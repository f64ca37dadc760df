"""A connector object and the thread in which its methods run."""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from rowtide.connect.plugins import SourceConnector
from rowtide.errors import ConfigError, ConnectError

log = logging.getLogger(__name__)

STARTED, PAUSED, STOPPED = "STARTED", "PAUSED", "STOPPED"


class ConnectorListener(Protocol):
    """Hears of a connector object, in the connector's thread; must not block."""

    def on_connector_state(self, runner: ConnectorRunner, state: str, trace: str | None) -> None:
        """The object reached RUNNING, PAUSED, STOPPED, or FAILED with a trace."""
        ...

    def on_connector_tasks(self, runner: ConnectorRunner, configs: list[dict[str, str]]) -> None:
        """The connector divided its work anew."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorLaunch:
    """What a connector object starts with. `config` is resolved and may hold secrets, so it has no place in logs."""

    name: str
    connector_type: type[SourceConnector]
    config: Mapping[str, str]
    target_state: str

    def __repr__(self) -> str:
        return f"ConnectorLaunch({self.name}, {self.connector_type.__name__}, {self.target_state})"


class ConnectorRunner:
    """One life of a connector object, from its creation to `stop`; a restart makes a new one.

    Its methods are called by the herder and do not wait for the connector, but for `join`.
    """

    def __init__(self, launch: ConnectorLaunch, listener: ConnectorListener) -> None:
        self.name = launch.name
        self._launch = launch
        self._listener = listener
        self._steps: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._connector: SourceConnector | None = None
        self._state = "UNASSIGNED"
        self._cancelled = False
        self._thread = threading.Thread(target=self._run, name=f"connector-{self.name}", daemon=True)

    @property
    def state(self) -> str:
        return self._state

    @property
    def version(self) -> str:
        return self._launch.connector_type.version

    def start(self) -> None:
        self._thread.start()
        self.move_to(self._launch.target_state)

    def move_to(self, target_state: str) -> None:
        """Heads for STARTED, PAUSED or STOPPED. A failed connector stays failed, but can be stopped."""
        self._steps.put(lambda: self._move(target_state))

    def divide(self) -> None:
        """Asks the running connector for its task configurations again."""
        self._steps.put(self._divide)

    def request_stop(self) -> None:
        self._steps.put(None)

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; false when the connector hangs, its thread is then abandoned."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._cancelled = True
            log.error("connector %s did not stop within %.0f s, its thread is abandoned", self.name, timeout_s)
            return False
        return True

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever a connector raises makes it FAILED
                self._fail(error)
        self._halt()

    def _move(self, target_state: str) -> None:
        if self._state == "FAILED" and target_state != STOPPED:
            return
        if target_state == STARTED:
            if self._state != "RUNNING":
                self._begin()
            self._divide()
            return
        self._halt()
        self._reach(target_state)

    def _begin(self) -> None:
        log.info("starting connector %s (%s)", self.name, self._launch.connector_type.java_class)
        self._connector = self._launch.connector_type()
        self._connector.start(self._launch.config, self.divide)
        self._reach("RUNNING")

    def _divide(self) -> None:
        if self._state != "RUNNING" or self._connector is None:
            return
        config = self._launch.config
        configs = [dict(each) for each in self._connector.task_configs(_tasks_max(config), config)]
        self._check_count(len(configs))
        for each in configs:
            each.setdefault("task.class", f"{self._launch.connector_type.java_class}Task")
        if not self._cancelled:
            self._listener.on_connector_tasks(self, configs)

    def _check_count(self, count: int) -> None:
        limit = _tasks_max(self._launch.config)
        if count <= limit:
            return
        message = (
            f"The connector {self.name} has generated {count} tasks, which is greater than {limit}, the maximum number "
            "of tasks it is configured to create."
        )
        if self._launch.config.get("tasks.max.enforce", "true").strip().lower() != "false":
            raise ConnectError(message, hint="Raise tasks.max, or set tasks.max.enforce to false.")
        log.warning("%s", message)

    def _halt(self) -> None:
        connector, self._connector = self._connector, None
        if connector is not None:
            try:
                connector.stop()
            except Exception:
                log.exception("connector %s failed while it stopped", self.name)

    def _reach(self, state: str) -> None:
        self._state = state
        if not self._cancelled:
            self._listener.on_connector_state(self, state, None)

    def _fail(self, error: Exception) -> None:
        log.error("connector %s failed: %s", self.name, error)
        self._halt()
        self._state = "FAILED"
        if not self._cancelled:
            self._listener.on_connector_state(self, "FAILED", trace_of(error))


def _tasks_max(config: Mapping[str, str]) -> int:
    try:
        return int(config.get("tasks.max", "1"))
    except ValueError:
        raise ConfigError(f"Invalid value {config['tasks.max']} for configuration tasks.max: not a number.") from None


def trace_of(error: BaseException) -> str:
    """A failure as statuses show it: the class and message first, then where it happened, causes included."""
    head = f"{type(error).__module__}.{type(error).__qualname__}: {error}"
    return head + "\n" + "".join(traceback.format_exception(error))
