"""Connectors, their tasks and states in the config topic, shared by all workers of a group."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

from rowtide.kafka.log import Entry, LogRecord
from rowtide.runtime.storage import config_records as records
from rowtide.runtime.storage.config_state import (
    Change,
    ConfigState,
    ConnectorChanged,
    ConnectorRemoved,
    LoggerLevelChanged,
    RestartRequested,
    SessionKeyChanged,
    TargetStateChanged,
    TasksCommitted,
)
from rowtide.runtime.storage.log_factory import LogFactory
from rowtide.runtime.storage.snapshot import Config, ConfigSnapshot, RestartRequest, SessionKey

__all__ = ["Config", "ConfigListener", "ConfigSnapshot", "ConfigStore", "RestartRequest", "SessionKey"]

_WRITE_S = 30.0  # Connect's total time for one change


class ConfigListener(Protocol):
    """Hears of changes after the initial read, in the log's thread: hand over and return, never write or read here.

    `ConfigStore.snapshot` holds the change already.
    """

    def on_connector_config(self, name: str) -> None: ...

    def on_connector_removed(self, name: str) -> None: ...

    def on_task_configs(self, names: Sequence[str]) -> None:
        """Connectors (today one) whose tasks were committed anew, perhaps to none."""
        ...

    def on_target_state(self, name: str) -> None: ...

    def on_session_key(self, key: SessionKey) -> None: ...

    def on_restart_request(self, request: RestartRequest) -> None: ...

    def on_logger_level(self, namespace: str, level: str) -> None: ...


class ConfigStore:
    """The config topic as a worker uses it. Thread-safe; only the group's leader may write connectors and tasks.

    Writers wait until the brokers have the record, and, but for target states, until this store has read it again. They
    raise KafkaUnavailableError when that takes longer than 30 s in all; the record may still arrive later.
    """

    def __init__(self, open_log: LogFactory, listener: ConfigListener | None = None) -> None:
        self._log = open_log(self._on_record)
        self._listener = listener
        self._state = ConfigState()
        self._lock = threading.Lock()
        self._started = False

    def set_listener(self, listener: ConfigListener) -> None:
        """For a listener that needs the store first; call it before `start`."""
        self._listener = listener

    def start(self, timeout_s: float = 900.0) -> None:
        """Reads the topic to its end, then follows it.

        Raises:
            ConfigError: there is no such topic.
            KafkaUnavailableError: the end was not reached in time.
        """
        self._log.start(timeout_s)
        with self._lock:
            self._started = True

    def close(self) -> None:
        self._log.close()

    def snapshot(self) -> ConfigSnapshot:
        """What has been read so far. Never waits for the broker."""
        with self._lock:
            return self._state.snapshot()

    def refresh(self, timeout_s: float) -> None:
        """Reads to the topic's present end. Raises KafkaUnavailableError when that takes longer."""
        self._log.read_to_end(timeout_s)

    def put_connector(self, name: str, config: Config, target_state: str | None = None) -> None:
        """Creates or replaces a connector's config. `target_state` is for a new one that shall not be STARTED."""
        entries = [] if target_state is None else [records.target_state(name, target_state)]
        self._write([*entries, records.connector(name, config)])

    def remove_connector(self, name: str) -> None:
        self._write([records.connector(name, None), records.target_state(name, None)])

    def put_task_configs(self, name: str, configs: Sequence[Config]) -> None:
        """Replaces all tasks of a connector; takes effect as a whole."""
        deadline = time.monotonic() + _WRITE_S
        self._log.read_to_end(_WRITE_S)
        if configs:
            self._write(records.tasks(name, configs), deadline)
        self._write([records.commit(name, len(configs))], deadline)

    def put_target_state(self, name: str, state: str) -> None:
        """`state` is STARTED, PAUSED or STOPPED. Any worker may write it. Does not wait to read it back."""
        self._log.send(*records.target_state(name, state), timeout_s=_WRITE_S)

    def put_session_key(self, key: SessionKey) -> None:
        self._write([records.session_key(key)])

    def put_restart_request(self, name: str, include_tasks: bool, only_failed: bool) -> None:
        self._write([records.restart(RestartRequest(name, include_tasks, only_failed))])

    def put_fencing_count(self, name: str, count: int) -> None:
        """Notes that the producers of `count` tasks were fenced (exactly-once sources)."""
        self._write([records.fencing(name, count)])

    def put_logger_level(self, namespace: str, level: str) -> None:
        """Sets a log level on all workers. Any worker may write it. Does not wait to read it back."""
        self._log.send(*records.logger_level(namespace, level), timeout_s=_WRITE_S)

    def _write(self, entries: Sequence[Entry], deadline: float | None = None) -> None:
        deadline = time.monotonic() + _WRITE_S if deadline is None else deadline
        self._log.send_many(entries, max(0.1, deadline - time.monotonic()))
        self._log.read_to_end(max(0.1, deadline - time.monotonic()))

    def _on_record(self, record: LogRecord) -> None:
        with self._lock:
            change = self._state.apply(record)
            tell = self._started
        if change is not None and tell and self._listener is not None:
            _notify(self._listener, change)


def _notify(listener: ConfigListener, change: Change) -> None:
    match change:
        case ConnectorChanged(name):
            listener.on_connector_config(name)
        case ConnectorRemoved(name):
            listener.on_connector_removed(name)
        case TasksCommitted(name):
            listener.on_task_configs([name])
        case TargetStateChanged(name):
            listener.on_target_state(name)
        case SessionKeyChanged(key):
            listener.on_session_key(key)
        case RestartRequested(request):
            listener.on_restart_request(request)
        case LoggerLevelChanged(namespace, level):
            listener.on_logger_level(namespace, level)
