"""What this worker knows of its group: who leads, and what each member owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rowtide.runtime.membership.events import Assignment
from rowtide.runtime.membership.protocol import SESSIONED


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A request that another worker has to answer; without url nobody knows which."""

    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The newest assignment's view of the group. Immutable, so that other threads may look at it.

    Attributes:
        leader_url: None while no leader is known.
        sessioned: requests between workers are signed.
        connector_owners, task_owners: urls by connector and by task; only the leader knows them.
    """

    is_leader: bool = False
    leader_url: str | None = None
    generation: int = -1
    sessioned: bool = False
    connector_owners: Mapping[str, str] = field(default_factory=dict)
    task_owners: Mapping[tuple[str, int], str] = field(default_factory=dict)


def group_of(assignment: Assignment) -> Group:
    """The group as an assignment shows it."""
    connectors: dict[str, str] = {}
    tasks: dict[tuple[str, int], str] = {}
    for item, member in assignment.view.owners.items():
        url = assignment.members.get(member)
        if url is None:
            continue
        if isinstance(item, str):
            connectors[item] = url
        else:
            tasks[item] = url
    return Group(
        assignment.is_leader,
        assignment.leader_url or None,
        assignment.generation,
        assignment.protocol_version == SESSIONED,
        connectors,
        tasks,
    )
