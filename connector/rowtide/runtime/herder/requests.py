"""What REST asks of the herder. Every method runs on the herder's thread.

A method answers `Elsewhere` when another worker has to do the work. Texts of errors are Kafka Connect's: clients match
on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rowtide.connect.java import hash_map
from rowtide.errors import AlreadyExistsError, BadRequestError, ConflictError, NotFoundError
from rowtide.runtime.herder.group import Elsewhere, Group
from rowtide.runtime.herder.restart import plan_restart
from rowtide.runtime.herder.views import Json, Stores, Views, info_of
from rowtide.runtime.storage.snapshot import Config, ConfigSnapshot, RestartRequest
from rowtide.runtime.validation.report import ValidationReport
from rowtide.runtime.worker.work import LocalWork

STALE = (
    "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"
)
REFRESH_S = 30.0

_WHERE = (
    "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"
)


class Membership(Protocol):
    """The herder's place in the group, as requests see it."""

    @property
    def group(self) -> Group: ...

    @property
    def rejoining(self) -> bool:
        """A change was seen that needs a rebalance which has not happened yet."""
        ...

    def owns_connector(self, name: str) -> bool: ...

    def owns_task(self, task: tuple[str, int]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a create or update: ConnectorInfo, and whether the connector is new."""

    created: bool
    info: Json


@dataclass(frozen=True, slots=True)
class ConnectorChange:
    """A validated configuration to store.

    Attributes:
        report: of its validation.
        target_state: for a new connector; None for STARTED.
        may_replace: whether an existing connector is updated rather than refused.
    """

    name: str
    config: Mapping[str, str | None]
    report: ValidationReport
    target_state: str | None = None
    may_replace: bool = True


class Requests:
    def __init__(self, stores: Stores, views: Views, work: LocalWork, member: Membership) -> None:
        self._configs = stores.configs
        self._statuses = stores.statuses
        self._views = views
        self._work = work
        self._member = member

    # Configurations

    def put_connector(self, change: ConnectorChange, type_of: Callable[[Config], str]) -> Written | Elsewhere:
        """Stores a configuration; raises BadRequestError with everything that validation found."""
        if change.report.errors:
            raise BadRequestError(invalid_text(change.report.errors))
        if not self._member.group.is_leader:
            return self._leader()
        snapshot = self._configs.snapshot()
        exists = change.name in snapshot.connectors
        if exists and not change.may_replace:
            raise AlreadyExistsError(f"Connector {change.name} already exists")
        info = info_of(change.name, change.config, snapshot, type_of)
        self._configs.put_connector(change.name, change.config, None if exists else change.target_state)
        return Written(not exists, self._views.masked(info))

    def patched(self, name: str, patch: Mapping[str, str | None]) -> dict[str, str | None] | Elsewhere:
        """The connector's configuration with a patch applied, not stored yet."""
        if not self._member.group.is_leader:
            return self._leader()
        current = self._existing(name, f"Connector {name} not found").connectors[name]
        merged = {**current, **patch}
        return hash_map({key: value for key, value in merged.items() if value is not None})

    def delete_connector(self, name: str) -> Elsewhere | None:
        if not self._member.group.is_leader:
            return self._leader()
        self._existing(name, f"Connector {name} not found")
        self._configs.remove_connector(name)
        return None

    # Target states

    def set_target_state(self, name: str, state: str) -> None:
        """Pause and resume: any worker writes it."""
        self._existing(name, f"Unknown connector {name}")
        self._configs.put_target_state(name, state)

    def stop_connector(self, name: str) -> Elsewhere | None:
        self._refresh()
        self._existing(name, f"Unknown connector {name}")
        if not self._member.group.is_leader:
            return self._leader()
        # The tasks go first: whoever sees STOPPED may rely on there being none.
        self._configs.put_task_configs(name, [])
        self._configs.put_target_state(name, "STOPPED")
        self._refresh()
        return None

    # Restarts

    def restart_connector(self, name: str) -> Elsewhere | None:
        """The connector object alone, on whichever worker owns it."""
        self._check_settled()
        self._existing(name, f"Unknown connector: {name}")
        if self._member.owns_connector(name):
            self._work.restart_connector(name)
            return None
        return self._owner(self._member.group.connector_owners.get(name))

    def restart_task(self, name: str, task: int) -> Elsewhere | None:
        self._check_settled()
        snapshot = self._existing(name, f"Unknown connector: {name}")
        if task not in snapshot.tasks(name):
            raise NotFoundError(f"Unknown task: {name}-{task}")
        if self._member.owns_task((name, task)):
            self._work.restart_task((name, task))
            return None
        return self._owner(self._member.group.task_owners.get((name, task)))

    def restart_with_plan(self, request: RestartRequest) -> Json | Elsewhere:
        """Writes the request for all workers and answers which instances it concerns."""
        name = request.connector
        self._check_settled()
        self._existing(name, f"Unknown connector: {name}")
        if not self._member.group.is_leader:
            return self._leader()
        connector = self._statuses.connector(name)
        if connector is None:
            raise NotFoundError(f"Status for connector {name} not found")
        tasks = self._statuses.tasks(name)
        plan = plan_restart(request, connector.state, ((task.index, task.state) for task in tasks))
        self._configs.put_restart_request(name, request.include_tasks, request.only_failed)
        if plan.connector:
            connector = replace(connector, state="RESTARTING")
        shown = [replace(task, state="RESTARTING") if task.index in plan.tasks else task for task in tasks]
        return self._views.status_with(name, connector, shown)

    # Worker to worker

    def put_task_configs(self, name: str, configs: Sequence[Config]) -> Elsewhere | None:
        """Task configurations that another worker's connector made."""
        if not self._member.group.is_leader:
            return self._leader()
        snapshot = self._existing(name, f"Connector {name} not found")
        if configs and snapshot.target_state(name) == "STOPPED":
            raise BadRequestError(f"Cannot submit non-empty set of task configs for stopped connector {name}")
        self._configs.put_task_configs(name, configs)
        return None

    # Offsets

    def check_may_alter_offsets(self, name: str) -> Config | Elsewhere:
        """The connector's configuration, when its offsets may be changed now."""
        self._check_settled()
        if not self._member.group.is_leader:
            return self._leader()
        self._refresh()
        snapshot = self._existing(name, f"Connector {name} not found")
        if snapshot.target_state(name) != "STOPPED" or snapshot.task_counts.get(name, 0):
            raise BadRequestError(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for "
                f"the specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )
        return snapshot.connectors[name]

    def _existing(self, name: str, message: str) -> ConfigSnapshot:
        snapshot = self._configs.snapshot()
        if name not in snapshot.connectors:
            raise NotFoundError(message)
        return snapshot

    def _check_settled(self) -> None:
        if self._member.rejoining:
            raise ConflictError(STALE)

    def _leader(self) -> Elsewhere:
        return Elsewhere(self._member.group.leader_url)

    def _owner(self, url: str | None) -> Elsewhere:
        """Only the leader knows the owners; others ask it."""
        return Elsewhere(url) if self._member.group.is_leader else self._leader()

    def _refresh(self) -> None:
        self._configs.refresh(REFRESH_S)


def invalid_text(errors: Sequence[str]) -> str:
    """The message about an invalid configuration."""
    count = f"Connector configuration is invalid and contains the following {len(errors)} error(s):"
    return "\n".join([count, *errors, _WHERE])
