"""This worker as a member of its group: joins, tells the herder what to run, and notices when it is out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from rowtide.errors import ConnectError, KafkaUnavailableError
from rowtide.kafka.group import GroupMember, GroupSettings, HeartbeatFigures, Joined
from rowtide.runtime.lease import Lease
from rowtide.runtime.membership.events import Assigned, Assignment, Lost, MemberEvent
from rowtide.runtime.membership.leader import GroupView, Leader
from rowtide.runtime.membership.lease_keeper import LeaseKeeper
from rowtide.runtime.membership.protocol import (
    EAGER,
    NO_ERROR,
    PROTOCOL_TYPE,
    VERSIONS,
    Metadata,
    WireAssignment,
    decode_assignment,
    encode_metadata,
)
from rowtide.runtime.membership.settings import OFFERED_PROTOCOLS, MemberSettings
from rowtide.runtime.storage.snapshot import ConfigSnapshot

_log = logging.getLogger(__name__)

_CONNECT_S = 10.0
_WAIT_S = 1.0  # between two looks; short against the session and rebalance timeouts
_RETRY_S = 1.0
_LEAVE_S = 5.0


class WorkerMember:
    """The membership, in a thread of its own.

    Events go to `deliver`, which must hand them over and return. Each has to be acknowledged with `acknowledge` once
    the herder has acted on it (revoked work stopped, the rest started); until then the member takes part in no other
    rebalance, so that nobody is given what still runs here. After that it joins again by itself where the protocol asks
    for it: after revocations, a failed assignment, a `Lost`, or the leader's delay.
    """

    def __init__(
        self,
        settings: MemberSettings,
        properties: Mapping[str, str],
        snapshot: Callable[[], ConfigSnapshot],
        deliver: Callable[[MemberEvent], None],
        lease: Lease | None = None,
    ) -> None:
        """Does nothing on the network yet.

        Args:
            properties: client properties under their Java names; `client.id` is connect-<worker id> unless given.
            snapshot: what has been read of the config topic (`ConfigStore.snapshot`); called from the client's thread.
            lease: is renewed for as long as the group counts this worker in.

        Raises:
            ConfigError: for unusable properties.
        """
        self._settings = settings
        self._snapshot = snapshot
        self._deliver = deliver
        self._leader = Leader(
            snapshot, max_delay_ms=settings.max_delay_ms, clock_ms=lambda: time.monotonic_ns() // 1_000_000
        )
        self._group = GroupMember(
            GroupSettings(
                settings.group_id,
                PROTOCOL_TYPE,
                settings.session_timeout_ms,
                settings.heartbeat_interval_ms,
                settings.rebalance_timeout_ms,
            ),
            {"client.id": f"connect-{settings.worker_id}", **{k: v for k, v in properties.items() if v}},
            self,
        )
        self._lease = LeaseKeeper(Lease.endless() if lease is None else lease, self._group)
        self._owned: WireAssignment | None = None
        self._pending: MemberEvent | None = None
        self._rejoin_at: float | None = None
        self._rejoin_after_pending = False
        self._connected = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="group-member", daemon=True)

    def start(self) -> None:
        """Starts to join; the outcome comes as an event."""
        self._lease.start()
        self._thread.start()

    def stop(self, timeout_s: float = _LEAVE_S) -> None:
        """Leaves the group and ends the thread. Stop all work first: others get it at once."""
        self._stopping.set()
        if not self._connected:
            self._group.close()  # ends the search for brokers, which would go on for a while
        self._group.leave(timeout_s)
        self._group.wake()
        self._thread.join(timeout_s)
        self._group.close()
        self._thread.join(timeout_s)
        self._lease.stop()

    def request_rejoin(self, reason: str) -> None:
        """Starts a rebalance soon. Any thread; never lost, also when it comes during a rebalance."""
        _log.info("joining the group again: %s", reason)
        self._group.request_rejoin()

    def acknowledge(self, event: MemberEvent) -> None:
        """The herder has acted on the event. Any thread."""
        if self._pending is event:
            self._pending = None
            self._group.wake()

    @property
    def member_id(self) -> str:
        """The id the broker gave, empty while there is none."""
        return self._group.member_id

    def protocols(self) -> list[tuple[str, bytes]]:
        """For the group client: what this worker says of itself when it joins."""
        offset, owned = self._snapshot().offset, self._owned
        return [
            (name, encode_metadata(Metadata(VERSIONS[name], self._settings.url, offset, owned)))
            for name in OFFERED_PROTOCOLS[self._settings.protocol]
        ]

    def assign(
        self,
        leader_id: str,
        protocol: str,
        members: Mapping[str, bytes],
        last_completed_generation: int,
        generation: int,
    ) -> Mapping[str, bytes]:
        """For the group client, when this worker leads."""
        return self._leader.assign(leader_id, protocol, members, last_completed_generation, generation)

    def confirmed(self, since: float) -> None:
        """For the group client, after a heartbeat."""
        self._lease.confirmed(since)

    @property
    def heartbeats(self) -> HeartbeatFigures:
        return self._group.heartbeats

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except (KafkaUnavailableError, ConnectError) as error:
                if not self._stopping.is_set():
                    _log.warning("group %s: %s; trying again", self._settings.group_id, error)
                    self._stopping.wait(_RETRY_S)
            except Exception:  # noqa: BLE001 - a worker that is no member any more must try to become one
                _log.exception("the member of group %s failed; trying again", self._settings.group_id)
                self._stopping.wait(_RETRY_S)

    def _step(self) -> None:
        """One look at where the membership stands; waits a second at most, but for a join."""
        group = self._group
        if not self._connected:
            group.connect(_CONNECT_S)
            self._connected = True
        elif self._pending is not None:
            group.wait(_WAIT_S)
            group.heartbeat()
        elif group.expelled:
            if not self._give_up("the group went on without this worker"):
                group.rejoin_after_expulsion()
        elif not group.find_coordinator():
            group.request_rejoin()
            self._give_up(f"the group's coordinator could not be reached for {self._settings.heartbeat_interval_ms} ms")
        elif self._must_join():
            self._join()
        else:
            group.heartbeat()
            group.wait(_WAIT_S)

    def _must_join(self) -> bool:
        if self._rejoin_at is not None and time.monotonic() >= self._rejoin_at:
            self._rejoin_at = None
            self._rejoin_after_pending = True
        if self._rejoin_after_pending:
            self._rejoin_after_pending = False
            self._group.request_rejoin()
        return self._group.needs_join()

    def _join(self) -> None:
        eager = self._owned is not None and self._owned.version == EAGER
        if eager and self._give_up("the group is rebalancing, in which nothing may run under the eager protocol"):
            return
        outcome = self._group.join()
        if outcome is None:
            return
        self._lease.joined()
        try:
            wire = decode_assignment(outcome.assignment)
        except ConnectError:
            self._rejoin_after_pending = True
            raise
        self._take(outcome, wire)

    def _take(self, outcome: Joined, wire: WireAssignment) -> None:
        work = wire.assigned
        if wire.version != EAGER and self._owned is not None:
            work |= self._owned.assigned - wire.revoked
        self._owned = WireAssignment(
            wire.version, wire.error, wire.leader_id, wire.leader_url, wire.config_offset, work
        )
        failed = wire.error != NO_ERROR
        leads = wire.leader_id == outcome.member_id
        self._rejoin_after_pending = failed or bool(wire.revoked)
        self._rejoin_at = time.monotonic() + wire.delay_ms / 1000 if wire.delay_ms > 0 else None
        assignment = Assignment(
            generation=outcome.generation,
            member_id=outcome.member_id,
            protocol_version=wire.version,
            leader_id=wire.leader_id,
            leader_url=wire.leader_url,
            config_offset=wire.config_offset,
            failed=failed,
            connectors=work.connectors,
            tasks=work.tasks,
            revoked_connectors=wire.revoked.connectors,
            revoked_tasks=wire.revoked.tasks,
            delay_ms=wire.delay_ms,
            view=self._leader.view if leads else GroupView(),
        )
        _log.info(
            "generation %d of group %s, led by %s: %d connectors and %d tasks here, %d and %d revoked, delay %d ms%s",
            outcome.generation,
            self._settings.group_id,
            wire.leader_url,
            len(work.connectors),
            len(work.tasks),
            len(wire.revoked.connectors),
            len(wire.revoked.tasks),
            wire.delay_ms,
            "; the leader has not read all of the config topic" if failed else "",
        )
        self._emit(Assigned(assignment))

    def _give_up(self, reason: str) -> bool:
        """Tells the herder that all is lost, if there was something to lose; answers whether there was."""
        if self._owned is None:
            return False
        self._owned = None
        self._rejoin_at = None
        _log.warning("group %s: %s; all work here stops", self._settings.group_id, reason)
        self._emit(Lost(reason))
        return True

    def _emit(self, event: MemberEvent) -> None:
        self._pending = event
        self._deliver(event)
