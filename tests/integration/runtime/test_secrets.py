"""Secrets, in plain and from a provider, that must not be found anywhere outside of the configuration itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import Rest, WorkerProcess, until

pytestmark = pytest.mark.kafka

PLAIN, PROVIDED, WORKERS = "Plain-Secret-1", "Provided-Secret-2", "Workers-Secret-3"


@pytest.fixture(scope="module")
def masking(scratch: Path, group: str, bootstrap: str) -> Iterator[WorkerProcess]:
    secrets = scratch / "secrets.properties"
    secrets.write_text(f"word={PROVIDED}\nworker={WORKERS}\n")
    with closing(WorkerProcess(scratch, f"{group}-masking", bootstrap)) as worker:
        worker.options |= {
            "rest.mask.secrets": "true",
            "config.providers": "file",
            "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
            "ssl.truststore.password": f"${{file:{secrets}:worker}}",
        }
        worker.provided = f"${{file:{secrets}:word}}"
        worker.start()
        yield worker


def everything(rest: Rest, name: str) -> str:
    """All that REST tells."""
    paths = ("", "/config", "/tasks", "/status", "/tasks/0/status", "/offsets", "/topics")
    pages = [f"/connectors/{name}{path}" for path in paths]
    pages += ["/connectors?expand=info&expand=status", "/metrics", "/alerts", "/admin/loggers", "/health"]
    return "\n".join(rest("GET", page).text for page in pages)


def test_a_task_that_fails_with_a_secret_in_its_error_tells_nobody(masking: WorkerProcess) -> None:
    rest = masking.rest
    # The task turns it into a number, and Python's error says what was no number.
    answer = rest.create("failing", **{"password": PLAIN, "fail.at": masking.provided})
    assert answer.json()["config"]["password"] == "[hidden]"
    assert answer.json()["config"]["fail.at"] == masking.provided
    until(lambda: rest.states("failing") == ("RUNNING", "FAILED"))
    assert "invalid literal for int() with base 10: '[hidden]'" in rest.status("failing")["tasks"][0]["trace"]
    told = everything(rest, "failing") + answer.text
    invalid = {"connector.class": "Counter", "name": "failing", "topic": "t", "count": masking.provided}
    for path in ("/connector-plugins/Counter/config/validate", "/connectors/failing/config"):
        answer = rest("PUT", path, invalid)
        assert "count" in answer.text
        told += answer.text
    told += masking.log.read_text()
    assert "[hidden]" in masking.log.read_text()
    for secret in (PLAIN, PROVIDED, WORKERS):
        assert secret not in told
    rest("DELETE", "/connectors/failing")


def test_what_is_masked_may_be_sent_back(masking: WorkerProcess) -> None:
    rest = masking.rest
    rest.create("kept", password=PLAIN, count=1)
    rest.await_states("kept", "RUNNING", "RUNNING")
    shown = rest("GET", "/connectors/kept/config").json()
    assert shown["password"] == "[hidden]"
    assert rest("PUT", "/connectors/kept/config", {**shown, "count": "2"}).status_code == 200
    assert rest("PATCH", "/connectors/kept/config", {"password": "[hidden]", "count": "3"}).status_code == 200
    stop_and_show(masking)
    assert rest("GET", "/connectors/kept/config").json() == {**shown, "password": PLAIN, "count": "3"}
    rest("DELETE", "/connectors/kept")


def stop_and_show(worker: WorkerProcess) -> None:
    """Starts the worker again without masking."""
    worker.stop()
    worker.options["rest.mask.secrets"] = "false"
    worker.start()
