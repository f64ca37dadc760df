"""A connector that came into the config topic when the worker allowed more than it does now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import WorkerProcess, until

pytestmark = pytest.mark.kafka


@pytest.fixture
def own_worker(scratch: Path, group: str, bootstrap: str) -> Iterator[WorkerProcess]:
    with closing(WorkerProcess(scratch, f"{group}-guard", bootstrap)) as worker:
        worker.start()
        yield worker


@pytest.mark.parametrize(
    ("name", "option", "text"),
    [
        ("override", "connector.client.config.override.policy", "The 'None' policy does not allow 'linger.ms'"),
        ("file", "connector.allowed.paths", "is not below connector.allowed.paths"),
    ],
)
def test_what_is_not_allowed_any_more_does_not_start(
    own_worker: WorkerProcess, tmp_path: Path, name: str, option: str, text: str
) -> None:
    rest = own_worker.rest
    config = {"producer.override.linger.ms": "1", "schema.history.internal.file.filename": "/etc/passwd"}
    assert rest.create(name, count=1, **config).status_code == 201
    rest.await_states(name, "RUNNING", "RUNNING")
    own_worker.stop()
    own_worker.options |= {"connector.client.config.override.policy": "All", "connector.allowed.paths": ""}
    own_worker.options[option] = "None" if name == "override" else str(tmp_path)
    own_worker.start()
    until(lambda: rest.states(name) == ("FAILED", "FAILED"))
    status = rest.status(name)
    assert text in status["connector"]["trace"]
    assert text in status["tasks"][0]["trace"]
    answer = rest.create("other", count=1, **config)
    assert answer.status_code == 400
    assert text in answer.json()["message"]
    rest("DELETE", f"/connectors/{name}")
