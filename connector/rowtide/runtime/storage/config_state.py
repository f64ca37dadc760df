"""What a worker knows after each record of the config topic; decides, does not wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.connect.json_text import loads
from rowtide.errors import DataError
from rowtide.kafka.log import LogRecord
from rowtide.runtime.storage import config_records as records
from rowtide.runtime.storage.snapshot import Config, ConfigSnapshot, RestartRequest, SessionKey

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorChanged:
    name: str


@dataclass(frozen=True, slots=True)
class ConnectorRemoved:
    name: str


@dataclass(frozen=True, slots=True)
class TasksCommitted:
    name: str


@dataclass(frozen=True, slots=True)
class TargetStateChanged:
    name: str


@dataclass(frozen=True, slots=True)
class SessionKeyChanged:
    key: SessionKey


@dataclass(frozen=True, slots=True)
class RestartRequested:
    request: RestartRequest


@dataclass(frozen=True, slots=True)
class LoggerLevelChanged:
    namespace: str
    level: str


Change = (
    ConnectorChanged
    | ConnectorRemoved
    | TasksCommitted
    | TargetStateChanged
    | SessionKeyChanged
    | RestartRequested
    | LoggerLevelChanged
)


class ConfigState:
    """The records so far, applied. Not thread-safe.

    Values that are malformed are logged and ignored, as by Connect.
    """

    def __init__(self) -> None:
        self._offset = -1
        self._connectors: dict[str, Config] = {}
        self._target_states: dict[str, str] = {}
        self._task_configs: dict[tuple[str, int], Config] = {}
        self._deferred: dict[str, dict[int, Config]] = {}
        self._task_counts: dict[str, int] = {}
        self._generations: dict[str, int] = {}
        self._inconsistent: set[str] = set()
        self._session_key: SessionKey | None = None
        self._applied: dict[str, Config] = {}
        self._fencing_counts: dict[str, int] = {}
        self._pending_fencing: set[str] = set()
        # In Connect's order of prefix tests.
        self._handlers: tuple[tuple[str, Callable[[str, object], Change | None]], ...] = (
            (records.TARGET_STATE, self._target_state),
            (records.CONNECTOR, self._connector),
            (records.TASK, self._task),
            (records.COMMIT, self._commit),
            (records.RESTART, self._restart),
            (records.FENCING, self._fencing),
            (records.LOGGER, self._logger),
        )

    def apply(self, record: LogRecord) -> Change | None:
        """Takes in one record; answers what a running worker has to look at.

        A record that is not JSON is passed over without moving the offset; an unknown key moves it. All members of a
        group, Java's too, must count alike.
        """
        try:
            value = None if record.value is None else loads(record.value)
            key = (record.key or b"").decode()
        except (DataError, UnicodeDecodeError) as error:
            _log.error("config topic: the record at offset %d cannot be read: %s", record.offset, error)
            return None
        self._offset = record.offset + 1
        try:
            return self._dispatch(key, value)
        except DataError as error:
            _log.error("config topic: the record at offset %d is ignored: %s", record.offset, error)
            return None

    def _dispatch(self, key: str, value: object) -> Change | None:
        if key == records.SESSION_KEY:
            return self._new_session_key(value)
        for prefix, handler in self._handlers:
            if key.startswith(prefix):
                return handler(key if prefix == records.TASK else key[len(prefix) :], value)
        raise DataError(f"its key {key!r} is unknown")

    def snapshot(self) -> ConfigSnapshot:
        return ConfigSnapshot(
            offset=self._offset,
            connectors=dict(self._connectors),
            target_states=dict(self._target_states),
            task_configs=dict(self._task_configs),
            task_counts=dict(self._task_counts),
            generations=dict(self._generations),
            inconsistent=frozenset(self._inconsistent),
            session_key=self._session_key,
            applied_configs=dict(self._applied),
            fencing_counts=dict(self._fencing_counts),
            pending_fencing=frozenset(self._pending_fencing),
        )

    def _connector(self, name: str, value: object) -> Change | None:
        if value is None:
            self._forget(name)
            return ConnectorRemoved(name)
        config = records.parse_properties(value)
        if config is None:
            raise _malformed(records.CONNECTOR + name)
        self._connectors[name] = config
        self._target_states.setdefault(name, "STARTED")
        return ConnectorChanged(name)

    def _forget(self, name: str) -> None:
        self._connectors.pop(name, None)
        self._task_counts.pop(name, None)
        self._deferred.pop(name, None)
        self._applied.pop(name, None)
        self._inconsistent.discard(name)
        for key in [key for key in self._task_configs if key[0] == name]:
            del self._task_configs[key]

    def _target_state(self, name: str, value: object) -> Change | None:
        if value is None:
            # Who removes a connector writes this too; the connector's own removal is what workers act on.
            self._target_states.pop(name, None)
            if name in self._connectors:
                self._target_states[name] = "STARTED"
            return None
        state = records.parse_state(value)
        if state is None:
            raise _malformed(records.TARGET_STATE + name)
        self._target_states[name] = state
        return TargetStateChanged(name) if name in self._connectors else None

    def _task(self, key: str, value: object) -> Change | None:
        task = records.parse_task_key(key)
        config = records.parse_properties(value)
        if task is None or config is None:
            raise _malformed(key)
        name, index = task
        self._deferred.setdefault(name, {})[index] = config
        return None

    def _commit(self, name: str, value: object) -> Change | None:
        if name not in self._connectors:
            # A deleted connector's records outlive it, since only its own key gets a tombstone.
            self._forget(name)
            return None
        count = records.parse_count(value, "tasks")
        if count is None:
            raise _malformed(records.COMMIT + name)
        deferred = self._deferred.pop(name, {})
        if all(index in deferred for index in range(count)):
            self._task_configs |= {(name, index): config for index, config in deferred.items()}
            if deferred:
                self._generations[name] = self._generations.get(name, -1) + 1
            self._inconsistent.discard(name)
            self._applied[name] = self._connectors[name]
        else:
            _log.warning("connector %s: not all of its %d task configs were written", name, count)
            self._inconsistent.add(name)
        self._task_counts[name] = count
        self._pending_fencing.add(name)
        return TasksCommitted(name)

    def _restart(self, name: str, value: object) -> Change | None:
        request = records.parse_restart(name, value)
        return None if request is None else RestartRequested(request)

    def _fencing(self, name: str, value: object) -> Change | None:
        count = records.parse_count(value, "task-count")
        if count is None:
            raise _malformed(records.FENCING + name)
        self._fencing_counts[name] = count
        self._pending_fencing.discard(name)
        return None

    def _logger(self, namespace: str, value: object) -> Change | None:
        level = value.get("level") if isinstance(value, dict) else None
        if not isinstance(level, str):
            raise _malformed(records.LOGGER + namespace)
        return LoggerLevelChanged(namespace, level)

    def _new_session_key(self, value: object) -> Change | None:
        key = records.parse_session_key(value)
        if key is None:
            raise _malformed(records.SESSION_KEY)
        self._session_key = key
        return SessionKeyChanged(key)


def _malformed(key: str) -> DataError:
    return DataError(f"the value of {key} is not of the expected form")
