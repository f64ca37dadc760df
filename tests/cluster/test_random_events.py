"""Workers come, leave and are killed at random: afterwards every task runs once, and none but the necessary has moved.

ROWTIDE_CLUSTER_EVENTS says how many events (8), ROWTIDE_CLUSTER_CONNECTORS how many stub connectors (9),
ROWTIDE_CLUSTER_REAL how many that read MariaDB (1), ROWTIDE_CLUSTER_SEED repeats an order of events.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from rowtide_dev.topic_reading import read_topics
from tests.cluster.cluster import Cluster, Model, TaskWatch, join, moved, rest_ready, without
from tests.cluster.conftest import STUBS, stub_config
from tests.integration.runtime.conftest import settled

EVENTS = int(os.environ.get("ROWTIDE_CLUSTER_EVENTS", "8"))
REAL = int(os.environ.get("ROWTIDE_CLUSTER_REAL", "1"))
SEED = int(os.environ.get("ROWTIDE_CLUSTER_SEED") or random.randrange(1_000_000))
WORKERS_MAX = 4

pytestmark = [pytest.mark.kafka, pytest.mark.servers, pytest.mark.timeout(300 + 60 * EVENTS)]


class Sources:
    """One database for each real connector, into which rows are written as things happen."""

    def __init__(self, port: int, group: str) -> None:
        self._connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        self._port = port
        self._rows = 0
        self.databases = [f"cluster_{uuid.uuid4().hex[:8]}" for _ in range(REAL)]
        self.names = [f"{group}-real-{index}" for index in range(REAL)]
        for database in self.databases:
            self._execute(f"CREATE DATABASE {database}", f"CREATE TABLE {database}.t (id INT PRIMARY KEY)")

    def config(self, index: int, bootstrap: str) -> dict[str, object]:
        name, database = self.names[index], self.databases[index]
        return {
            "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
            "database.hostname": "127.0.0.1",
            "database.port": self._port,
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": random.randrange(100_000, 2_000_000_000),
            "topic.prefix": name,
            "database.include.list": database,
            "schema.history.internal.kafka.bootstrap.servers": bootstrap,
            "schema.history.internal.kafka.topic": f"{name}-history",
            "schema.history.internal.store.only.captured.databases.ddl": "true",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schemas.enable": "false",
        }

    def write(self) -> None:
        self._rows += 1
        for database in self.databases:
            self._execute(f"INSERT INTO {database}.t VALUES ({self._rows})")

    def expected(self) -> dict[str, set[bytes]]:
        """Keys by topic."""
        keys = {b'{"id":%d}' % row for row in range(1, self._rows + 1)}
        return {f"{n}.{d}.t": keys for n, d in zip(self.names, self.databases, strict=True)}

    def close(self) -> None:
        for database in self.databases:
            self._execute(f"DROP DATABASE {database}")
        self._connection.close()

    def _execute(self, *statements: str) -> None:
        with self._connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture
def sources(mariadb_port: int, group: str) -> Iterator[Sources]:
    sources = Sources(mariadb_port, group)
    try:
        yield sources
    finally:
        sources.close()


@pytest.fixture
def cluster(scratch: Path, group: str, bootstrap: str) -> Iterator[Cluster]:
    cluster = Cluster(scratch, group, bootstrap)
    try:
        for _ in range(3):
            cluster.add(wait=False)
        yield cluster
    finally:
        cluster.close()


def test_every_task_runs_once_after_every_event(cluster: Cluster, sources: Sources, bootstrap: str) -> None:
    for worker in cluster.workers:
        rest_ready(worker)
    sources.write()
    configs = {f"{cluster.group}-stub-{i}": stub_config(f"{cluster.group}-stub-{i}") for i in range(STUBS)}
    configs |= {name: sources.config(index, bootstrap) for index, name in enumerate(sources.names)}
    for name, config in configs.items():
        answer = settled(lambda: cluster.rest("PUT", f"/connectors/{name}/config", config))  # noqa: B023
        assert answer.status_code == 201, answer.text
    owners = cluster.await_settled(STUBS + REAL)
    chooser = random.Random(SEED)
    print(f"seed {SEED}")
    figures = []
    with TaskWatch(cluster.group) as watch:
        for number in range(EVENTS):
            model = Model(owners, configs, [worker.pid for worker in cluster.workers])
            event, allowed = _event(cluster, chooser, model)
            sources.write()
            before, owners = owners, cluster.await_settled(STUBS + REAL)
            moves = moved(before, owners)
            figures.append((event, moves, allowed))
            print(
                f"{number}: {event}, {len(cluster.workers)} workers, moved {moves}, the reference {allowed}", flush=True
            )
            assert moves <= allowed, figures
        assert watch.twice == []
    _await_rows(sources, bootstrap)


def _event(cluster: Cluster, chooser: random.Random, model: Model) -> tuple[str, int]:
    """Makes something happen; what, and how many tasks the reference algorithm moves for it."""
    kinds = ["join"] * (len(cluster.workers) < WORKERS_MAX) + ["leave", "kill"] * (len(cluster.workers) > 1)
    event = chooser.choice(kinds)
    if event == "join":
        cluster.add(wait=False)
        return event, model.moves(join)
    worker = chooser.choice(cluster.workers)
    allowed = model.moves(without(worker.pid))
    if event == "leave":
        cluster.leave(worker)
    else:
        cluster.kill(worker)
    return event, allowed


def _await_rows(sources: Sources, bootstrap: str) -> None:
    expected = sources.expected()
    for _ in range(60):
        found = read_topics(bootstrap, list(expected))
        keys = {topic: {read.key for read in reads} for topic, reads in found.items()}
        if keys == expected:
            return
    raise AssertionError(f"rows are missing: {keys}")
