"""A connector moves between Java workers with Debezium and our worker, on the same topics, and goes on where it was.

No new snapshot, no row missing, none twice: every worker here is stopped in good order, with its offsets committed.
While nobody runs, rows are written and the table is altered, so each successor needs the schema history of the other.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from rowtide_dev.connect_rest import ConnectRest
from rowtide_dev.processes import Guard
from rowtide_dev.reference import JavaConnect, worker_properties
from rowtide_dev.topic_reading import read_topics, topics
from rowtide_dev.worker import Worker

ROWS_A_STEP = 25
ARRIVAL_TIMEOUT_S = 90
QUICK_GROUP = {
    "session.timeout.ms": "6000",
    "heartbeat.interval.ms": "2000",
    "scheduled.rebalance.max.delay.ms": "1000",
}

pytestmark = [pytest.mark.reference, pytest.mark.kafka, pytest.mark.servers, pytest.mark.timeout(600)]


class Shop:
    """One table that gets a column at every step; `rows` says which ids were written and with how many columns."""

    def __init__(self, port: int, database: str) -> None:
        self.name = database
        self._connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        self.columns = 1
        self.rows: list[tuple[int, int]] = []
        self.execute(f"CREATE DATABASE {database}")
        self.execute(f"CREATE TABLE {database}.items (id INT PRIMARY KEY)")

    def execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def write(self) -> None:
        for _ in range(ROWS_A_STEP):
            number = len(self.rows) + 1
            values = ", ".join(str(number) for _ in range(self.columns))
            self.execute(f"INSERT INTO {self.name}.items VALUES ({values})")
            self.rows.append((number, self.columns))

    def alter(self) -> None:
        self.execute(f"ALTER TABLE {self.name}.items ADD COLUMN added_{self.columns} BIGINT NOT NULL DEFAULT 0")
        self.columns += 1

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def shop(mariadb_port: int) -> Iterator[Shop]:
    shop = Shop(mariadb_port, f"moving_{uuid.uuid4().hex[:8]}")
    yield shop
    shop.execute(f"DROP DATABASE {shop.name}")
    shop.close()


@pytest.mark.parametrize("order", [("ours", "java", "ours"), ("java", "ours", "java")], ids=" then ".join)
def test_a_connector_goes_on_where_the_other_worker_was(
    order: tuple[str, ...], shop: Shop, kafka_address: str, mariadb_port: int, tmp_path: Path
) -> None:
    properties = {**worker_properties(shop.name, flush_ms=1000), **QUICK_GROUP}
    workers: dict[str, Worker | JavaConnect] = {
        "ours": Worker(tmp_path / "ours", kafka_address, properties),
        "java": JavaConnect(tmp_path / "java", kafka_address, properties),
    }
    topic = f"{shop.name}.{shop.name}.items"
    shop.write()
    in_snapshot = len(shop.rows)
    with Guard() as guard:
        for step, name in enumerate(order):
            worker = workers[name]
            worker.start(guard)
            rest = ConnectRest(worker.url)
            if step == 0:
                rest.put_config("moving", _config(shop, kafka_address, mariadb_port))
            _wait_until_it_runs(rest)
            _wait_for_rows(rest, kafka_address, topic, len(shop.rows))
            shop.write()
            _wait_for_rows(rest, kafka_address, topic, len(shop.rows))
            assert worker.process is not None
            worker.stop()
            shop.write()
            shop.alter()
            shop.write()
        payloads = _payloads(kafka_address, topic)
    assert [payload["after"]["id"] for payload in payloads] == [number for number, _ in shop.rows[: len(payloads)]]
    assert len(payloads) == len(shop.rows) - 2 * ROWS_A_STEP  # what was written after the last worker had gone
    assert [payload["op"] for payload in payloads] == ["r"] * in_snapshot + ["c"] * (len(payloads) - in_snapshot)
    assert [len(payload["after"]) for payload in payloads] == [columns for _, columns in shop.rows[: len(payloads)]]


def _config(shop: Shop, kafka: str, port: int) -> dict[str, str]:
    return {
        "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
        "tasks.max": "1",
        "database.hostname": "127.0.0.1",
        "database.port": str(port),
        "database.user": "cdc",
        "database.password": "cdc",
        "database.server.id": str(int(shop.name[-8:], 16) % 1_000_000 + 20_000),
        "topic.prefix": shop.name,
        "database.include.list": shop.name,
        "schema.history.internal.kafka.bootstrap.servers": kafka,
        "schema.history.internal.kafka.topic": f"{shop.name}.history",
    }


def _payloads(kafka: str, topic: str) -> list[dict[str, Any]]:
    return [json.loads(read.value)["payload"] for read in read_topics(kafka, [topic])[topic] if read.value is not None]


def _wait_until_it_runs(rest: ConnectRest) -> None:
    rest.wait_until("moving", lambda: rest.task_state("moving") == "RUNNING", "running", 60)


def _wait_for_rows(rest: ConnectRest, kafka: str, topic: str, count: int) -> None:
    def arrived() -> bool:
        return topic in topics(kafka, topic) and len(_payloads(kafka, topic)) >= count

    rest.wait_until("moving", arrived, f"at {count} rows", ARRIVAL_TIMEOUT_S)
    time.sleep(0.5)  # a row too many would have come by now
