"""Gives all partitions to one member of a group; the others stand by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription

_VERSION = 0
_HAS_ALL = b"1"


class SoleAssignor(AbstractPartitionAssignor):
    """The member that has the partitions keeps them, so that one that joins disturbs nothing."""

    name = "rowtide-sole"

    def __init__(self) -> None:
        self._has_all = False

    def metadata(self, topics: Iterable[str]) -> Any:
        return ConsumerProtocolSubscription(_VERSION, list(topics), _HAS_ALL if self._has_all else b"")

    def assign(self, cluster: Any, members: Sequence[Any]) -> dict[str, Any]:
        owners = [member.member_id for member in members if member.metadata.user_data == _HAS_ALL]
        chosen = min(owners or [member.member_id for member in members])
        topics = sorted({topic for member in members for topic in member.metadata.topics})
        whole = [(topic, sorted(cluster.partitions_for_topic(topic) or ())) for topic in topics]
        return {
            member.member_id: ConsumerProtocolAssignment(_VERSION, whole if member.member_id == chosen else [], b"")
            for member in members
        }

    def on_assignment(self, assignment: Any, generation: int) -> None:
        self._has_all = any(partitions for _, partitions in assignment.assigned_partitions)
