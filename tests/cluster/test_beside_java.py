"""A Java worker and ours in one group: each as member and as leader of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cluster.cluster import Cluster, running_tasks
from tests.cluster.conftest import stub_config
from tests.cluster.java_worker import java_worker
from tests.integration.runtime.conftest import WorkerProcess, until

pytestmark = [pytest.mark.kafka, pytest.mark.reference, pytest.mark.timeout(900)]

CONNECTORS = 4
WAIT_S = 90


class Mixed:
    """One Java worker and one of ours, told apart by their ids in statuses."""

    def __init__(self, cluster: Cluster, java: str) -> None:
        self.cluster = cluster
        self.java = java
        self.names = [f"{cluster.group}-{index}" for index in range(CONNECTORS)]

    @property
    def ours(self) -> WorkerProcess:
        return self.cluster.workers[0]

    def ask(self, url: str, method: str, path: str, json: object = None) -> requests.Response:
        """The answer, once no rebalance is in the way."""
        answers: list[requests.Response] = []

        def answered() -> bool:
            answers.append(requests.request(method, url + path, json=json, timeout=95))
            return answers[-1].status_code != 409

        until(answered, WAIT_S)
        return answers[-1]

    def owners(self, url: str) -> dict[str, str]:
        """Worker id by connector and task; only what runs."""
        found = {}
        for name, info in requests.get(f"{url}/connectors?expand=status", timeout=95).json().items():
            status = info["status"]
            for part in (status["connector"], *status["tasks"]):
                if part["state"] == "RUNNING":
                    found[f"{name}-{part.get('id', '')}"] = part["worker_id"]
        return found

    def await_spread(self, workers: list[str]) -> None:
        """Every connector and task runs, evenly on these workers; all of them say so; ours runs what it says."""

        def spread() -> bool:
            views = [self.owners(f"http://{worker}") for worker in workers]
            if any(view != views[0] for view in views) or len(views[0]) != 2 * CONNECTORS:
                return False
            share = CONNECTORS // len(workers)
            tasks = [worker for label, worker in views[0].items() if not label.endswith("-")]
            connectors = [worker for label, worker in views[0].items() if label.endswith("-")]
            mine = self._our_id
            processes = [t.label for t in running_tasks() if self.cluster.workers and t.worker == self.ours.pid]
            return all(part.count(worker) == share for part in (tasks, connectors) for worker in workers) and len(
                processes
            ) == len(set(processes)) == (tasks.count(mine) if mine else 0)

        until(spread, WAIT_S)

    @property
    def _our_id(self) -> str:
        return f"127.0.0.1:{self.ours.port}" if self.cluster.workers else ""

    @property
    def ids(self) -> list[str]:
        return [self.java.removeprefix("http://"), self._our_id]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, scratch: Path, group: str, bootstrap: str) -> Iterator[Mixed]:
    cluster = Cluster(scratch, group, bootstrap)
    try:
        # Ours is the first member and so the leader.
        ours = cluster.add()
        options = {
            name: value for name, value in ours.options.items() if name not in ("listeners", "bootstrap.servers")
        }
        with java_worker(tmp_path_factory.mktemp("java"), bootstrap, options) as java:
            yield Mixed(cluster, java.url)
    finally:
        cluster.close()


def test_a_java_worker_follows_ours(mixed: Mixed) -> None:
    for index, name in enumerate(mixed.names):
        url = mixed.java if index % 2 else mixed.ours.rest.url
        created = mixed.ask(url, "POST", "/connectors", {"name": name, "config": stub_config(name, count=5)})
        assert created.status_code == 201, created.text
    mixed.await_spread(mixed.ids)


def test_each_hands_on_to_the_other(mixed: Mixed) -> None:
    _change_everything_through_both(mixed)


def test_a_java_worker_takes_over_and_leads_ours(mixed: Mixed, group: str, scratch: Path, bootstrap: str) -> None:
    mixed.cluster.leave(mixed.ours)
    mixed.await_spread([mixed.java.removeprefix("http://")])
    mixed.cluster.add()
    mixed.await_spread(mixed.ids)
    _change_everything_through_both(mixed)


def test_what_one_wrote_the_other_goes_on_from(mixed: Mixed) -> None:
    for name in mixed.names:
        for url in (mixed.java, mixed.ours.rest.url):
            path = f"{url}/connectors/{name}/offsets"
            until(lambda: requests.get(path, timeout=95).json()["offsets"][0]["offset"] == {"position": 9}, WAIT_S)  # noqa: B023


def _change_everything_through_both(mixed: Mixed) -> None:
    urls = (mixed.java, mixed.ours.rest.url)
    for url in urls:
        for name in mixed.names:
            changed = mixed.ask(url, "PUT", f"/connectors/{name}/config", stub_config(name, count=9, by=url))
            assert changed.status_code == 200, changed.text
            assert changed.json()["config"]["by"] == url
            assert mixed.ask(url, "POST", f"/connectors/{name}/restart").status_code == 204
            assert mixed.ask(url, "PATCH", f"/connectors/{name}/config", {"more": "x"}).status_code == 200
        mixed.await_spread(mixed.ids)
        for name in mixed.names:
            assert mixed.ask(url, "POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
            assert mixed.ask(url, "POST", f"/connectors/{name}/restart?includeTasks=true").status_code == 202
        mixed.await_spread(mixed.ids)
        missing = mixed.ask(url, "DELETE", "/connectors/none")
        assert (missing.status_code, missing.json()) == (
            404,
            {"error_code": 404, "message": "Connector none not found"},
        )
