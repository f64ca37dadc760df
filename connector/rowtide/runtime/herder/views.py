"""What REST shows of connectors, answered from local snapshots on any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from rowtide.connect.java import hash_map
from rowtide.errors import NotFoundError
from rowtide.runtime.herder.connector_offsets import ConnectorOffsets
from rowtide.runtime.masking import Masker
from rowtide.runtime.storage.config import ConfigStore
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.storage.snapshot import Config, ConfigSnapshot
from rowtide.runtime.storage.status import ConnectorStatus, StatusStore, TaskStatus

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Stores:
    """The three internal topics."""

    configs: ConfigStore
    offsets: OffsetStore
    statuses: StatusStore


class Views:
    """Thread-safe. Answers are JSON objects with exactly the keys that Connect's workers know."""

    def __init__(
        self,
        stores: Stores,
        offsets: ConnectorOffsets,
        connector_type: Callable[[Config], str],
        masker: Masker | None = None,
    ) -> None:
        """`connector_type` answers source or unknown for a configuration."""
        self._masker = masker or Masker()
        self._offsets = offsets
        self._stores = stores
        self._type_of = connector_type

    def names(self) -> list[str]:
        return list(self._snapshot().connectors)

    def info(self, name: str) -> Json:
        snapshot = self._snapshot()
        return self.masked(info_of(name, hash_map(_config(snapshot, name)), snapshot, self._type_of))

    def config(self, name: str) -> dict[str, str | None]:
        return self._masker.mask(hash_map(_config(self._snapshot(), name)))

    def masked(self, info: Json) -> Json:
        """ConnectorInfo without the secrets that are to be masked."""
        return {**info, "config": self._masker.mask(cast("Config", info["config"]))}

    def unmasked(self, name: str | None, config: Config) -> dict[str, str | None]:
        """What a client sends as the connector's configuration, with what was masked when it was shown."""
        return self._masker.unmask(config, self._snapshot().connectors.get(name or ""))

    def tasks(self, name: str) -> list[Json]:
        snapshot = self._snapshot()
        _config(snapshot, name)
        configs = zip(snapshot.tasks(name), snapshot.all_task_configs(name), strict=True)
        return [
            {"id": {"connector": name, "task": task}, "config": self._masker.mask(hash_map(config))}
            for task, config in configs
        ]

    def status(self, name: str) -> Json:
        connector = self._stores.statuses.connector(name)
        if connector is None:
            raise NotFoundError(f"No status found for connector {name}")
        return self.status_with(name, connector, self._stores.statuses.tasks(name))

    def status_with(self, name: str, connector: ConnectorStatus, tasks: list[TaskStatus]) -> Json:
        """ConnectorStateInfo from the given statuses."""
        snapshot = self._snapshot()
        config = snapshot.connectors.get(name)
        return {
            "name": name,
            "connector": _state(connector),
            "tasks": [{"id": task.index, **_state(task)} for task in tasks],
            "type": "unknown" if config is None else self._type_of(config),
        }

    def task_status(self, name: str, task: int) -> Json:
        status = self._stores.statuses.task(name, task)
        if status is None:
            raise NotFoundError(f"No status found for task {name}-{task}")
        return {"id": task, **_state(status)}

    def topics(self, name: str) -> Json:
        return {name: {"topics": self._stores.statuses.topics(name)}}

    def forget_topics(self, name: str) -> None:
        """Deletes the record of the topics that the connector wrote to; does not wait."""
        self._stores.statuses.delete_topics(name)

    def expanded(self, *, info: bool, status: bool) -> Json:
        """All connectors with what was asked for; those whose information is missing are left out."""
        found: Json = {}
        for name in self.names():
            try:
                entry: Json = {}
                if info:
                    entry["info"] = self.info(name)
                if status:
                    entry["status"] = self.status(name)
            except NotFoundError:
                continue
            found[name] = entry
        return found

    def offsets(self, name: str) -> Json:
        """Waits for the offsets topic. Raises KafkaUnavailableError."""
        stored = self._offsets.read(name, _config(self._snapshot(), name))
        return {"offsets": [{"partition": partition, "offset": offset} for partition, offset in stored]}

    def _snapshot(self) -> ConfigSnapshot:
        return self._stores.configs.snapshot()


def info_of(
    name: str, config: Mapping[str, str | None], snapshot: ConfigSnapshot, type_of: Callable[[Config], str]
) -> Json:
    """ConnectorInfo: the given configuration, with the tasks that the snapshot knows."""
    return {
        "name": name,
        "config": dict(config),
        "tasks": [{"connector": name, "task": task} for task in snapshot.tasks(name)],
        "type": type_of(config),
    }


def _config(snapshot: ConfigSnapshot, name: str) -> Config:
    config = snapshot.connectors.get(name)
    if config is None:
        raise NotFoundError(f"Connector {name} not found")
    return config


def _state(status: ConnectorStatus | TaskStatus) -> Json:
    shown: Json = {"state": status.state, "worker_id": status.worker_id}
    if status.version != "undefined":
        shown["version"] = status.version
    if status.trace:
        shown["trace"] = status.trace
    return shown
