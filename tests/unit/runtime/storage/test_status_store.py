"""The status store on a log in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from rowtide.runtime.storage.status import ConnectorStatus, StatusStore, TaskStatus


@pytest.fixture
def topic() -> MemoryTopic:
    return MemoryTopic("statuses", 5)


@pytest.fixture
def store(topic: MemoryTopic) -> Iterator[StatusStore]:
    store = StatusStore(lambda on_record: MemoryLog(topic, on_record), clock_ms=lambda: 1700000000123)
    store.start(5)
    yield store
    store.close()


def written(topic: MemoryTopic) -> list[tuple[str, str | None]]:
    return [
        (record.key.decode(), None if record.value is None else record.value.decode()) for record in topic.records()
    ]


def task(state: str, worker: str = "w1:8083", generation: int = 4) -> TaskStatus:
    return TaskStatus("inv", 0, state, worker, generation)


def connector(state: str, worker: str = "w1:8083", generation: int = 4) -> ConnectorStatus:
    return ConnectorStatus("inv", state, worker, generation)


def test_statuses_have_connects_bytes(topic: MemoryTopic, store: StatusStore) -> None:
    store.put_task(TaskStatus("inv", 0, "RUNNING", "10.0.0.1:8083", 4))
    store.put_connector(ConnectorStatus("inv", "FAILED", "10.0.0.1:8083", 5, "java.lang\n\tat x", "3.6.1"))
    store.put_topic("inv", 0, "t")
    store.delete_task("inv", 0)
    store.delete_connector("inv")
    assert written(topic) == [
        (
            "status-task-inv-0",
            '{"state":"RUNNING","trace":null,"worker_id":"10.0.0.1:8083","generation":4,"version":null}',
        ),
        (
            "status-connector-inv",
            (
                r'{"state":"FAILED","trace":"java.lang\n\tat x","worker_id":"10.0.0.1:8083","generation":5,'
                '"version":"3.6.1"}'
            ),
        ),
        (
            "status-topic-t:connector-inv",
            '{"topic":{"name":"t","connector":"inv","task":0,"discoverTimestamp":1700000000123}}',
        ),
        ("status-task-inv-0", None),
        ("status-connector-inv", None),
    ]


def test_statuses_are_read_back(store: StatusStore) -> None:
    assert store.connector("inv") is None
    store.put_connector(connector("RUNNING"))
    store.put_task(TaskStatus("inv", 1, "PAUSED", "w", 1))
    store.put_task(TaskStatus("inv", 0, "RUNNING", "w", 1, "trace", "1.0"))
    store.read_to_end(5)
    assert store.connector("inv") == connector("RUNNING")
    assert [status.index for status in store.tasks("inv")] == [0, 1]
    assert store.task("inv", 0) == TaskStatus("inv", 0, "RUNNING", "w", 1, "trace", "1.0")
    assert store.connectors() == {"inv"}


def test_deletions_take_statuses_away(store: StatusStore) -> None:
    store.put_connector(connector("RUNNING"))
    store.put_task(task("RUNNING"))
    store.delete_connector("inv")
    store.delete_task("inv", 0)
    store.read_to_end(5)
    assert store.connector("inv") is None
    assert store.tasks("inv") == []
    assert store.connectors() == set()


@pytest.mark.parametrize(
    ("worker", "generation", "written_over"),
    [("w1:8083", 9, True), ("w2:8083", 4, True), ("w2:8083", 3, True), ("w2:8083", 5, False)],
)
def test_safe_writes_leave_a_later_workers_word_alone(
    store: StatusStore, worker: str, generation: int, written_over: bool
) -> None:
    store.put_task(task("RUNNING", worker, generation))
    store.put_connector(connector("RUNNING", worker, generation))
    store.read_to_end(5)
    store.put_task_safe(task("FAILED"))
    store.put_connector_safe(connector("FAILED"))
    store.read_to_end(5)
    expected = "FAILED" if written_over else "RUNNING"
    assert [status.state for status in store.tasks("inv")] == [expected]
    assert store.connector("inv").state == expected


def test_safe_writes_go_through_when_nothing_is_known(store: StatusStore) -> None:
    store.put_task_safe(task("UNASSIGNED"))
    store.read_to_end(5)
    assert store.task("inv", 0) == task("UNASSIGNED")


def test_a_late_unassigned_does_not_hide_a_running_task(store: StatusStore) -> None:
    store.put_task(task("RUNNING", "w2:8083", 5))
    store.put_task(task("UNASSIGNED", "w1:8083", 5))
    store.read_to_end(5)
    assert store.task("inv", 0) == task("RUNNING", "w2:8083", 5)
    store.put_task(task("UNASSIGNED", "w2:8083", 6))
    store.read_to_end(5)
    assert store.task("inv", 0).state == "UNASSIGNED"


def test_a_connectors_unassigned_always_counts(store: StatusStore) -> None:
    store.put_connector(connector("RUNNING", "w2:8083", 5))
    store.put_connector(connector("UNASSIGNED", "w1:8083", 4))
    store.read_to_end(5)
    assert store.connector("inv").state == "UNASSIGNED"


def test_topics_are_noted_once_and_reset(topic: MemoryTopic, store: StatusStore) -> None:
    assert store.put_topic("inv", 0, "a")
    store.put_topic("inv", 0, "b")
    store.put_topic("other", 0, "a")
    store.read_to_end(5)
    assert not store.put_topic("inv", 1, "a")
    assert sorted(store.topics("inv")) == ["a", "b"]
    store.delete_topics("inv")
    store.read_to_end(5)
    assert store.topics("inv") == []
    assert store.topics("other") == ["a"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status-task-inv-0", '{"state":"RUNNING","worker_id":"w","generation":4.0}'),
        ("status-task-inv-0", '{"state":"DESTROYED","worker_id":"w","generation":4}'),
        ("status-task-inv-x", '{"state":"RUNNING","worker_id":"w","generation":4}'),
        ("status-task-inv-0", "{broken"),
        ("status-topic-t:connector-inv", '{"topic":{"name":"t","connector":"inv","task":"0","discoverTimestamp":1}}'),
        ("something-else", "{}"),
    ],
)
def test_records_that_java_would_refuse_are_passed_over(
    topic: MemoryTopic, store: StatusStore, key: str, value: str
) -> None:
    topic.append([(key.encode(), value.encode()), (b"status-connector-inv", b'{"worker_id":"w","generation":1}')])
    topic.append([(None, b"{}")])
    store.put_connector(connector("RUNNING"))
    store.read_to_end(5)
    assert store.tasks("inv") == []
    assert store.topics("inv") == []
    assert store.connector("inv") == connector("RUNNING")


def test_statuses_of_older_workers_have_no_version(topic: MemoryTopic, store: StatusStore) -> None:
    topic.append([(b"status-task-my-inv-3", b'{"state":"RUNNING","trace":null,"worker_id":"w","generation":2}')])
    store.read_to_end(5)
    assert store.tasks("my-inv") == [TaskStatus("my-inv", 3, "RUNNING", "w", 2)]
