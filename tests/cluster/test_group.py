"""Three workers in one group: who runs what, who answers what, and what happens to a worker that freezes."""

from __future__ import annotations

import re
import time

import pytest

from rowtide_dev.topic_reading import read_topics
from tests.cluster.cluster import Cluster, TaskWatch, freeze, moved, rest_ready, thaw
from tests.cluster.conftest import stub_config
from tests.integration.runtime.conftest import settled, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

TASKS = 6


@pytest.fixture(scope="module")
def three(cluster: Cluster) -> Cluster:
    for worker in cluster.workers:
        rest_ready(worker)
    for index in range(TASKS):
        name = f"{cluster.group}-{index}"
        # Each by another worker: followers hand the request on.
        rest = cluster.workers[index % 3].rest
        answer = settled(lambda: rest("PUT", f"/connectors/{name}/config", stub_config(name)))  # noqa: B023
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == f"{rest.url}/connectors/{name}"
    cluster.await_settled(TASKS)
    return cluster


def test_work_is_spread_evenly_and_every_worker_knows_all_states(three: Cluster) -> None:
    owners = three.await_settled(TASKS)
    assert sorted(list(owners.values()).count(worker.pid) for worker in three.workers) == [2, 2, 2]


def test_what_needs_no_rebalance_causes_none(three: Cluster) -> None:
    name = f"{three.group}-0"
    before, owners = three.generation(), three.await_settled(TASKS)
    for worker in three.workers:
        rest = worker.rest
        assert settled(lambda: rest("POST", f"/connectors/{name}/tasks/0/restart")).status_code == 204  # noqa: B023
        assert settled(lambda: rest("POST", f"/connectors/{name}/restart")).status_code == 204  # noqa: B023
        assert rest("POST", f"/connectors/{name}/restart?includeTasks=true").status_code == 202
        assert rest("PUT", f"/connectors/{name}/pause").status_code == 202
        rest.await_states(name, "PAUSED", "PAUSED")
        assert rest("PUT", f"/connectors/{name}/resume").status_code == 202
        rest.await_states(name, "RUNNING", "RUNNING")
        assert rest("PUT", "/admin/loggers/rowtide.none?scope=cluster", {"level": "DEBUG"}).status_code == 204
        # The same configuration again: the connector alone starts anew.
        assert rest("PUT", f"/connectors/{name}/config", stub_config(name)).status_code == 200
    time.sleep(2)
    assert three.generation() == before
    assert three.await_settled(TASKS) == owners


def test_every_worker_does_what_any_of_them_is_asked(three: Cluster) -> None:
    for index, worker in enumerate(three.workers):
        rest, other = worker.rest, three.workers[(index + 1) % 3].rest
        name = f"{three.group}-forward-{index}"
        created = settled(lambda: rest("POST", "/connectors", {"name": name, "config": stub_config(name)}))  # noqa: B023
        assert created.status_code == 201, created.text
        twice = other("POST", "/connectors", {"name": name, "config": stub_config(name)})
        assert (twice.status_code, twice.json()["message"]) == (409, f"Connector {name} already exists")
        other.await_states(name, "RUNNING", "RUNNING")
        patched = settled(lambda: other("PATCH", f"/connectors/{name}/config", {"count": 0, "x": "y"}))  # noqa: B023
        assert patched.status_code == 200, patched.text
        assert patched.json()["config"]["x"] == "y"
        assert settled(lambda: rest("PUT", f"/connectors/{name}/stop")).status_code == 204  # noqa: B023
        until(lambda: other.states(name) == ("STOPPED",))  # noqa: B023
        offsets = {"offsets": [{"partition": {"counter": name}, "offset": {"position": 3}}]}
        altered = settled(lambda: other("PATCH", f"/connectors/{name}/offsets", offsets))  # noqa: B023
        assert altered.json() == {"message": "The offsets for this connector have been altered successfully"}
        assert rest("GET", f"/connectors/{name}/offsets").json() == offsets
        assert settled(lambda: other("DELETE", f"/connectors/{name}/offsets")).status_code == 200  # noqa: B023
        bad = settled(lambda: other("PUT", f"/connectors/{name}/config", {"connector.class": "Counter"}))  # noqa: B023
        assert bad.status_code == 400
        assert 'Missing required configuration "topic" which has no default value.' in bad.json()["message"]
        assert settled(lambda: other("DELETE", f"/connectors/{name}")).status_code == 204  # noqa: B023
        until(lambda: rest("GET", f"/connectors/{name}/status").status_code == 404)  # noqa: B023
        missing = other("DELETE", f"/connectors/{name}")
        assert (missing.status_code, missing.json()["message"]) == (404, f"Connector {name} not found")
    three.await_settled(TASKS)


def test_internal_requests_must_be_signed(three: Cluster) -> None:
    for worker in three.workers:
        answer = worker.rest("POST", f"/connectors/{three.group}-0/tasks", [{"a": "b"}])
        message = "Internal request missing required signature"
        assert (answer.status_code, answer.json()["message"]) == (400, message)
        headers = {"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}
        answer = worker.rest("POST", f"/connectors/{three.group}-0/tasks", [{"a": "b"}], headers=headers)
        message = "Internal request contained invalid signature."
        assert (answer.status_code, answer.json()["message"]) == (403, message)


@pytest.mark.parametrize("whose", ["a follower's", "the leader's"])
def test_a_frozen_workers_tasks_run_elsewhere_and_never_twice(three: Cluster, whose: str) -> None:
    before = three.await_settled(TASKS)
    leader_port = _leader_port(three)
    frozen = next(worker for worker in three.workers if (worker.port == leader_port) == (whose == "the leader's"))
    with TaskWatch(three.group) as watch:
        freeze(frozen)
        three.workers.remove(frozen)
        try:
            after = three.await_settled(TASKS)
        finally:
            thaw(frozen)
            three.workers.append(frozen)
        assert moved(before, after) == 2, "those of the frozen worker"
        again = three.await_settled(TASKS)
        assert sorted(list(again.values()).count(worker.pid) for worker in three.workers) == [2, 2, 2]
    assert watch.twice == []


def test_a_worker_that_freezes_for_a_moment_goes_on(three: Cluster) -> None:
    before, generation = three.await_settled(TASKS), three.generation()
    freeze(three.workers[0])
    time.sleep(2)
    thaw(three.workers[0])
    time.sleep(3)
    assert three.await_settled(TASKS) == before
    assert three.generation() == generation


def test_the_leader_changes_the_key_that_signs_internal_requests(three: Cluster, bootstrap: str) -> None:
    topic = f"{three.group}-config"
    keys = [read.value for read in read_topics(bootstrap, [topic])[topic] if read.key == b"session-key"]
    assert len(keys) >= 3
    assert len(set(keys)) == len(keys)


def _leader_port(cluster: Cluster) -> int:
    log = max(re.findall(r"generation (\d+) of group \S+ led by http://127.0.0.1:(\d+)/", _logs(cluster)), key=_first)
    return int(log[1])


def _first(found: tuple[str, str]) -> int:
    return int(found[0])


def _logs(cluster: Cluster) -> str:
    return "\n".join(worker.log.read_text(encoding="utf-8") for worker in cluster.workers).replace(", led", " led")
