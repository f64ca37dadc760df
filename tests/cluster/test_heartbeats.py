"""Heartbeats are punctual while the tasks, and clients, take all the processors there are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import stub_config
from tests.integration.runtime.conftest import WorkerProcess, settled, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

LOAD_S = 10
HEARTBEAT_MS = 500  # as the tests' workers are set
SESSION_MS = 6000
PREFIX = "kafka_connect_coordinator_"


@pytest.fixture
def worker(scratch: Path, group: str, bootstrap: str) -> Iterator[WorkerProcess]:
    cluster = Cluster(scratch, group, bootstrap)
    try:
        yield cluster.add()
    finally:
        cluster.close()


def test_heartbeats_are_punctual_under_full_load(worker: WorkerProcess, group: str) -> None:
    rest, name = worker.rest, f"{group}-burning"
    tasks = 2 * (os.cpu_count() or 1)
    config = stub_config(name, burn=True, tasks=tasks, **{"tasks.max": tasks})
    assert settled(lambda: rest("PUT", f"/connectors/{name}/config", config)).status_code == 201
    until(lambda: rest.states(name) == ("RUNNING",) * (tasks + 1), 120)
    generation = rest.metric("kafka_connect_worker_rebalance_epoch")
    before = rest.metric(f"{PREFIX}heartbeat_total")
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _ask_for_a_while(worker, began + LOAD_S), range(4)))
    seconds = time.monotonic() - began
    sent = rest.metric(f"{PREFIX}heartbeat_total") - before
    longest = rest.metric(f"{PREFIX}heartbeat_interval_max")
    response = rest.metric(f"{PREFIX}heartbeat_response_time_max")
    print(
        f"{tasks} busy tasks, {sum(answers) / seconds:.0f} requests/s: {sent:.0f} heartbeats in {seconds:.1f} s, "
        f"{longest:.0f} ms apart at most, answered within {response:.0f} ms"
    )
    assert longest < SESSION_MS / 2
    assert sent >= seconds / (HEARTBEAT_MS / 1000) / 2
    assert rest.metric("kafka_connect_worker_rebalance_epoch") == generation
    assert "expelled" not in worker.log.read_text()
    assert "went on without" not in worker.log.read_text()


def _ask_for_a_while(worker: WorkerProcess, end: float) -> int:
    count = 0
    while time.monotonic() < end:
        assert worker.rest("GET", "/connectors?expand=status&expand=info").status_code == 200
        count += 1
    return count
