"""The herder on topics in memory, its place in the group played by the test."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.herder import Herder
from rowtide.runtime.herder.views import Stores
from rowtide.runtime.loggers import LoggerLevels
from rowtide.runtime.membership.events import Assigned, Assignment, Lost
from rowtide.runtime.plugins import Plugin, PluginRegistry
from rowtide.runtime.storage.config import ConfigStore
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.storage.status import ConnectorStatus, StatusStore, TaskStatus
from tests.connectors.counter import CounterConnector
from tests.unit.runtime.test_config import MINIMAL

CONFIG = {"name": "c", "connector.class": "Counter", "topic": "t", "tasks": "0"}


class Member:
    """Records what the herder asks of its membership."""

    def __init__(self):
        self.rejoins = []
        self.acknowledged = []

    def request_rejoin(self, reason):
        self.rejoins.append(reason)

    def acknowledge(self, event):
        self.acknowledged.append(event)


class World:
    def __init__(self):
        def store(kind):
            topic = MemoryTopic()
            return kind(lambda on_record: MemoryLog(topic, on_record))

        self.stores = Stores(store(ConfigStore), store(OffsetStore), store(StatusStore))
        self.pool = ThreadPoolExecutor(1)
        registry = PluginRegistry([Plugin.of_connector(CounterConnector)])
        self.herder = Herder(WorkerConfig(MINIMAL), registry, self.stores, "w:1", self.pool, LoggerLevels())
        self.stores.configs.set_listener(self.herder)
        self.member = Member()

    def start(self):
        for store in (self.stores.configs, self.stores.offsets, self.stores.statuses):
            store.start()
        self.herder.mailbox.start("herder")
        self.herder.start(self.member)

    def close(self):
        self.herder.mailbox.post(self.herder.shut_down)
        assert self.herder.mailbox.close(10)
        for store in (self.stores.configs, self.stores.offsets, self.stores.statuses):
            store.close()
        self.pool.shutdown()

    def assign(self, *connectors, leads=False, offset=None, **changes):
        assignment = Assignment(
            generation=changes.pop("generation", 3),
            member_id="me",
            protocol_version=2,
            leader_id="me" if leads else "other",
            leader_url="http://leader/",
            config_offset=self.stores.configs.snapshot().offset if offset is None else offset,
            failed=changes.pop("failed", False),
            connectors=frozenset(connectors),
            tasks=frozenset(),
            **changes,
        )
        self.tell(Assigned(assignment))

    def tell(self, event):
        self.herder.on_member_event(event)
        self.herder.mailbox.call(lambda: None, "waiting").result(10)
        assert self.member.acknowledged[-1] is event

    def await_state(self, expected, name="c"):
        self.until(lambda: self.state(name) == expected)

    def state(self, name="c"):
        status = self.stores.statuses.connector(name)
        return None if status is None else status.state

    def until(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, (self.state(), self.member.rejoins)
            time.sleep(0.01)


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def running(world):
    """A world in which this worker runs the connector c."""
    world.start()
    world.stores.configs.put_connector("c", CONFIG)
    world.until(lambda: world.member.rejoins == ["connector c is new"])
    world.assign("c")
    world.await_state("RUNNING")
    world.member.rejoins.clear()
    return world


def test_a_new_connector_asks_for_a_rebalance_and_runs_where_it_is_assigned(running):
    status = running.stores.statuses.connector("c")
    assert (status.worker_id, status.generation, status.version) == ("w:1", 3, "1.2.3")
    assert running.herder.ready.is_set()
    assert not running.herder.rejoining


def test_what_was_known_before_the_start_needs_no_rebalance(world):
    world.stores.configs.start()
    world.stores.configs.put_connector("c", CONFIG)
    world.herder.mailbox.start("herder")
    world.stores.offsets.start()
    world.stores.statuses.start()
    world.herder.start(world.member)
    world.stores.configs.put_connector("c", {**CONFIG, "count": "2"})
    world.herder.mailbox.call(lambda: None, "waiting").result(10)
    assert world.member.rejoins == []


def test_a_changed_configuration_restarts_the_connector_without_a_rebalance(running):
    starts = running.herder.work.counters.connectors.attempts
    running.stores.configs.put_connector("c", {**CONFIG, "count": "3"})
    running.until(lambda: running.herder.work.counters.connectors.attempts == starts + 1)
    running.await_state("RUNNING")
    assert running.member.rejoins == []


def test_target_states_apply_at_once_and_without_a_rebalance(running):
    for state, shown in [("PAUSED", "PAUSED"), ("STARTED", "RUNNING"), ("STOPPED", "STOPPED"), ("STARTED", "RUNNING")]:
        running.stores.configs.put_target_state("c", state)
        running.await_state(shown)
    assert running.member.rejoins == []


def test_an_assignment_made_from_an_older_configuration_starts_nothing_and_rejoins(world):
    world.start()
    world.stores.configs.put_connector("c", CONFIG)
    world.until(lambda: world.member.rejoins)
    world.member.rejoins.clear()
    world.assign("c", offset=0)
    assert world.member.rejoins == ["the configuration is not the one the work was divided by"]
    assert world.state() is None
    assert not world.herder.ready.is_set()
    world.assign("c")
    world.await_state("RUNNING")


def test_a_failed_assignment_leaves_the_work_as_it_is(running):
    running.assign("c", failed=True)
    assert running.member.rejoins == []
    assert running.herder.work.connectors == ["c"]


def test_revoked_work_is_stopped_before_the_acknowledgement(running):
    running.assign(revoked_connectors=frozenset({"c"}), generation=4)
    assert running.herder.work.connectors == []
    running.await_state("UNASSIGNED")
    assert not running.herder.owns_connector("c")


def test_out_of_the_group_nothing_runs_and_nobody_leads(running):
    running.tell(Lost("expelled"))
    assert running.herder.work.connectors == []
    assert running.herder.group.leader_url is None
    running.assign("c", generation=5)
    running.await_state("RUNNING")
    assert running.stores.statuses.connector("c").generation == 5


def test_a_removed_connector_asks_for_a_rebalance_and_loses_its_topics(running):
    running.stores.statuses.put_topic("c", 0, "t")
    running.until(lambda: running.stores.statuses.topics("c") == ["t"])
    running.stores.configs.remove_connector("c")
    running.until(lambda: running.member.rejoins == ["connector c was removed"])
    running.until(lambda: running.stores.statuses.topics("c") == [])


def test_the_leader_deletes_stale_statuses_and_writes_a_session_key(running):
    statuses = running.stores.statuses
    statuses.put_connector(ConnectorStatus("gone", "RUNNING", "w:9", 1))
    statuses.put_task(TaskStatus("gone", 0, "RUNNING", "w:9", 1))
    statuses.put_task(TaskStatus("c", 7, "RUNNING", "w:9", 1))
    running.until(lambda: statuses.task("c", 7) is not None)
    running.assign("c", leads=True)
    running.until(lambda: statuses.connectors() == {"c"} and statuses.tasks("c") == [])
    running.until(lambda: running.stores.configs.snapshot().session_key is not None)


def test_a_restart_request_restarts_what_is_here(running):
    starts = running.herder.work.counters.connectors.attempts
    running.stores.configs.put_restart_request("c", include_tasks=True, only_failed=False)
    running.until(lambda: running.herder.work.counters.connectors.attempts == starts + 1)
    running.await_state("RUNNING")
    running.stores.configs.put_restart_request("c", include_tasks=True, only_failed=True)
    running.herder.mailbox.call(lambda: None, "waiting").result(10)
    assert running.herder.work.counters.connectors.attempts == starts + 1


def test_a_connector_without_a_class_is_failed_and_others_go_on(running):
    running.stores.configs.put_connector("x", {**CONFIG, "name": "x", "connector.class": "Nope"})
    running.until(lambda: running.member.rejoins)
    running.assign("c", "x")
    running.await_state("FAILED", "x")
    assert "which name matches Nope" in running.stores.statuses.connector("x").trace
    assert running.state("c") == "RUNNING"
