"""Runs task processes against a real broker (environment variable ROWTIDE_TEST_KAFKA, else 127.0.0.1:9092)."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from rowtide.runtime.task.spec import TaskEvent, TaskSpec
from rowtide.runtime.task.supervisor import TaskProcess

MODULE = "tests.integration.runtime_task.numbers"
ENTRY_POINTS = f"""
[rowtide.converters]
tests.PlainConverter = {MODULE}:PlainConverter
tests.PlainHeaderConverter = {MODULE}:PlainHeaderConverter
[rowtide.transforms]
tests.Suffix = {MODULE}:Suffix
[rowtide.predicates]
tests.IsEven = {MODULE}:IsEven
"""


@pytest.fixture(scope="session")
def bootstrap() -> str:
    return os.environ.get("ROWTIDE_TEST_KAFKA", "127.0.0.1:9092")


@pytest.fixture(scope="session")
def admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap})


@pytest.fixture
def topics(admin: AdminClient) -> Iterator[Callable[..., str]]:
    """Makes names of topics, creates them if asked to, and deletes whatever came of them."""
    made: list[str] = []

    def make(*, partitions: int = 0, **config: str) -> str:
        name = f"t-test-{uuid.uuid4().hex[:12]}"
        made.append(name)
        if partitions:
            created = admin.create_topics([NewTopic(name, partitions, 1, config=config)])
            created[name].result(30)
        return name

    yield make
    present = admin.list_topics(timeout=30).topics
    for future in admin.delete_topics([name for name in made if name in present]).values() if made else ():
        future.result(30)


@pytest.fixture
def plugin_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the plugins of this folder installed ones for processes that are started from here."""
    dist = tmp_path / "path" / "rowtide_numbers-1.0.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: rowtide-numbers\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text(ENTRY_POINTS)
    root = Path(__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{dist.parent}{os.pathsep}{root}")


class Runner:
    """A connector of numbers on its own offsets topic; its tasks run one after the other."""

    def __init__(self, bootstrap: str, topics: Callable[..., str], scratch: Path) -> None:
        self.bootstrap = bootstrap
        self.reader = TopicReader(bootstrap)
        self.connector = f"c-{uuid.uuid4().hex[:8]}"
        self.topic = topics(partitions=1)
        self.offsets_topic = topics(partitions=3, **{"cleanup.policy": "compact"})
        self.trail = scratch / "trail"
        self.worker = {
            "bootstrap.servers": bootstrap,
            "group.id": "t-test",
            "config.storage.topic": "t-test-configs",
            "offset.storage.topic": self.offsets_topic,
            "status.storage.topic": "t-test-statuses",
            "key.converter": "tests.PlainConverter",
            "value.converter": "tests.PlainConverter",
            "header.converter": "tests.PlainHeaderConverter",
            "offset.flush.interval.ms": "60000",
        }
        self.config = {"name": self.connector, "connector.class": "Numbers"}
        self.task_config = {"topic": self.topic, "count": "100", "trail": str(self.trail)}
        self.task_class = "NumbersTask"
        self.events: list[TaskEvent] = []
        self.processes: list[TaskProcess] = []
        self._changed = threading.Condition()

    def spec(self, initial_state: str = "STARTED") -> TaskSpec:
        task_type = f"{MODULE}:{self.task_class}"
        return TaskSpec(self.connector, 0, task_type, self.worker, self.config, self.task_config, initial_state)

    def start(self, initial_state: str = "STARTED") -> TaskProcess:
        process = TaskProcess(self.spec(initial_state), self._on_state)
        self.processes.append(process)
        process.start()
        return process

    def _on_state(self, event: TaskEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 30) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"waited too long; events: {self.events}"
            with self._changed:
                self._changed.wait(0.05)

    def wait_for_state(self, *states: str) -> TaskEvent:
        """Waits for the next states after those that were seen already; answers the last."""
        self.wait_for(lambda: self.states()[-len(states) :] == list(states))
        return [event for event in self.events if not event.topics][-1]

    def states(self) -> list[str]:
        return [event.state for event in self.events if not event.topics]

    def numbers(self) -> list[int]:
        return [int(value) for _, value in self.records()]

    def records(self) -> list[tuple[bytes, bytes]]:
        return self.reader.read(self.topic)

    def offset(self) -> dict[str, object] | None:
        """The newest offset in the offsets topic."""
        found = self.stored()
        return json.loads(found[-1][1]) if found else None

    def stored(self) -> list[tuple[bytes, bytes]]:
        return self.reader.read(self.offsets_topic)

    def store(self, key: bytes, value: bytes | None) -> None:
        """Writes to the offsets topic as another worker would."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random"})
        producer.produce(self.offsets_topic, value, key)
        assert producer.flush(30) == 0

    def trail_lines(self) -> list[str]:
        return self.trail.read_text().splitlines() if self.trail.exists() else []


@pytest.fixture
def runner(bootstrap, topics, tmp_path, plugin_path) -> Iterator[Runner]:
    runner = Runner(bootstrap, topics, tmp_path)
    yield runner
    for process in runner.processes:
        process.kill()
        process.stop(5)
    runner.reader.close()


class TopicReader:
    """Reads what topics hold, with one connection."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "t-test-reader",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )

    def read(self, topic: str) -> list[tuple[bytes, bytes]]:
        """Keys and values of what a topic holds now, partition by partition."""
        records = []
        for number in self._consumer.list_topics(topic, timeout=30).topics[topic].partitions:
            position, end = self._consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)
            if position < end:
                self._consumer.assign([TopicPartition(topic, number, position)])
            while position < end:
                for message in self._consumer.consume(1000, 0.05):
                    assert message.error() is None
                    records.append((message.key(), message.value()))
                    position = message.offset() + 1
        return records

    def close(self) -> None:
        self._consumer.close()
