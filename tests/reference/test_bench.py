"""The benchmark's machinery, with few rows."""

from __future__ import annotations

import time

import pytest
from confluent_kafka.admin import AdminClient

from rowtide_dev.bench.figures import OURS, REFERENCE
from rowtide_dev.bench.places import Places, Side
from rowtide_dev.bench.report import checks, table
from rowtide_dev.bench.session import Plan, Session
from tests import servers

pytestmark = pytest.mark.reference

ROWS = 1000


def test_a_small_run_has_a_figure_for_everything_and_leaves_no_connector(
    reference_url: str, worker_url: str, kafka_address: str
) -> None:
    sides = (Side.at(REFERENCE, reference_url), Side.at(OURS, worker_url))
    places = Places(sides, kafka_address, servers.mariadb_port(), servers.registry_url())
    plan = Plan(("json", "latency", "limits"), runs=1, rows=ROWS, warm_up=0, rate=500, seconds=1.0)
    before = _topics(kafka_address)
    results = Session(places, plan).run()
    for side in (REFERENCE, OURS):
        figures = results.throughput["json"][side]
        assert figures.rate > 0
        assert 0 < figures.overall < 100_000
        assert 0 < figures.cpu_us < 1e6
        assert figures.memory_mb > 20
    for one in results.latency.values():
        assert one.missing == 0
        assert 0 < one.p50 <= one.p95 <= one.p99
    assert len(results.limits) == 3
    assert all(limit.rate > 0 and limit.cpu_us > 0 for limit in results.limits)
    assert len(checks(results)) == 5
    assert "streaming, JSON" in table(results)
    assert not [name for side in sides for name in side.rest.connectors() if name.startswith(side.name)]
    deadline = time.monotonic() + 20
    while _topics(kafka_address) - before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _topics(kafka_address) - before


def _topics(kafka: str) -> set[str]:
    topics = AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=20).topics
    return {topic for topic in topics if topic.endswith(".orders")}
