"""Groups under the older protocols: requests between workers unsigned, and all work stopped in each rebalance."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, TaskWatch, rest_ready
from tests.cluster.conftest import stub_config
from tests.integration.runtime.conftest import settled

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

TASKS = 4


@pytest.mark.parametrize("protocol", ["compatible", "eager"])
def test_a_group_shares_its_work(scratch: Path, group: str, bootstrap: str, protocol: str) -> None:
    name = f"{group}-{uuid.uuid4().hex[:4]}"
    cluster = Cluster(scratch, name, bootstrap, **{"connect.protocol": protocol})
    try:
        for _ in range(2):
            cluster.add(wait=False)
        for worker in cluster.workers:
            rest_ready(worker)
        for index in range(TASKS):
            path = f"/connectors/{name}-{index}/config"
            rest = cluster.workers[index % 2].rest
            answer = settled(lambda: rest("PUT", path, stub_config(f"{name}-{index}")))  # noqa: B023
            assert answer.status_code == 201, answer.text
        cluster.await_settled(TASKS)
        with TaskWatch(name) as watch:
            cluster.leave(cluster.workers[0])
            cluster.await_settled(TASKS)
        assert watch.twice == []
    finally:
        cluster.close()
