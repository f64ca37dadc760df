"""The membership of a standalone worker: a group of one, which leads itself and is given all work at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rowtide.kafka.group import HeartbeatFigures
from rowtide.runtime.membership.events import Assigned, Assignment, MemberEvent
from rowtide.runtime.membership.leader import GroupView, configured
from rowtide.runtime.membership.protocol import COMPATIBLE
from rowtide.runtime.membership.work import NOTHING, Task
from rowtide.runtime.storage.snapshot import ConfigSnapshot

_log = logging.getLogger(__name__)

_ID = "standalone"


class SoleMember:
    """As WorkerMember, without a broker. Thread-safe."""

    def __init__(
        self, url: str, snapshot: Callable[[], ConfigSnapshot], deliver: Callable[[MemberEvent], None]
    ) -> None:
        """`snapshot` answers the newest configuration; `deliver` must hand events over and return."""
        self._url = url
        self._snapshot = snapshot
        self._deliver = deliver
        self._lock = threading.Lock()
        self._owned = NOTHING

    def start(self) -> None:
        self.request_rejoin("the worker starts")

    def stop(self) -> None:
        """Nothing to leave."""

    def request_rejoin(self, reason: str) -> None:
        """Deals the work out anew."""
        _log.debug("dealing the work out: %s", reason)
        with self._lock:
            snapshot = self._snapshot()
            work, before = configured(snapshot), self._owned
            self._owned = work
            owners: dict[str | Task, str] = dict.fromkeys((*work.connectors, *work.tasks), _ID)
            gone = before - work
            assignment = Assignment(
                generation=0,
                member_id=_ID,
                protocol_version=COMPATIBLE,
                leader_id=_ID,
                leader_url=self._url,
                config_offset=snapshot.offset,
                failed=False,
                connectors=work.connectors,
                tasks=work.tasks,
                revoked_connectors=gone.connectors,
                revoked_tasks=gone.tasks,
                view=GroupView({_ID: self._url}, owners),
            )
            self._deliver(Assigned(assignment))

    def acknowledge(self, event: MemberEvent) -> None:
        """Nobody waits for it."""

    @property
    def heartbeats(self) -> HeartbeatFigures:
        return HeartbeatFigures()
