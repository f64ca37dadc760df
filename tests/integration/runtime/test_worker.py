import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.integration.runtime.conftest import WorkerProcess, free_port, settled, until

pytestmark = pytest.mark.kafka


def task_pids(worker_pid):
    """The processes whose parent is the worker."""
    children = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == worker_pid:
            children.append(int(entry.parent.name))
    return children


def test_a_killed_task_is_failed_with_the_reason_until_it_is_restarted(worker, rest, name):
    rest.create(name, count=100)
    rest.await_states(name, "RUNNING", "RUNNING")
    (pid,) = task_pids(worker.pid)
    os.kill(pid, signal.SIGKILL)
    rest.await_states(name, "RUNNING", "FAILED")
    assert "killed by SIGKILL" in rest.status(name)["tasks"][0]["trace"]
    assert rest("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    rest.await_states(name, "RUNNING", "RUNNING")
    assert task_pids(worker.pid) != [pid]


def test_a_restarted_worker_keeps_everything(worker, rest, name):
    rest.create(name, count=3, counter="kept")
    rest.await_states(name, "RUNNING", "RUNNING")
    offsets = {"offsets": [{"partition": {"counter": "kept"}, "offset": {"position": 3}}]}
    until(lambda: rest("GET", f"/connectors/{name}/offsets").json() == offsets)
    paused = f"{name}-paused"
    rest.create(paused)
    rest.await_states(paused, "RUNNING", "RUNNING")
    rest("PUT", f"/connectors/{paused}/pause")
    rest.await_states(paused, "PAUSED", "PAUSED")
    before = rest("GET", f"/connectors/{name}").json()
    assert worker.stop() == 0
    worker.start()
    rest.await_states(name, "RUNNING", "RUNNING")
    rest.await_states(paused, "PAUSED", "PAUSED")
    assert rest("GET", f"/connectors/{name}").json() == before
    assert rest("GET", f"/connectors/{name}/offsets").json() == offsets
    rest("DELETE", f"/connectors/{paused}")


def test_a_killed_worker_leaves_no_task_behind_and_its_successor_goes_on(worker, rest, name):
    rest.create(name, count=100)
    rest.await_states(name, "RUNNING", "RUNNING")
    pids = task_pids(worker.pid)
    worker.signal(signal.SIGKILL)
    worker.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    worker.start()
    rest.await_states(name, "RUNNING", "RUNNING")
    stored = {"offsets": [{"partition": {"counter": "c"}, "offset": {"position": 100}}]}
    until(lambda: rest("GET", f"/connectors/{name}/offsets").json() == stored)


def test_secrets_stay_placeholders_in_topics_and_answers(scratch, group, bootstrap, tmp_path):
    (tmp_path / "s.properties").write_text("password=hunter2\n", encoding="utf-8")
    worker = WorkerProcess(scratch, f"{group}-s", bootstrap)
    provider = "org.apache.kafka.common.config.provider.FileConfigProvider"
    worker.options |= {"config.providers": "file", "config.providers.file.class": provider}
    placeholder = f"${{file:{tmp_path}/s.properties:password}}"
    try:
        worker.start()
        worker.rest.create(f"{group}-secret", password=placeholder)
        worker.rest.await_states(f"{group}-secret", "RUNNING", "RUNNING")
        assert worker.rest("GET", f"/connectors/{group}-secret/config").json()["password"] == placeholder
        (task,) = worker.rest("GET", f"/connectors/{group}-secret/tasks").json()
        assert task["config"]["password"] == placeholder
    finally:
        worker.close()
    assert "hunter2" not in worker.log.read_text(encoding="utf-8")


class Door:
    """Lets connections to a local port through to the broker, once it is open."""

    def __init__(self, bootstrap):
        self.port = free_port()
        host, _, port = bootstrap.partition(":")
        self._broker = (host, int(port))
        self._server = None

    def open(self):
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        if self._server is not None:
            self._server.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                broker = socket.create_connection(self._broker)
                for source, target in ((client, broker), (broker, client)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    @staticmethod
    def _copy(source, target):
        with contextlib.suppress(OSError), source, target:
            while data := source.recv(65536):
                target.sendall(data)


def test_a_worker_without_kafka_waits_says_so_and_begins_when_kafka_is_there(scratch, group, bootstrap):
    door = Door(bootstrap)
    worker = WorkerProcess(scratch, f"{group}-late", f"127.0.0.1:{door.port}")
    try:
        worker.start(wait=False)
        response = settled(lambda: worker.rest("GET", "/health"))
        assert (response.status_code, response.json()["status"]) == (503, "starting")
        assert worker.rest("GET", "/connectors").status_code == 503
        until(lambda: "cannot reach Kafka yet, trying again" in worker.last_log())
        door.open()
        until(worker.healthy, timeout_s=60)
        assert worker.rest("GET", "/connectors").json() == []
        assert worker.stop() == 0
    finally:
        worker.close()
        door.close()


def test_a_worker_that_waits_for_kafka_can_be_stopped(scratch, group):
    worker = WorkerProcess(scratch, group, f"127.0.0.1:{free_port()}")
    try:
        worker.start(wait=False)
        settled(lambda: worker.rest("GET", "/health"))
        assert worker.stop() == 0
    finally:
        worker.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group.id": None}, 'Missing required configuration "group.id" which has no default value.'),
        ({"listeners": "https://:0"}, "set ssl.keystore.location"),
    ],
)
def test_a_wrong_configuration_ends_with_one_line_and_code_1(scratch, group, bootstrap, options, message):
    worker = WorkerProcess(scratch, group, bootstrap)
    worker.options = {k: v for k, v in {**worker.options, **options}.items() if v is not None}
    worker.start(wait=False)
    assert worker.wait() == 1
    log = worker.log.read_text(encoding="utf-8")
    assert message in log
    assert "Traceback" not in log


def test_an_internal_topic_that_would_lose_data_is_refused(scratch, group, bootstrap):
    worker = WorkerProcess(scratch, f"{group}-bad", bootstrap)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topic = NewTopic(f"{group}-bad-config", 1, 1, config={"cleanup.policy": "delete"})
    admin.create_topics([topic])[topic.topic].result(30)
    try:
        worker.start(wait=False)
        assert worker.wait() == 1
        log = worker.log.read_text(encoding="utf-8")
        assert "is required to have 'cleanup.policy=compact'" in log
        assert "Traceback" not in log
    finally:
        worker.close()


def test_a_task_that_does_not_stop_is_ended_with_its_worker(worker, rest, name):
    rest.create(name, **{"stop.s": 60})
    rest.await_states(name, "RUNNING", "RUNNING")
    pids = task_pids(worker.pid)
    began = time.monotonic()
    assert worker.stop() == 0
    assert 4 < time.monotonic() - began < 12
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    worker.start()


def test_a_second_signal_ends_the_worker_at_once(worker, rest, name):
    rest.create(name, **{"stop.s": 60})
    rest.await_states(name, "RUNNING", "RUNNING")
    pids = task_pids(worker.pid)
    worker.signal(signal.SIGTERM)
    until(lambda: f"worker {rest.url.removeprefix('http://')} stops" in worker.last_log())
    worker.signal(signal.SIGTERM)
    assert worker.wait(2) == 128 + signal.SIGTERM
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    worker.start()


def test_two_workers_share_the_work_and_forward_to_the_leader(worker, rest, scratch, group, bootstrap, name):
    second = WorkerProcess(scratch, group, bootstrap)
    try:
        second.start()
        for client, suffix in ((rest, "a"), (second.rest, "b")):
            created = client.create(f"{name}-{suffix}", count=1)
            assert created.status_code == 201, created.text
            assert created.headers["Location"] == f"{client.url}/connectors/{name}-{suffix}"
        for suffix in ("a", "b"):
            rest.await_states(f"{name}-{suffix}", "RUNNING", "RUNNING")

        def owners():
            statuses = [rest.status(f"{name}-{suffix}") for suffix in ("a", "b")]
            return {status["connector"]["worker_id"] for status in statuses}

        until(lambda: len(owners()) == 2)
        for client in (rest, second.rest):
            for suffix in ("a", "b"):
                path = f"/connectors/{name}-{suffix}"
                until(lambda: client("POST", f"{path}/restart").status_code == 204)  # noqa: B023
                until(lambda: client("POST", f"{path}/tasks/0/restart").status_code == 204)  # noqa: B023
        for suffix in ("a", "b"):
            rest.await_states(f"{name}-{suffix}", "RUNNING", "RUNNING")
        assert second.stop() == 0
        until(lambda: owners() == {rest.url.removeprefix("http://")})
        for suffix in ("a", "b"):
            rest.await_states(f"{name}-{suffix}", "RUNNING", "RUNNING")
            rest("DELETE", f"/connectors/{name}-{suffix}")
    finally:
        second.close()


def test_a_failed_task_is_started_again_where_that_is_asked_for(worker, rest, name):
    before = rest.metric("rowtide_task_automatic_restarts_total")
    again = {"errors.restart.max.retries": "2", "errors.restart.delay.ms": "1000"}
    rest.create(name, count=9, **{"fail.at": "3", **again})
    retried = lambda: rest.metric("rowtide_task_automatic_restarts_total") == before + 2  # noqa: E731
    until(lambda: retried() and rest.states(name)[1:] == ("FAILED",))
    assert "told to fail at 3" in rest.status(name)["tasks"][0]["trace"]
    assert worker.last_log().count(f"task {name}-0 failed, and is started again in") == 2
    assert f"task {name}-0 failed, and is started again in 2.0 s" in worker.last_log()
    # By hand it starts a new row; a task that was killed counts as well.
    config = {"connector.class": "Counter", "topic": f"{name}-data", "count": "9", **again}
    assert rest("PUT", f"/connectors/{name}/config", config).status_code == 200
    rest.await_states(name, "RUNNING", "RUNNING")
    (pid,) = task_pids(worker.pid)
    os.kill(pid, signal.SIGKILL)
    rest.await_states(name, "RUNNING", "FAILED")
    rest.await_states(name, "RUNNING", "RUNNING")


def test_a_wrong_option_of_automatic_restarts_is_told(rest, name):
    answer = rest.create(name, **{"errors.restart.max.retries": "-2"})
    assert answer.status_code == 400
    assert "errors.restart.max.retries" in answer.json()["message"]
