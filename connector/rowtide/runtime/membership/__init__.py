"""A worker's place in its group: Connect's group protocol, the leader's assignors and the member itself."""

from rowtide.runtime.membership.events import Assigned, Assignment, Lost, MemberEvent
from rowtide.runtime.membership.leader import GroupView
from rowtide.runtime.membership.member import WorkerMember
from rowtide.runtime.membership.settings import MemberSettings

__all__ = ["Assigned", "Assignment", "GroupView", "Lost", "MemberEvent", "MemberSettings", "WorkerMember"]
