"""Writes what this worker says of connectors and tasks, with its name and the group's generation."""

from __future__ import annotations

from rowtide.config.secrets import SECRETS
from rowtide.runtime.storage.status import ConnectorStatus, StatusStore, TaskStatus

_YIELDING = frozenset({"FAILED", "UNASSIGNED"})
"""States that must not cover what a later owner has said."""


class StatusWriter:
    """Owned by the herder's thread. Writing does not wait for the brokers."""

    def __init__(self, store: StatusStore, worker_id: str) -> None:
        self._store = store
        self._worker_id = worker_id
        self.generation = 0

    def connector(self, name: str, state: str, trace: str | None = None, version: str | None = None) -> None:
        status = ConnectorStatus(name, state, self._worker_id, self.generation, _clean(trace), version)
        if state in _YIELDING:
            self._store.put_connector_safe(status)
        else:
            self._store.put_connector(status)

    def task(self, task: tuple[str, int], state: str, trace: str | None = None, version: str | None = None) -> None:
        status = TaskStatus(*task, state, self._worker_id, self.generation, _clean(trace), version)
        if state in _YIELDING:
            self._store.put_task_safe(status)
        else:
            self._store.put_task(status)

    def topic(self, task: tuple[str, int], topic: str) -> None:
        self._store.put_topic(*task, topic)

    def flush(self, timeout_s: float) -> bool:
        return self._store.flush(timeout_s)


def _clean(trace: str | None) -> str | None:
    return None if trace is None else SECRETS.hide(trace)
