"""What the config topic says at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Config = Mapping[str, str | None]
"""A connector's or task's configuration as stored: `${...}` not resolved."""


@dataclass(frozen=True, slots=True)
class SessionKey:
    """The key by which workers sign requests to each other.

    Attributes:
        key: its bytes; not shown by repr.
        created_ms: milliseconds since the epoch.
    """

    key: bytes = field(repr=False)
    algorithm: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class RestartRequest:
    connector: str
    include_tasks: bool
    only_failed: bool


@dataclass(frozen=True, slots=True)
class ConfigSnapshot:
    """The state of all connectors after the records up to `offset` (Connect's ClusterConfigState).

    Attributes:
        offset: offset of the last processed record + 1, -1 for none. All members of a group must agree on it.
        target_states: "STARTED", "PAUSED" or "STOPPED". May hold a connector that has no config yet.
        task_configs: by connector and index. May hold more tasks than are in force: read it through `tasks`.
        task_counts: tasks of the last commit; absent before the first one.
        generations: how many sets of task configs were applied since this worker started reading, minus 1.
        inconsistent: connectors whose last commit came without all its task configs; they have no tasks.
        applied_configs: the connector's config at the time of the commit that is in force.
        fencing_counts, pending_fencing: for exactly-once sources: the last `tasks-fencing-` record of a connector, and
            the connectors that committed tasks after theirs.
    """

    offset: int = -1
    connectors: Mapping[str, Config] = field(default_factory=dict)
    target_states: Mapping[str, str] = field(default_factory=dict)
    task_configs: Mapping[tuple[str, int], Config] = field(default_factory=dict)
    task_counts: Mapping[str, int] = field(default_factory=dict)
    generations: Mapping[str, int] = field(default_factory=dict)
    inconsistent: frozenset[str] = frozenset()
    session_key: SessionKey | None = None
    applied_configs: Mapping[str, Config] = field(default_factory=dict)
    fencing_counts: Mapping[str, int] = field(default_factory=dict)
    pending_fencing: frozenset[str] = frozenset()

    def tasks(self, connector: str) -> list[int]:
        """The indexes of the connector's tasks; none while it is inconsistent or unknown."""
        if connector in self.inconsistent:
            return []
        return list(range(self.task_counts.get(connector, 0)))

    def all_task_configs(self, connector: str) -> list[Config]:
        """The configs of the tasks that `tasks` names, in their order."""
        return [self.task_configs[connector, index] for index in self.tasks(connector)]

    def target_state(self, connector: str) -> str:
        return self.target_states.get(connector, "STARTED")
