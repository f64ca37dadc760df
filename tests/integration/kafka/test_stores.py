"""The stores of two workers on the same topics."""

from __future__ import annotations

import pytest

from rowtide.runtime.storage.config import ConfigStore, SessionKey
from rowtide.runtime.storage.log_factory import topic_log_factory
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.storage.status import StatusStore, TaskStatus

pytestmark = pytest.mark.kafka


@pytest.fixture
def two(admin, make_topic, properties):
    """Two started stores of a kind on one topic."""
    opened = []

    def open_two(kind, partitions: int):
        topic = make_topic(partitions)
        stores = [kind(topic_log_factory(topic, properties, admin=admin)) for _ in range(2)]
        opened.extend(stores)
        for store in stores:
            store.start(30)
        return stores

    yield open_two
    for store in opened:
        store.close()


def test_both_workers_agree_on_the_configs_and_their_offset(two) -> None:
    leader, follower = two(ConfigStore, 1)
    assert follower.snapshot().offset == -1
    leader.put_session_key(SessionKey(bytes(32), "HmacSHA256", 1700000000123))
    leader.put_connector("inv", {"name": "inv"}, "PAUSED")
    leader.put_task_configs("inv", [{"a": "b"}, {"c": "d"}])
    follower.put_target_state("inv", "STARTED")
    leader.put_connector("gone", {})
    leader.remove_connector("gone")
    for store in (leader, follower):
        store.refresh(30)
    assert leader.snapshot() == follower.snapshot()
    assert follower.snapshot().offset == 10
    assert follower.snapshot().tasks("inv") == [0, 1]
    assert follower.snapshot().target_states == {"inv": "STARTED"}


def test_statuses_reach_the_other_worker(two) -> None:
    mine, theirs = two(StatusStore, 5)
    mine.put_task(TaskStatus("inv", 0, "RUNNING", "w1:8083", 2))
    mine.put_topic("inv", 0, "t")
    assert mine.flush(30)
    theirs.read_to_end(30)
    assert theirs.tasks("inv") == [TaskStatus("inv", 0, "RUNNING", "w1:8083", 2)]
    assert theirs.topics("inv") == ["t"]


def test_offsets_reach_the_other_worker(two) -> None:
    mine, theirs = two(OffsetStore, 25)
    mine.put("inv", [({"server": "a"}, {"pos": 4}), ({"server": "b"}, {"pos": 5})])
    mine.put("inv", [({"server": "b"}, None)])
    theirs.read_to_end(30)
    assert theirs.offsets("inv") == [({"server": "a"}, {"pos": 4})]
