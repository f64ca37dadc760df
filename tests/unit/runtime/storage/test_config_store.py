"""The config store on a log in memory: bytes, order of writing, listeners."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from rowtide.errors import KafkaUnavailableError
from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from rowtide.runtime.storage.config import ConfigStore, RestartRequest, SessionKey


class Listener:
    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[tuple[object, ...]] = queue.SimpleQueue()

    def on_connector_config(self, name):
        self.heard.put(("config", name))

    def on_connector_removed(self, name):
        self.heard.put(("removed", name))

    def on_task_configs(self, names):
        self.heard.put(("tasks", *names))

    def on_target_state(self, name):
        self.heard.put(("state", name))

    def on_session_key(self, key):
        self.heard.put(("key", key))

    def on_restart_request(self, request):
        self.heard.put(("restart", request))

    def on_logger_level(self, namespace, level):
        self.heard.put(("level", namespace, level))


@pytest.fixture
def topic() -> MemoryTopic:
    return MemoryTopic("configs")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def store(topic: MemoryTopic, listener: Listener) -> Iterator[ConfigStore]:
    store = ConfigStore(lambda on_record: MemoryLog(topic, on_record))
    store.set_listener(listener)
    store.start(5)
    yield store
    store.close()


def written(topic: MemoryTopic) -> list[tuple[str, str | None]]:
    return [
        (record.key.decode(), None if record.value is None else record.value.decode()) for record in topic.records()
    ]


def test_a_stopped_connector_is_written_state_first(topic: MemoryTopic, store: ConfigStore) -> None:
    store.put_connector("inv", {"name": "inv", "tasks.max": "1", "nul": None}, "STOPPED")
    assert written(topic) == [
        ("target-state-inv", '{"state":"PAUSED","state.v2":"STOPPED"}'),
        ("connector-inv", '{"properties":{"name":"inv","tasks.max":"1","nul":null}}'),
    ]
    assert store.snapshot().target_state("inv") == "STOPPED"
    assert store.snapshot().offset == 2


def test_all_values_have_connects_bytes(topic: MemoryTopic, store: ConfigStore) -> None:
    store.put_connector("inv", {"k": "v"})
    store.put_task_configs("inv", [{"a": "b"}, {}])
    store.put_target_state("inv", "STARTED")
    store.put_session_key(SessionKey(bytes(range(32)), "HmacSHA256", 1700000000123))
    store.put_restart_request("inv", include_tasks=True, only_failed=False)
    store.put_fencing_count("inv", 2)
    store.put_logger_level("org.x", "DEBUG")
    store.remove_connector("inv")
    assert written(topic) == [
        ("connector-inv", '{"properties":{"k":"v"}}'),
        ("task-inv-0", '{"properties":{"a":"b"}}'),
        ("task-inv-1", '{"properties":{}}'),
        ("commit-inv", '{"tasks":2}'),
        ("target-state-inv", '{"state":"STARTED","state.v2":"STARTED"}'),
        (
            "session-key",
            (
                '{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","algorithm":"HmacSHA256",'
                '"creation-timestamp":1700000000123}'
            ),
        ),
        ("restart-connector-inv", '{"include-tasks":true,"only-failed":false}'),
        ("tasks-fencing-inv", '{"task-count":2}'),
        ("logger-cluster-org.x", '{"level":"DEBUG"}'),
        ("connector-inv", None),
        ("target-state-inv", None),
    ]


def test_no_tasks_are_one_commit(topic: MemoryTopic, store: ConfigStore) -> None:
    store.put_connector("inv", {})
    store.put_task_configs("inv", [])
    assert written(topic)[-1] == ("commit-inv", '{"tasks":0}')
    assert store.snapshot().task_counts == {"inv": 0}


def test_listeners_hear_of_every_change_in_order(store: ConfigStore, listener: Listener) -> None:
    store.put_connector("inv", {})
    store.put_task_configs("inv", [{}])
    store.put_target_state("inv", "PAUSED")
    store.put_restart_request("inv", include_tasks=False, only_failed=True)
    store.put_logger_level("x", "INFO")
    store.remove_connector("inv")
    assert [listener.heard.get(timeout=5) for _ in range(6)] == [
        ("config", "inv"),
        ("tasks", "inv"),
        ("state", "inv"),
        ("restart", RestartRequest("inv", False, True)),
        ("level", "x", "INFO"),
        ("removed", "inv"),
    ]


def test_history_is_not_told(topic: MemoryTopic, store: ConfigStore) -> None:
    store.put_connector("inv", {})
    store.put_restart_request("inv", include_tasks=True, only_failed=False)
    late = Listener()
    second = ConfigStore(lambda on_record: MemoryLog(topic, on_record), late)
    second.start(5)
    store.put_connector("after", {})
    assert late.heard.get(timeout=5) == ("config", "after")
    assert second.snapshot().connectors.keys() == {"inv", "after"}
    second.close()


def test_another_workers_changes_are_there_after_a_refresh(topic: MemoryTopic, store: ConfigStore) -> None:
    other = ConfigStore(lambda on_record: MemoryLog(topic, on_record))
    other.start(5)
    other.put_connector("theirs", {"x": "y"})
    store.refresh(5)
    assert store.snapshot() == other.snapshot()
    other.close()


def test_a_closed_store_refuses_to_write(store: ConfigStore) -> None:
    store.close()
    with pytest.raises(KafkaUnavailableError):
        store.put_connector("inv", {})
