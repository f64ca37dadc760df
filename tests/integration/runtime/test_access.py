"""Two workers that ask for credentials: clients have to have some, requests between workers go on without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import Rest, WorkerProcess, settled, until

pytestmark = pytest.mark.kafka

EXTENSION = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"
MODULE = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"
SECRETS = ("wonder", "token-1")


@pytest.fixture(scope="module")
def workers(
    scratch: Path, group: str, bootstrap: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[WorkerProcess]]:
    folder = tmp_path_factory.mktemp("access")
    (folder / "users.properties").write_text("alice=wonder\n")
    (folder / "tokens.properties").write_text("monitor=token-1\n")
    (folder / "jaas.conf").write_text(f'KafkaConnect {{ {MODULE} required file="{folder}/users.properties"; }};')
    with ExitStack() as stack:
        made = [stack.enter_context(closing(WorkerProcess(scratch, group, bootstrap))) for _ in range(2)]
        for worker in made:
            worker.options |= {
                "rest.extension.classes": EXTENSION,
                "rest.basic.auth.jaas.file": str(folder / "jaas.conf"),
                "rest.bearer.tokens.file": str(folder / "tokens.properties"),
                "rest.read.only.users": "monitor",
            }
            worker.rest = Rest(worker.rest.url, auth=("alice", "wonder"))
            worker.start()
        yield made


def test_a_connector_on_any_worker_gets_its_tasks(workers: list[WorkerProcess], group: str) -> None:
    names = [f"{group}-{number}" for number in range(4)]
    for number, name in enumerate(names):
        rest = workers[number % 2].rest
        assert settled(lambda: rest.create(name, count=2)).status_code == 201  # noqa: B023 - called at once
    for name in names:
        workers[0].rest.await_states(name, "RUNNING", "RUNNING")
    # The owner of each second one is no leader: it had to hand the tasks in.
    owners = {workers[0].rest.status(name)["connector"]["worker_id"] for name in names}
    assert len(owners) == 2
    for name in names:
        assert settled(lambda: workers[1].rest("DELETE", f"/connectors/{name}")).status_code == 204  # noqa: B023


def test_nobody_gets_in_without_credentials(workers: list[WorkerProcess]) -> None:
    for path in ("/", "/connectors", "/health", "/metrics", "/admin/loggers"):
        answer = workers[0].rest("GET", path, auth=None)
        assert (answer.status_code, answer.text) == (401, "User cannot access the resource.")
        assert "WWW-Authenticate" not in answer.headers
    assert workers[0].rest("GET", "/connectors", auth=("alice", "x")).status_code == 401
    # What workers ask of each other has to be signed.
    assert workers[0].rest("POST", "/connectors/x/tasks", json=[], auth=None).status_code == 400


def test_a_reader_sees_and_changes_nothing(workers: list[WorkerProcess]) -> None:
    monitor = Rest(workers[0].rest.url, headers={"Authorization": "Bearer token-1"})
    assert monitor("GET", "/connectors").status_code == 200
    answer = monitor("DELETE", "/connectors/x")
    assert (answer.status_code, answer.json()["error_code"]) == (403, 403)
    assert monitor("PUT", "/connectors/x/pause").status_code == 403


def test_credentials_are_not_logged(workers: list[WorkerProcess]) -> None:
    until(lambda: all("GET /connectors" in worker.log.read_text() for worker in workers[:1]))
    assert not any(secret in worker.log.read_text() for worker in workers for secret in SECRETS)
