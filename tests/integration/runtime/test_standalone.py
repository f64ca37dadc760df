"""Standalone workers: connectors from files, the REST interface, offsets in a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import WorkerProcess, settled, until

pytestmark = pytest.mark.kafka

JAVA = Path(__file__).parents[2] / "golden" / "standalone" / "offsets.dat"


@pytest.fixture
def sole(scratch: Path, group: str, bootstrap: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    with closing(WorkerProcess(scratch, group, bootstrap)) as worker:
        kept = ("bootstrap.servers", "key.converter", "value.converter", "offset.flush.interval.ms", "listeners")
        worker.options = {name: worker.options[name] for name in kept}
        worker.options["offset.storage.file.filename"] = str(tmp_path / "offsets")
        worker.arguments = ("standalone", ())
        yield worker


def properties(folder: Path, group: str, name: str, /, **config: object) -> str:
    path = folder / f"{name}.properties"
    given = {"name": name, "connector.class": "Counter", "topic": f"{group}-{name}", **config}
    path.write_text("".join(f"{key}={value}\n" for key, value in given.items()))
    return str(path)


def offsets(worker: WorkerProcess, name: str) -> object:
    return worker.rest("GET", f"/connectors/{name}/offsets").json().get("offsets")


def test_connectors_from_files_run_and_go_on_after_a_restart(sole: WorkerProcess, group: str, tmp_path: Path) -> None:
    body = {"name": "two", "config": {"connector.class": "Counter", "topic": f"{group}-two"}, "initial_state": "PAUSED"}
    (tmp_path / "two.json").write_text(json.dumps(body))
    sole.arguments = ("standalone", (properties(tmp_path, group, "one", count=5), str(tmp_path / "two.json")))
    sole.start()
    rest = sole.rest
    rest.await_states("one", "RUNNING", "RUNNING")
    rest.await_states("two", "PAUSED")
    until(lambda: offsets(sole, "one") == [{"partition": {"counter": "c"}, "offset": {"position": 5}}])
    properties(tmp_path, group, "one", count=7)
    assert sole.stop() == 0
    sole.start()
    until(lambda: offsets(sole, "one") == [{"partition": {"counter": "c"}, "offset": {"position": 7}}])
    assert sole.last_log().count("WARNING") == 0


def test_rest_creates_changes_and_deletes(sole: WorkerProcess, group: str) -> None:
    sole.start()
    rest = sole.rest
    assert len(rest("GET", "/").json()["kafka_cluster_id"]) > 10
    assert rest.create("a", count=3, topic=f"{group}-a").status_code == 201
    assert rest.create("a", count=3, topic=f"{group}-a").status_code == 409
    rest.await_states("a", "RUNNING", "RUNNING")
    until(lambda: offsets(sole, "a"))
    assert settled(lambda: rest("PATCH", "/connectors/a/config", {"count": "4"})).status_code == 200
    until(lambda: offsets(sole, "a") == [{"partition": {"counter": "c"}, "offset": {"position": 4}}])
    assert settled(lambda: rest("POST", "/connectors/a/restart?includeTasks=true")).status_code == 202
    rest.await_states("a", "RUNNING", "RUNNING")
    assert settled(lambda: rest("POST", "/connectors/a/tasks/0/restart")).status_code == 204
    assert settled(lambda: rest("PUT", "/connectors/a/stop")).status_code == 204
    until(lambda: rest.states("a") == ("STOPPED",))
    change = {"offsets": [{"partition": {"counter": "c"}, "offset": {"position": 1}}]}
    assert settled(lambda: rest("PATCH", "/connectors/a/offsets", change)).status_code == 200
    assert offsets(sole, "a") == change["offsets"]
    assert settled(lambda: rest("DELETE", "/connectors/a/offsets")).status_code == 200
    assert offsets(sole, "a") == []
    answer = rest("POST", "/connectors/a/tasks", [])
    assert answer.status_code == 500
    assert "does not support externally setting task configurations" in answer.json()["message"]
    assert settled(lambda: rest("DELETE", "/connectors/a")).status_code == 204
    assert rest("GET", "/connectors").json() == []


def test_offsets_of_javas_file_are_where_a_connector_goes_on(sole: WorkerProcess, group: str, tmp_path: Path) -> None:
    shutil.copy(JAVA, tmp_path / "offsets")
    sole.arguments = ("standalone", (properties(tmp_path, group, "first", count=9, counter="a"),))
    sole.start()
    assert {"partition": {"counter": "b"}, "offset": {"position": 7}} in offsets(sole, "first")
    until(lambda: {"partition": {"counter": "a"}, "offset": {"position": 9}} in offsets(sole, "first"))
    # Two records were left to send.
    metrics = lambda: sole.rest("GET", "/metrics").text.splitlines()  # noqa: E731, PLW0108 - asked anew each time
    until(lambda: any("record_write_total{" in line and float(line.rpartition(" ")[2]) == 2 for line in metrics()))
    assert (tmp_path / "offsets").read_bytes() == JAVA.read_bytes()


@pytest.mark.parametrize(
    ("config", "code", "message"),
    [
        ({"count": "many"}, 3, "Not a number of type LONG"),
        ({"name": ""}, 1, "is missing the mandatory 'name' configuration"),
    ],
)
def test_a_connector_that_cannot_be_created_ends_the_worker(
    sole: WorkerProcess, group: str, tmp_path: Path, config: dict[str, str], code: int, message: str
) -> None:
    sole.arguments = ("standalone", (properties(tmp_path, group, "bad", **config),))
    sole.start(wait=False)
    assert sole.wait() == code
    assert message in sole.last_log()
