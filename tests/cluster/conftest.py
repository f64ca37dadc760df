"""A group of three workers with stub connectors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.runtime.conftest import bootstrap, group, scratch

__all__ = ["bootstrap", "group", "scratch"]

STUBS = int(os.environ.get("ROWTIDE_CLUSTER_CONNECTORS", "9"))


@pytest.fixture(scope="module")
def cluster(scratch: Path, group: str, bootstrap: str) -> Iterator[Cluster]:
    # Keys that change all the time, so that whatever a test does is done across a change.
    cluster = Cluster(scratch, group, bootstrap, **{"inter.worker.key.ttl.ms": "5000"})
    try:
        for _ in range(3):
            cluster.add(wait=False)
        yield cluster
    finally:
        cluster.close()


def stub_config(name: str, /, **more: object) -> dict[str, object]:
    """A connector whose one task has nothing to do."""
    return {"connector.class": "Counter", "topic": f"{name}-data", "count": 0, "counter": name, **more}
