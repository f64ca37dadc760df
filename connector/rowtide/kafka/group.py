"""A member of a Kafka group of any protocol type (classic group protocol), which librdkafka cannot be."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kafka.coordinator.base import BaseCoordinator
from kafka.errors import KafkaError, RebalanceInProgressError
from kafka.net.compat import KafkaNetClient

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.python_client import kafka_python_settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """Which group, and the times in ms that the broker and the member agree on."""

    group_id: str
    protocol_type: str
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    rebalance_timeout_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Joined:
    """The outcome of a join.

    Attributes:
        member_id: given by the broker; another one after an expulsion.
        protocol: the one that the broker chose among those all members offer.
        assignment: the leader's bytes for this member.
    """

    generation: int
    member_id: str
    protocol: str
    assignment: bytes


@dataclass(slots=True)
class HeartbeatFigures:
    """How punctual the heartbeats are; times in seconds.

    Attributes:
        interval_max: longest time between two that were sent one after the other.
        response_max: longest wait for an answer.
    """

    sent: int = 0
    last_sent: float = 0.0
    interval_max: float = 0.0
    response_max: float = 0.0

    def note(self, sent_at: float, answered_at: float, previous: float | None) -> None:
        self.sent += 1
        self.last_sent = sent_at
        self.response_max = max(self.response_max, answered_at - sent_at)
        if previous is not None:
            self.interval_max = max(self.interval_max, sent_at - previous)


class GroupHandler(Protocol):
    """What the group is about. Called in the client's own thread: must neither wait nor raise."""

    def protocols(self) -> list[tuple[str, bytes]]:
        """The protocols this member speaks, preferred first, each with what it says of itself in it."""
        ...

    def assign(
        self,
        leader_id: str,
        protocol: str,
        members: Mapping[str, bytes],
        last_completed_generation: int,
        generation: int,
    ) -> Mapping[str, bytes]:
        """The leader's part: from every member's bytes to every member's assignment. Heartbeats wait meanwhile."""
        ...

    def confirmed(self, since: float) -> None:
        """A heartbeat that was sent at that time (time.monotonic) showed that the group counts this member in."""
        ...


class GroupMember:
    """One member, driven by one thread; `request_rejoin`, `wake` and `leave` may come from any.

    The driver connects, joins, then waits with `wait` and calls `heartbeat` at least every few seconds; it joins again
    when `needs_join` says so. Joins block until the round is over: a join given up half-way makes the whole group start
    over. Heartbeats are sent by the client's own thread.
    """

    def __init__(self, settings: GroupSettings, properties: Mapping[str, str], handler: GroupHandler) -> None:
        """`properties` are client properties under their Java names. Raises ConfigError for unusable ones."""
        self._settings = settings
        self._client_settings = kafka_python_settings(properties)
        self._handler = handler
        self._woken = threading.Event()
        self._client: Any = None
        self._coordinator: _Coordinator | None = None
        self._joining_since: float | None = None

    def connect(self, timeout_s: float) -> None:
        """Raises KafkaUnavailableError when no broker answers in time. May be called again then."""
        try:
            if self._client is None:
                self._client = KafkaNetClient(**self._client_settings)  # type: ignore[no-untyped-call]
                self._client._net.start()
            manager = self._client._manager
            manager.bootstrap(int(timeout_s * 1000))
            self._coordinator = _Coordinator(
                self._client, self._settings, self._handler, self._woken, manager.broker_version
            )
        except (KafkaError, RuntimeError, OSError) as error:
            raise _unavailable("connect to the brokers", error) from error

    def find_coordinator(self) -> bool:
        """Whether the group's coordinator is known and connected; looks for it for one heartbeat interval at most."""
        coordinator: Any = self._connected()
        try:
            return bool(coordinator.ensure_coordinator_ready(self._settings.heartbeat_interval_ms))
        except (KafkaError, RuntimeError) as error:
            raise _unavailable("find the group's coordinator", error) from error

    def needs_join(self) -> bool:
        return bool(self._connected().need_rejoin())

    def join(self) -> Joined | None:
        """Joins, waiting for all other members. None when it didn't come to that: expelled, left, or no coordinator.

        Raises:
            KafkaUnavailableError: the brokers refuse; the message has their reason.
        """
        coordinator = self._connected()
        coordinator.outcome = None
        self._joining_since = time.monotonic()
        try:
            coordinator.ensure_active_group(None)  # type: ignore[no-untyped-call]
        except (KafkaError, RuntimeError) as error:
            raise _unavailable("join the group", error) from error
        finally:
            self._joining_since = None
        return coordinator.outcome

    @property
    def waits_in_join(self) -> bool:
        """Whether the group waits for others, with this member in it: no heartbeats are asked for then. Any thread."""
        since, coordinator = self._joining_since, self._coordinator
        if since is None or coordinator is None or coordinator.expelled:
            return False
        if coordinator.coordinator_unknown():  # type: ignore[no-untyped-call]
            return False
        return time.monotonic() - since < self._settings.rebalance_timeout_ms / 1000

    @property
    def heartbeats(self) -> HeartbeatFigures:
        return HeartbeatFigures() if self._coordinator is None else self._coordinator.figures

    def heartbeat(self) -> None:
        """Tells the client's thread that the driver is alive.

        Raises:
            KafkaUnavailableError: heartbeats are not sent any more; the next `join` revives them.
        """
        coordinator = self._connected()
        try:
            coordinator.poll_heartbeat()  # type: ignore[no-untyped-call]
        except KafkaError as error:
            coordinator.want()
            raise _unavailable("send heartbeats", error) from error

    def request_rejoin(self) -> None:
        """Makes `needs_join` true until a join that began after this call. Never lost, also during a join."""
        if self._coordinator is not None:
            self._coordinator.want()
        self._woken.set()

    @property
    def member_id(self) -> str:
        """The id the broker gave us, empty while there is none."""
        return "" if self._coordinator is None else str(self._coordinator._generation.member_id)

    @property
    def expelled(self) -> bool:
        """The group went on without us (since `rejoin_after_expulsion`); nothing is joined before that is called."""
        return self._coordinator is not None and self._coordinator.expelled

    def rejoin_after_expulsion(self) -> None:
        """Everything that belonged to the membership has been given up."""
        self._connected().expelled = False

    def wait(self, timeout_s: float) -> None:
        """Returns when something may have changed, at the latest after the timeout."""
        self._woken.wait(timeout_s)
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def leave(self, timeout_s: float) -> None:
        """Leaves for good, so that the others need not wait for the session to time out. Errors are logged."""
        if self._coordinator is None:
            return
        self._coordinator.leaving = True
        self._woken.set()
        try:
            self._coordinator.close(timeout_ms=int(timeout_s * 1000))  # type: ignore[no-untyped-call]
        except (KafkaError, RuntimeError) as error:
            _log.info("leaving the group: %s", error)

    def close(self) -> None:
        """Cuts the connections; a join in another thread fails with KafkaUnavailableError."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close()
            except (KafkaError, RuntimeError, OSError) as error:
                _log.info("closing the group's connections: %s", error)

    def _connected(self) -> _Coordinator:
        if self._coordinator is None:
            raise KafkaUnavailableError("the member is not connected")
        return self._coordinator


class _Coordinator(BaseCoordinator):
    """The seam to kafka-python: its join and heartbeat machinery with our protocol and bookkeeping."""

    def __init__(
        self,
        client: Any,
        settings: GroupSettings,
        handler: GroupHandler,
        woken: threading.Event,
        broker_version: tuple[int, ...],
    ) -> None:
        self.outcome: Joined | None = None
        self.expelled = False
        self.leaving = False
        self._settings = settings
        self._handler = handler
        self._woken = woken
        self._wanted = 0  # counted, as the client forgets a request that comes while a join is under way
        self._announcing = 0
        self._announced = 0  # by a join that came to its end
        self._last_completed = -1
        self._last_beat: float | None = None  # since the last join
        self.figures = HeartbeatFigures()
        super().__init__(  # type: ignore[no-untyped-call]
            client,
            group_id=settings.group_id,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.heartbeat_interval_ms,
            max_poll_interval_ms=settings.rebalance_timeout_ms,
            request_timeout_ms=client._manager.config["request_timeout_ms"],
            retry_backoff_ms=100,
            api_version=broker_version,
        )

    def want(self) -> None:
        self._wanted += 1

    def protocol_type(self) -> str:
        return self._settings.protocol_type

    def group_protocols(self) -> list[tuple[str, bytes]]:
        self._announcing = self._wanted
        return self._handler.protocols()

    def need_rejoin(self) -> bool:
        # The client also asks this between attempts of one join: an expelled member must first give up what it has.
        if self.expelled or self.leaving:
            return False
        return bool(self.rejoin_needed) or self._wanted != self._announced

    def request_rejoin(self) -> None:
        super().request_rejoin()  # type: ignore[no-untyped-call]
        self._woken.set()

    def reset_generation(self, member_id: str = "") -> None:
        if self._generation.has_member_id() and not member_id:
            self.expelled = True
        super().reset_generation(member_id)  # type: ignore[no-untyped-call]
        self._woken.set()

    def coordinator_dead(self, error: object) -> None:
        super().coordinator_dead(error)  # type: ignore[no-untyped-call]
        self._woken.set()

    async def ensure_coordinator_ready_async(self, timeout_ms: float | None = None) -> bool:
        # A join without end must not hide that there is no coordinator: its driver has to stop the work then.
        limit = self._settings.heartbeat_interval_ms
        timeout_ms = limit if timeout_ms is None else min(timeout_ms, limit)
        return bool(await super().ensure_coordinator_ready_async(timeout_ms))  # type: ignore[no-untyped-call]

    async def _send_heartbeat_request(self) -> None:
        sent_at = time.monotonic()
        try:
            await super()._send_heartbeat_request()  # type: ignore[no-untyped-call]
        except RebalanceInProgressError:
            self._beat(sent_at)
            raise
        self._beat(sent_at)

    def _beat(self, sent_at: float) -> None:
        self.figures.note(sent_at, time.monotonic(), self._last_beat)
        self._last_beat = sent_at
        self._handler.confirmed(sent_at)

    def _perform_assignment(self, leader_id: str, protocol: str, members: Iterable[Any]) -> dict[str, bytes]:
        metadata = {member.member_id: bytes(member.metadata) for member in members}
        generation = self._generation.generation_id
        return dict(self._handler.assign(leader_id, protocol, metadata, self._last_completed, generation))

    async def _on_join_complete_async(
        self, generation: int, member_id: str, protocol: str, member_assignment_bytes: bytes
    ) -> None:
        self._last_completed = generation
        self._announced = self._announcing
        self._last_beat = None
        self.outcome = Joined(generation, member_id, protocol, bytes(member_assignment_bytes))


def _unavailable(what: str, error: Exception) -> KafkaUnavailableError:
    return KafkaUnavailableError(f"could not {what}: {type(error).__name__}: {error}")
