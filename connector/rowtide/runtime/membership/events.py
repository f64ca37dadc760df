"""What the membership tells the herder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rowtide.runtime.membership.leader import GroupView
from rowtide.runtime.membership.work import Task


@dataclass(frozen=True, slots=True)
class Assignment:
    """What this worker has to run from now on.

    Attributes:
        generation: of the group; goes into statuses.
        protocol_version: 0 eager, 1 compatible, 2 sessioned (requests between workers are signed).
        leader_url: where requests for the leader go; empty when the leader could not tell.
        config_offset: how far the config topic has to be read before the work is started.
        failed: the leader could not read as far as some member has. Read the config topic to its end; the member
            joins again by itself once this is acknowledged. The work stays as it was.
        connectors, tasks: everything to run, what ran before included.
        revoked_connectors, revoked_tasks: what to stop; not among the former.
        delay_ms: when the member will join again by itself, 0 for not.
        view: the whole group, filled in for the leader only.
    """

    generation: int
    member_id: str
    protocol_version: int
    leader_id: str
    leader_url: str
    config_offset: int
    failed: bool
    connectors: frozenset[str]
    tasks: frozenset[Task]
    revoked_connectors: frozenset[str] = frozenset()
    revoked_tasks: frozenset[Task] = frozenset()
    delay_ms: int = 0
    view: GroupView = field(default_factory=GroupView)

    @property
    def is_leader(self) -> bool:
        return self.leader_id == self.member_id

    @property
    def members(self) -> Mapping[str, str]:
        """REST url by member id; for the leader only."""
        return self.view.members


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    assignment: Assignment


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """This worker may no longer count as a member: stop all connectors and tasks, and what only a leader does."""

    reason: str


MemberEvent = Assigned | Lost
