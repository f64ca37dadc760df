"""Two workers that are reached, and reach each other, by https with certificates on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from rowtide_dev import server_certificates
from tests.integration.runtime.conftest import Rest, WorkerProcess, free_port, settled

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    server_certificates.write(folder)
    both = (folder / "server.pem").read_text() + (folder / "server-key.pem").read_text()
    (folder / "both.pem").write_text(both)
    return folder


@pytest.fixture(scope="module")
def workers(scratch: Path, group: str, bootstrap: str, certificates: Path) -> Iterator[list[WorkerProcess]]:
    with ExitStack() as stack:
        made = [stack.enter_context(closing(WorkerProcess(scratch, group, bootstrap))) for _ in range(2)]
        for worker in made:
            admin = free_port()
            worker.options |= {
                "listeners": f"https://127.0.0.1:{worker.port}",
                "admin.listeners": f"http://127.0.0.1:{admin}",
                "listeners.https.ssl.keystore.location": str(certificates / "both.pem"),
                "listeners.https.ssl.truststore.location": str(certificates / "ca.pem"),
                "listeners.https.ssl.client.auth": "required",
            }
            client = (str(certificates / "client.pem"), str(certificates / "client-key.pem"))
            worker.rest = Rest(f"https://127.0.0.1:{worker.port}", verify=str(certificates / "ca.pem"), cert=client)
            worker.admin = Rest(f"http://127.0.0.1:{admin}")
            worker.start()
        yield made


def test_requests_reach_the_leader_from_each_worker(workers: list[WorkerProcess], group: str) -> None:
    for number, worker in enumerate(workers):
        name = f"{group}-{number}"
        answer = settled(lambda: worker.rest.create(name, count=3))  # noqa: B023 - called at once
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"{worker.rest.url}/connectors/{name}"
        worker.rest.await_states(name, "RUNNING", "RUNNING")
        assert settled(lambda: worker.rest("DELETE", f"/connectors/{name}")).status_code == 204  # noqa: B023


def test_nobody_gets_in_without_a_certificate(workers: list[WorkerProcess]) -> None:
    with pytest.raises(requests.ConnectionError):
        workers[0].rest("GET", "/", cert=None)


def test_admin_operations_are_apart(workers: list[WorkerProcess]) -> None:
    worker = workers[0]
    assert worker.rest("GET", "/admin/loggers").status_code == 404
    assert worker.admin("GET", "/admin/loggers").status_code == 200
    assert worker.admin("GET", "/connectors").status_code == 404
