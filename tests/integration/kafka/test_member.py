"""Membership of a group on a real broker."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from kafka.errors import NotCoordinatorError
from kafka.net.compat import KafkaNetClient
from kafka.protocol.consumer import LeaveGroupRequest
from kafka.protocol.metadata import CoordinatorType, FindCoordinatorRequest

from rowtide.runtime.membership import Assigned, Assignment, Lost, MemberEvent, MemberSettings, WorkerMember
from rowtide.runtime.membership.work import Work
from rowtide.runtime.storage.snapshot import ConfigSnapshot

pytestmark = pytest.mark.kafka

CONFIG = ConfigSnapshot(offset=5, connectors={"c1": {}, "c2": {}}, task_counts={"c1": 4, "c2": 2})
ALL = Work.of(["c1", "c2"], [*(("c1", index) for index in range(4)), ("c2", 0), ("c2", 1)])
FAST = {"session_timeout_ms": 6000, "heartbeat_interval_ms": 300, "max_delay_ms": 1500}


class Worker:
    """A member whose herder has nothing to do, so that it acknowledges at once unless `busy`."""

    def __init__(self, group_id: str, name: str, properties: dict[str, str], *, busy: bool = False, **settings) -> None:
        self.busy = busy
        self.snapshot = CONFIG
        self.events: queue.SimpleQueue[MemberEvent] = queue.SimpleQueue()
        self.stopped = False
        self.member = WorkerMember(
            MemberSettings(group_id, f"http://{name}:8083/", f"{name}:8083", **{**FAST, **settings}),
            properties,
            lambda: self.snapshot,
            self.take,
        )
        self.member.start()

    def take(self, event: MemberEvent) -> None:
        self.events.put(event)
        if not self.busy:
            self.member.acknowledge(event)

    def event(self, timeout_s: float = 30) -> MemberEvent:
        return self.events.get(timeout=timeout_s)

    def assignment(self) -> Assignment:
        event = self.event()
        assert isinstance(event, Assigned), event
        return event.assignment

    def work_when(self, condition: Callable[[Work], bool]) -> Work:
        """What it runs once that fulfils the condition."""
        while True:
            assignment = self.assignment()
            work = Work(assignment.connectors, assignment.tasks)
            if condition(work):
                return work

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.member.stop(5)


@pytest.fixture
def start(properties) -> Iterator[Callable[..., Worker]]:
    group_id = f"k-test-{uuid.uuid4().hex[:12]}"
    workers: list[Worker] = []

    def start_one(name: str, **settings) -> Worker:
        workers.append(Worker(group_id, name, properties, **settings))
        return workers[-1]

    yield start_one
    for worker in reversed(workers):
        worker.stop()


def test_a_single_member_leads_and_runs_everything(start) -> None:
    worker = start("w1")
    assignment = worker.assignment()
    assert assignment.is_leader
    assert (assignment.generation, assignment.protocol_version, assignment.config_offset) == (1, 2, 5)
    assert assignment.leader_url == "http://w1:8083/"
    assert Work(assignment.connectors, assignment.tasks) == ALL
    assert assignment.member_id.startswith("connect-w1:8083-")
    assert assignment.members == {assignment.member_id: "http://w1:8083/"}
    assert not assignment.failed


def test_a_requested_rebalance_follows_the_config(start) -> None:
    worker = start("w1")
    worker.assignment()
    worker.snapshot = ConfigSnapshot(offset=9, connectors={"c2": {}}, task_counts={"c2": 1})
    worker.member.request_rejoin("the config changed")
    assignment = worker.assignment()
    assert (assignment.generation, assignment.config_offset) == (2, 9)
    assert assignment.revoked_connectors == {"c1"}
    assert assignment.connectors == {"c2"}
    assert worker.assignment().generation == 3, "revocations make it join again by itself"


def test_a_requested_rebalance_outlives_an_attempt_that_found_the_coordinator_moving(start, monkeypatch) -> None:
    worker = start("w1")
    worker.assignment()
    coordinator = worker.member._group._coordinator
    attempt, failures = coordinator._do_join_and_sync_async, [NotCoordinatorError()]

    async def failing_once():
        if failures:
            coordinator.group_protocols()  # what a request that is refused has asked for
            raise failures.pop()
        return await attempt()

    monkeypatch.setattr(coordinator, "_do_join_and_sync_async", failing_once)
    worker.member.request_rejoin("the config changed")
    assert worker.assignment().generation == 2


def test_the_next_rebalance_waits_for_the_herder(start) -> None:
    worker = start("w1", busy=True)
    event = worker.event()
    worker.member.request_rejoin("while the herder is at work")
    with pytest.raises(queue.Empty):
        worker.event(timeout_s=2)
    worker.member.acknowledge(event)
    assert worker.event().assignment.generation == 2


def test_requests_during_a_rebalance_are_not_lost(start) -> None:
    worker = start("w1")
    first = worker.assignment().generation
    for _ in range(3):
        worker.member.request_rejoin("again")
    assert worker.assignment().generation > first


def test_a_second_member_takes_its_share_and_gives_it_back_after_the_delay(start) -> None:
    first = start("w1")
    first.assignment()
    second = start("w2")
    theirs = second.work_when(lambda work: len(work.tasks) == 3)
    mine = first.work_when(lambda work: len(work.tasks) == 3)
    assert mine | theirs == ALL
    assert not mine & theirs
    second.stop()
    delayed = first.assignment()
    while not delayed.delay_ms:
        delayed = first.assignment()
    assert len(delayed.tasks) == 3
    began = time.monotonic()
    assert first.work_when(lambda work: work == ALL)
    assert time.monotonic() - began > 1


def test_followers_know_the_leaders_url_only(start) -> None:
    start("w1").assignment()
    follower = start("w2").assignment()
    assert not follower.is_leader
    assert follower.leader_url == "http://w1:8083/"
    assert follower.members == {}


def test_a_leader_that_has_read_less_fails_the_round_and_tries_again(start) -> None:
    leader = start("w1")
    leader.assignment()
    follower = start("w2")
    follower.snapshot = ConfigSnapshot(offset=50)
    follower.member.request_rejoin("read more than the leader")
    failed = follower.assignment()
    while not failed.failed:
        failed = follower.assignment()
    assert failed.config_offset == 50
    leader.snapshot = ConfigSnapshot(offset=50, connectors=CONFIG.connectors, task_counts=CONFIG.task_counts)
    assert follower.work_when(lambda work: len(work.tasks) == 3)


def test_the_eager_protocol_stops_everything_before_each_rebalance(start) -> None:
    worker = start("w1", protocol="eager", busy=True)
    event = worker.event()
    worker.member.acknowledge(event)
    assignment = event.assignment
    assert assignment.protocol_version == 0
    assert Work(assignment.connectors, assignment.tasks) == ALL
    worker.member.request_rejoin("try")
    lost = worker.event()
    assert isinstance(lost, Lost)
    with pytest.raises(queue.Empty):
        worker.event(timeout_s=1)
    worker.member.acknowledge(lost)
    assert Work(*_parts(worker.assignment())) == ALL


def test_a_member_of_another_protocol_brings_the_group_down_to_it(start) -> None:
    modern = start("w1")
    assert modern.assignment().protocol_version == 2
    start("w2", protocol="eager")
    versions = []
    while not versions or versions[-1] != 0:
        event = modern.event()
        if isinstance(event, Assigned):
            versions.append(event.assignment.protocol_version)


def test_an_expelled_member_gives_everything_up_before_it_joins_again(start, kafka_bootstrap: str) -> None:
    worker = start("w1", busy=True)
    event = worker.event()
    worker.member.acknowledge(event)
    assignment = event.assignment
    expel(kafka_bootstrap, worker.member._settings.group_id, assignment.member_id)
    lost = worker.event()
    assert isinstance(lost, Lost)
    with pytest.raises(queue.Empty):
        worker.event(timeout_s=1)
    worker.member.acknowledge(lost)
    again = worker.assignment()
    assert again.member_id != assignment.member_id
    assert again.member_id == worker.member.member_id


def test_leaving_tells_the_others_at_once(start) -> None:
    leader = start("w1", session_timeout_ms=30_000)
    leader.assignment()
    second = start("w2", session_timeout_ms=30_000)
    second.work_when(lambda work: len(work.tasks) == 3)
    leader.work_when(lambda work: len(work.tasks) == 3)
    began = time.monotonic()
    leader.stop()
    while not second.assignment().is_leader:
        pass
    assert time.monotonic() - began < 10


def test_a_member_without_brokers_can_be_stopped(properties) -> None:
    worker = Worker("k-test-nobody", "w1", {"bootstrap.servers": "127.0.0.1:1"})
    time.sleep(0.5)
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 4
    assert not worker.member._thread.is_alive()
    assert worker.events.empty()


def _parts(assignment: Assignment) -> tuple[frozenset[str], frozenset[tuple[str, int]]]:
    return assignment.connectors, assignment.tasks


def expel(bootstrap: str, group_id: str, member_id: str) -> None:
    """Takes a member out of its group behind its back, as the coordinator does after a session without heartbeats."""
    client = KafkaNetClient(bootstrap_servers=[bootstrap], client_id="k-test-expel")
    client._net.start()
    client._manager.bootstrap(10_000)

    async def leave() -> None:
        found = await client._manager.send(
            FindCoordinatorRequest(key=group_id, key_type=0, coordinator_keys=[group_id]),
            node_id=client.least_loaded_node(),
        )
        result = found.coordinators[0] if found.coordinators else found
        node = client.cluster.add_coordinator(result, CoordinatorType.GROUP, group_id)
        identity = LeaveGroupRequest.MemberIdentity(member_id=member_id, group_instance_id=None, reason="test")
        request = LeaveGroupRequest(group_id=group_id, member_id=member_id, members=[identity])
        response = await client._manager.send(request, node_id=node)
        assert response.error_code == 0
        assert [member.error_code for member in response.members] == [0]

    client._net.run(leave)
    client.close()
