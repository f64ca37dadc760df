"""The leader's part of a rebalance: from what all members say of themselves to what each is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rowtide.runtime.membership import eager
from rowtide.runtime.membership.incremental import IncrementalAssignor, Round
from rowtide.runtime.membership.protocol import (
    CONFIG_MISMATCH,
    EAGER,
    NO_ERROR,
    VERSIONS,
    Metadata,
    WireAssignment,
    decode_metadata,
    encode_assignment,
)
from rowtide.runtime.membership.work import NOTHING, Task, Work
from rowtide.runtime.storage.snapshot import ConfigSnapshot

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GroupView:
    """What the leader knows of the group after a round.

    Attributes:
        members: REST url by member id.
        owners: member id by connector name, and by task (connector, index).
    """

    members: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str | Task, str] = field(default_factory=dict)


class Leader:
    """Computes assignments; remembers earlier rounds. Called in the group client's thread, so it never waits."""

    def __init__(
        self, snapshot: Callable[[], ConfigSnapshot], *, max_delay_ms: int, clock_ms: Callable[[], int]
    ) -> None:
        """`snapshot` answers what has been read of the config topic; it must not wait."""
        self._snapshot = snapshot
        self._incremental = IncrementalAssignor(max_delay_ms, clock_ms)
        self.view = GroupView()

    def assign(
        self,
        leader_id: str,
        protocol: str,
        members: Mapping[str, bytes],
        last_completed_generation: int,
        generation: int,
    ) -> dict[str, bytes]:
        """The assignment of every member. Never raises: when something goes wrong, all are told to join again."""
        version = VERSIONS.get(protocol, EAGER)
        try:
            metadata = {member: decode_metadata(data) for member, data in members.items()}
            assignments = self._assign(leader_id, version, metadata, last_completed_generation, generation)
        except Exception:  # noqa: BLE001 - the group client would stop sending heartbeats
            _log.exception("computing the assignment of generation %d failed; all members will join again", generation)
            failed = WireAssignment(version, CONFIG_MISMATCH, leader_id, "", -1)
            assignments = dict.fromkeys(members, failed)
        return {member: encode_assignment(assignment) for member, assignment in assignments.items()}

    def _assign(
        self, leader_id: str, version: int, members: Mapping[str, Metadata], last_completed: int, generation: int
    ) -> dict[str, WireAssignment]:
        snapshot = self._snapshot()
        url = members[leader_id].url
        furthest = max(metadata.config_offset for metadata in members.values())
        if snapshot.offset < furthest:
            _log.info("read the config topic to %d only, a member has %d: all catch up", snapshot.offset, furthest)
            mismatch = WireAssignment(version, CONFIG_MISMATCH, leader_id, url, furthest)
            return dict.fromkeys(members, mismatch)
        everything = configured(snapshot)
        owned = {member: metadata.work for member, metadata in members.items()}
        if version == EAGER:
            dealt = Round(eager.assign(everything, members), {}, 0)
            after = dict(dealt.new)
        else:
            homes = {member: metadata.url for member, metadata in members.items()}
            dealt = self._incremental.assign(everything, owned, last_completed, generation, homes)
            after = {member: (owned[member] - dealt.revoked[member]) | dealt.new[member] for member in members}
        self.view = _view(members, after)
        return {
            member: WireAssignment(
                version,
                NO_ERROR,
                leader_id,
                url,
                snapshot.offset,
                dealt.new[member],
                dealt.revoked.get(member, NOTHING),
                dealt.delay_ms,
            )
            for member in members
        }


def configured(snapshot: ConfigSnapshot) -> Work:
    """All connectors, and the tasks that are in force."""
    tasks = ((name, index) for name in snapshot.connectors for index in snapshot.tasks(name))
    return Work.of(snapshot.connectors, tasks)


def _view(members: Mapping[str, Metadata], owned: Mapping[str, Work]) -> GroupView:
    owners: dict[str | Task, str] = {}
    for member, work in owned.items():
        owners |= dict.fromkeys((*work.connectors, *work.tasks), member)
    return GroupView({member: metadata.url for member, metadata in members.items()}, owners)
