"""States of connectors and tasks, and the topics in use, in the status topic."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from rowtide.connect.json_text import loads
from rowtide.errors import DataError, KafkaUnavailableError
from rowtide.kafka.log import LogRecord
from rowtide.runtime.storage import status_records as records
from rowtide.runtime.storage.log_factory import LogFactory
from rowtide.runtime.storage.status_records import ConnectorStatus, TaskStatus, TopicStatus

__all__ = ["ConnectorStatus", "StatusStore", "TaskStatus", "TopicStatus"]

_log = logging.getLogger(__name__)


class StatusStore:
    """The status topic as a worker uses it. Thread-safe.

    Writes don't wait: they reach the brokers in order, after an outage too, and are read back like everybody else's.
    A write that cannot even be queued is logged and lost. Nothing fences writers; the last one wins.
    """

    def __init__(
        self, open_log: LogFactory, *, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self._log = open_log(self._on_record)
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._connectors: dict[str, ConnectorStatus] = {}
        self._tasks: dict[str, dict[int, TaskStatus]] = {}
        self._topics: dict[str, dict[str, TopicStatus]] = {}

    def start(self, timeout_s: float = 900.0) -> None:
        """Reads the topic to its end, then follows it. Raises ConfigError without topic, KafkaUnavailableError."""
        self._log.start(timeout_s)

    def close(self) -> None:
        self._log.close()

    def read_to_end(self, timeout_s: float) -> None:
        """Takes in all that was written before the call. Raises KafkaUnavailableError when that takes longer."""
        self._log.read_to_end(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        """Waits until all writes have reached the brokers; to be called before rejoining after revocations."""
        return self._log.flush(timeout_s)

    def connector(self, name: str) -> ConnectorStatus | None:
        with self._lock:
            return self._connectors.get(name)

    def task(self, name: str, index: int) -> TaskStatus | None:
        with self._lock:
            return self._tasks.get(name, {}).get(index)

    def tasks(self, name: str) -> list[TaskStatus]:
        """The statuses of the connector's tasks, by index. May name tasks that are no longer configured."""
        with self._lock:
            return [status for _, status in sorted(self._tasks.get(name, {}).items())]

    def connectors(self) -> set[str]:
        """Names of all connectors that have a status, or a task that has one."""
        with self._lock:
            return {*self._connectors, *(name for name, tasks in self._tasks.items() if tasks)}

    def put_connector(self, status: ConnectorStatus) -> None:
        """For what we know to be so: RUNNING, PAUSED, STOPPED, RESTARTING."""
        self._post(records.connector_key(status.name), records.status_value(status))

    def put_connector_safe(self, status: ConnectorStatus) -> None:
        """For FAILED and UNASSIGNED: not written over what another worker said in a later generation."""
        if _may_write(self.connector(status.name), status):
            self.put_connector(status)

    def put_task(self, status: TaskStatus) -> None:
        """As `put_connector`."""
        self._post(records.task_key(status.name, status.index), records.status_value(status))

    def put_task_safe(self, status: TaskStatus) -> None:
        """As `put_connector_safe`."""
        if _may_write(self.task(status.name, status.index), status):
            self.put_task(status)

    def delete_connector(self, name: str) -> None:
        """Connect's state DESTROYED. For the leader, about connectors that are not configured any more."""
        self._post(records.connector_key(name), None)

    def delete_task(self, name: str, index: int) -> None:
        """As `delete_connector`."""
        self._post(records.task_key(name, index), None)

    def topics(self, connector: str) -> list[str]:
        """The topics that the connector was seen to write to since it was created or they were reset."""
        with self._lock:
            return list(self._topics.get(connector, {}))

    def put_topic(self, connector: str, task: int, topic: str) -> bool:
        """Notes that a task has written to a topic; answers whether that was news."""
        with self._lock:
            if topic in self._topics.get(connector, {}):
                return False
        status = TopicStatus(topic, connector, task, self._clock_ms())
        self._post(records.topic_key(topic, connector), records.topic_value(status))
        return True

    def delete_topics(self, connector: str) -> None:
        for topic in self.topics(connector):
            self._post(records.topic_key(topic, connector), None)

    def _post(self, key: bytes, value: bytes | None) -> None:
        try:
            self._log.post(key, value)
        except KafkaUnavailableError as error:
            _log.error("the status %s could not be written: %s", key.decode(), error)

    def _on_record(self, record: LogRecord) -> None:
        key = (record.key or b"").decode(errors="replace")
        try:
            value = None if record.value is None else loads(record.value)
            with self._lock:
                known = self._apply(key, value)
        except DataError as error:
            _log.warning("status topic: the value of %s cannot be read: %s", key, error)
            return
        if not known:
            _log.warning("status topic: %s is not understood and ignored", key)

    def _apply(self, key: str, value: object) -> bool:
        if key.startswith(records.CONNECTOR):
            return self._apply_connector(key[len(records.CONNECTOR) :], value)
        if key.startswith(records.TASK):
            return self._apply_task(key, value)
        if key.startswith(records.TOPIC):
            return self._apply_topic(key, value)
        return False

    def _apply_connector(self, name: str, value: object) -> bool:
        if value is None:
            self._connectors.pop(name, None)
            return True
        status = records.parse_connector(name, value)
        if status is not None:
            self._connectors[name] = status
        return status is not None

    def _apply_task(self, key: str, value: object) -> bool:
        task = records.parse_task_key(key)
        if task is None:
            return False
        name, index = task
        if value is None:
            self._tasks.get(name, {}).pop(index, None)
            return True
        status = records.parse_task(name, index, value)
        if status is None:
            return False
        known = self._tasks.setdefault(name, {}).get(index)
        # A worker that lost a task may say so after the new owner has said that it runs.
        late = (
            known is not None
            and status.state == "UNASSIGNED"
            and known.state == "RUNNING"
            and known.generation >= status.generation
        )
        if not late:
            self._tasks[name][index] = status
        return True

    def _apply_topic(self, key: str, value: object) -> bool:
        names = records.parse_topic_key(key)
        if names is None:
            return False
        topic, connector = names
        if value is None:
            self._topics.get(connector, {}).pop(topic, None)
            return True
        status = records.parse_topic(value)
        if status is not None:
            self._topics.setdefault(connector, {})[topic] = status
        return status is not None


def _may_write(known: ConnectorStatus | TaskStatus | None, status: ConnectorStatus | TaskStatus) -> bool:
    return known is None or known.worker_id == status.worker_id or known.generation <= status.generation
