"""Whatever is killed, at whatever moment: every committed row is in its topic, in its key's order.

ROWTIDE_KILLS says how many kills (20), ROWTIDE_KILL_SEED repeats an order of kills.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rowtide_dev.connect_rest import ConnectRest
from rowtide_dev.processes import Guard
from rowtide_dev.topic_reading import read_topics, topics
from tests.kill import load, verdict
from tests.kill.system import CONNECTOR, PREFIX, System, order_of_kills

KILLS = int(os.environ.get("ROWTIDE_KILLS", "20"))
SEED = int(os.environ.get("ROWTIDE_KILL_SEED") or random.randrange(1_000_000))
SECONDS_BETWEEN_KILLS = (1.0, 8.0)
TARGET_TIMEOUT_S = 90
RECOVERY_TIMEOUT_S = 120
SNAPSHOT_ROWS = 30_000
SHOWN = 30

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60 + KILLS * 30 + RECOVERY_TIMEOUT_S)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with Guard() as guard:
        yield System(tmp_path, guard)


def test_no_committed_row_is_lost_or_out_of_order_after_kills(system: System) -> None:
    chooser = random.Random(SEED)
    _execute(system, *load.SETUP)
    ConnectRest(system.worker.url).put_config(CONNECTOR, system.connector_config())
    _wait_for_streaming(system)
    writers = [load.Writer(number, lambda: system.mariadb.connect(autocommit=False), SEED) for number in (1, 2)]
    for writer in writers:
        writer.start()
    kills = order_of_kills(KILLS, chooser)
    print(f"seed {SEED}: {' '.join(kills)}")
    for what in kills:
        system.watch(chooser.uniform(*SECONDS_BETWEEN_KILLS))
        _kill(system, what)
    system.watch(2)
    for writer in writers:
        writer.stop()
        assert writer.failure is None, writer.failure
    _wait_for_the_end(system)

    committed = verdict.journal(_query(system, "SELECT tbl, id, version, op FROM truth.journal ORDER BY seq"))
    names = {f"{PREFIX}.{load.DATABASE}.{table}": table for table in load.TABLES}
    records = read_topics(system.kafka.address, list(names))
    changes = sum(map(len, committed.values()))
    read = sum(map(len, records.values()))
    print(f"{changes} changes of {len(committed)} keys committed, {read} records, mended {dict(system.mended)}")
    assert changes > KILLS * 50, "too little load to show anything"
    by_itself = [failure for failure in system.failures if "killed by SIGKILL" not in failure]
    assert not by_itself, "\n".join(["a task failed by itself", *by_itself])
    found = list(verdict.problems(committed, {names[topic]: reads for topic, reads in records.items()}, KILLS))
    assert not found, "\n".join([f"seed {SEED}: {len(found)} problems", *found[:SHOWN]])


def test_a_snapshot_that_is_killed_begins_again_and_misses_nothing(system: System) -> None:
    chooser = random.Random(SEED)
    _execute(system, *load.SETUP)
    numbers = f"{load.DATABASE}.seq_1_to_{SNAPSHOT_ROWS}"
    _execute(system, f"INSERT INTO {load.DATABASE}.accounts SELECT seq, 1, REPEAT('x', 200) FROM {numbers}")
    ConnectRest(system.worker.url).put_config(CONNECTOR, system.connector_config())
    topic = f"{PREFIX}.{load.DATABASE}.accounts"
    for what in ("task", "worker"):
        _wait(system, lambda: topic in topics(system.kafka.address, topic), "the snapshot's topic")
        time.sleep(chooser.uniform(0, 0.5))
        assert system.kill(what)
        system.watch(1)
    _wait_for_streaming(system)
    _execute(system, f"UPDATE {load.DATABASE}.accounts SET version = 2 WHERE id % 1000 = 0")
    _wait_for_the_end(system)
    operations = {
        load.Key("accounts", id_): ["r", "u"] if id_ % 1000 == 0 else ["r"] for id_ in range(1, SNAPSHOT_ROWS + 1)
    }
    found = list(verdict.problems(operations, {"accounts": read_topics(system.kafka.address, [topic])[topic]}, 2))
    assert not found, "\n".join([f"{len(found)} problems", *found[:SHOWN]])


def _kill(system: System, what: str) -> None:
    """Kill it, at once if it is there; what is being started again is waited for."""
    _wait(system, lambda: system.kill(what), f"a {what} to kill", TARGET_TIMEOUT_S)


def _wait_for_streaming(system: System) -> None:
    """Streaming has begun when the committed offset is no longer a snapshot's; a heartbeat of a row makes one."""
    rest = ConnectRest(system.worker.url)

    def streaming() -> bool:
        if not system.worker.answers():
            return False
        dumps = _query(system, "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
        offsets = rest.offsets(CONNECTOR)
        return bool(dumps) and bool(offsets) and not any(entry["offset"].get("snapshot") for entry in offsets)

    _execute(system, f"INSERT INTO {load.DATABASE}.the_end VALUES (0)")
    _wait(system, streaming, "streaming")


def _wait_for_the_end(system: System) -> None:
    """The last row of all has come through, so everything before it has."""
    _wait(system, system.mariadb.answers, "the server's answer")
    _execute(system, f"INSERT INTO {load.DATABASE}.the_end VALUES (1)")
    _wait(system, system.kafka.answers, "the broker's answer")
    topic = f"{PREFIX}.{load.DATABASE}.the_end"

    def arrived() -> bool:
        if topic not in topics(system.kafka.address, topic):
            return False
        return any(
            b'"payload":{"id":1}' in (read.key or b"") for read in read_topics(system.kafka.address, [topic])[topic]
        )

    _wait(system, arrived, "the last row")


def _wait(system: System, condition, what: str, timeout_s: float = RECOVERY_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            logs = "\n".join(service.log_end() for service in (system.worker, system.kafka, system.mariadb))
            raise AssertionError(f"{what} did not come within {timeout_s:.0f} s; task {system.task_state()}\n{logs}")
        system.watch(0.5)


def _execute(system: System, *statements: str) -> None:
    with system.mariadb.connect() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _query(system: System, statement: str) -> list[tuple[Any, ...]]:
    with system.mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
