"""What a task keeps in memory is bounded by max.queue.size.in.bytes, however long transactions and rows are."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pymysql
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from rowtide.runtime.task.spec import TaskEvent, TaskSpec
from rowtide.runtime.task.supervisor import TaskProcess

pytestmark = [pytest.mark.kafka, pytest.mark.servers]

PORT = int(os.environ.get("ROWTIDE_TEST_MARIADB_PORT", "14011"))
ROWS = int(os.environ.get("ROWTIDE_TEST_TRANSACTION_ROWS", "200000"))
"""Rows of the long transaction; five million take minutes."""

QUEUE_BYTES = 8 << 20
BASE_MB = 100
"""What a task that has begun to read takes, and what comes with records on their way, beside the queue."""

LONG_BYTES = 12 << 20
JSON = "org.apache.kafka.connect.json.JsonConverter"


class Watched:
    """A task of the connector for MariaDB, and the most memory that its process took."""

    def __init__(self, bootstrap: str, database: str, config: Mapping[str, str]) -> None:
        self.name = f"mem-{uuid.uuid4().hex[:8]}"
        self.events: list[TaskEvent] = []
        self.peak_mb = 0.0
        connector = {
            "name": self.name,
            "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
            "rowtide.flavor": "mariadb",
            "database.hostname": "127.0.0.1",
            "database.port": str(PORT),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": str(uuid.uuid4().int % 1_000_000 + 100_000),
            "topic.prefix": self.name,
            "database.include.list": database,
            "schema.history.internal.kafka.bootstrap.servers": bootstrap,
            "schema.history.internal.kafka.topic": f"{self.name}-history",
            "max.queue.size.in.bytes": str(QUEUE_BYTES),
            **{f"{part}.converter{option}": value for part in ("key", "value") for option, value in _CONVERTER.items()},
            **config,
        }
        worker = {"bootstrap.servers": bootstrap, "group.id": self.name, **_worker(self.name)}
        self._process = TaskProcess(
            TaskSpec(self.name, 0, "rowtide.source.task:BinlogTask", worker, connector, connector, "STARTED", 1),
            self.events.append,
        )
        self._watching = True
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._process.start()
        self._thread.start()

    def _watch(self) -> None:
        while self._watching:
            try:
                pages = int(Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1])
            except OSError:
                return
            self.peak_mb = max(self.peak_mb, pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
            time.sleep(0.02)

    def state(self) -> str | None:
        return self.events[-1].state if self.events else None

    def trace(self) -> str:
        return "".join(event.trace or "" for event in self.events)

    def stop(self) -> None:
        self._watching = False
        self._process.stop(20)


_CONVERTER = {"": JSON, ".schemas.enable": "false"}


def _worker(name: str) -> dict[str, str]:
    topics = {f"{kind}.storage.topic": f"{name}-{kind}" for kind in ("config", "offset", "status")}
    return {**topics, "offset.flush.interval.ms": "1000", "key.converter": JSON, "value.converter": JSON}


@pytest.fixture
def database() -> Iterator[tuple[str, Callable[[str], None]]]:
    name = f"mem{uuid.uuid4().hex[:8]}"
    connection = pymysql.connect(host="127.0.0.1", port=PORT, user="root", autocommit=True)

    def execute(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    execute(f"CREATE DATABASE {name}")
    execute(f"USE {name}")
    yield name, execute
    execute(f"DROP DATABASE {name}")
    connection.close()


@pytest.fixture
def watched(bootstrap: str, admin: AdminClient, database) -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def make(topic_bytes: int | None, **config: str) -> Watched:
        task = Watched(bootstrap, database[0], {name.replace("_", "."): value for name, value in config.items()})
        made.append(task)
        names = [f"{task.name}-offset", f"{task.name}.{database[0]}.t"]
        settings = [{"cleanup.policy": "compact"}, {"max.message.bytes": str(topic_bytes)} if topic_bytes else {}]
        topics = [NewTopic(name, 1, 1, config=given) for name, given in zip(names, settings, strict=True)]
        for future in admin.create_topics(topics).values():
            future.result(30)
        task.start()
        return task

    yield make
    for task in made:
        task.stop()
    present = [topic for task in made for topic in admin.list_topics(timeout=30).topics if topic.startswith(task.name)]
    for future in admin.delete_topics(present).values() if present else ():
        future.result(30)


def _records(bootstrap: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic})
    try:
        return consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]
    except KafkaException as error:
        # A topic that was made just now.
        if error.args[0].code() != KafkaError.NOT_LEADER_FOR_PARTITION:
            raise
        return 0
    finally:
        consumer.close()


def _until(condition: Callable[[], bool], task: Watched, limit_s: float = 120.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert task.state() != "FAILED", task.trace()
        assert time.monotonic() < deadline, f"not within {limit_s} s"
        time.sleep(0.2)


def _streaming(task: Watched, execute: Callable[[str], None], bootstrap: str, topic: str, insert: str) -> int:
    """Waits until changes come; answers how many there were."""

    def came() -> bool:
        execute(insert)
        return _records(bootstrap, topic) > 0

    _until(came, task)
    time.sleep(2)
    return _records(bootstrap, topic)


def test_a_long_transaction_passes_within_the_queue(bootstrap: str, database, watched) -> None:
    name, execute = database
    execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b VARCHAR(40))")
    task = watched(None, snapshot_mode="no_data")
    topic = f"{task.name}.{name}.t"
    before = _streaming(task, execute, bootstrap, topic, "INSERT INTO t (a) VALUES (1)")
    execute(f"INSERT INTO t (a, b) SELECT seq, CONCAT('text ', seq) FROM seq_1_to_{ROWS}")
    _until(lambda: _records(bootstrap, topic) >= before + ROWS, task, 120 + ROWS / 5000)
    assert task.peak_mb < BASE_MB + 3 * QUEUE_BYTES / 1e6, task.peak_mb


@pytest.mark.parametrize("mode", ["snapshot", "stream"])
def test_long_rows_pass_one_at_a_time(bootstrap: str, database, watched, mode: str) -> None:
    name, execute = database
    execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, body LONGTEXT)")
    long = f"INSERT INTO t (body) VALUES (REPEAT('0123456789abcdef', {LONG_BYTES // 16}))"
    if mode == "snapshot":
        for _ in range(8):
            execute(long)
    task = watched(
        64 << 20,
        snapshot_mode="no_data" if mode == "stream" else "initial_only",
        producer_override_max_request_size=str(LONG_BYTES * 2),
    )
    topic, before = f"{task.name}.{name}.t", 0
    if mode == "stream":
        before = _streaming(task, execute, bootstrap, topic, "INSERT INTO t (body) VALUES ('short')")
        for _ in range(8):
            execute(long)
    _until(lambda: _records(bootstrap, topic) >= before + 8, task)
    # A row is there as it came, encoded, and as the client sends it; eight of them would be twice as much.
    assert task.peak_mb < BASE_MB + 6 * LONG_BYTES / 1e6, task.peak_mb


def test_a_row_that_is_too_long_names_the_settings(bootstrap: str, database, watched) -> None:
    _, execute = database
    execute("CREATE TABLE t (id INT PRIMARY KEY, body LONGTEXT)")
    execute("INSERT INTO t VALUES (1, REPEAT('x', 3000000))")
    for given in ({}, {"producer_override_max_request_size": "10000000"}):  # refused here, and by the broker
        task = watched(1 << 20, snapshot_mode="initial_only", **given)
        deadline = time.monotonic() + 90
        while task.state() != "FAILED":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert "producer.override.max.request.size" in task.trace()
        assert "max.message.bytes" in task.trace()
