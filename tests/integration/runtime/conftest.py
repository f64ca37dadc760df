"""Runs real workers on a real broker (environment variable ROWTIDE_TEST_KAFKA, else 127.0.0.1:9092)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from confluent_kafka.admin import AdminClient

ENTRY_POINTS = """
[rowtide.connectors]
org.example.CounterConnector = tests.connectors.counter:CounterConnector
"""
ROOT = Path(__file__).parents[3]


def until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    """Waits for a true answer."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def settled(request: Callable[[], requests.Response]) -> requests.Response:
    """The answer to a request once no rebalance makes it a 409, nor a worker that is not up yet refuse it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            response = request()
        except requests.ConnectionError:
            response = None
        if response is not None and response.status_code != 409:
            return response
        time.sleep(0.05)
    raise AssertionError("waited too long")


class Rest:
    """A REST client without any cleverness."""

    def __init__(self, url: str, **options: object) -> None:
        """`options`: of each request, such as `auth` and `verify`."""
        self.url = url
        self.options = options

    def __call__(self, method: str, path: str, json: object = None, **kwargs) -> requests.Response:
        return requests.request(method, f"{self.url}{path}", json=json, **{"timeout": 60, **self.options, **kwargs})

    def status(self, name: str) -> dict:
        return self("GET", f"/connectors/{name}/status").json()

    def states(self, name: str) -> tuple[str | None, ...]:
        """The connector's state and those of its tasks."""
        status = self.status(name)
        return (status.get("connector", {}).get("state"), *(task["state"] for task in status.get("tasks", [])))

    def await_states(self, name: str, *expected: str) -> None:
        until(lambda: self.states(name) == expected)

    def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        lines = (line.split(" ") for line in self("GET", "/metrics").text.splitlines())
        return next(float(line[1]) for line in lines if line[0] == name)

    def create(self, name: str, **config: object) -> requests.Response:
        config = {"connector.class": "Counter", "topic": f"{name}-data", **config}
        return self("POST", "/connectors", {"name": name, "config": config})


class WorkerProcess:
    """`rowtide worker` as a user starts it."""

    def __init__(self, scratch: Path, group: str, bootstrap: str) -> None:
        self.arguments: tuple[str, tuple[str, ...]] = ("worker", ())
        self.group = group
        self.port = free_port()
        self.rest = Rest(f"http://127.0.0.1:{self.port}")
        self.log = scratch / f"{uuid.uuid4().hex}.log"
        self.options = {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            **{f"{kind}.storage.topic": f"{group}-{kind}" for kind in ("config", "offset", "status")},
            **{f"{kind}.storage.replication.factor": "1" for kind in ("config", "offset", "status")},
            "offset.storage.partitions": "3",
            "status.storage.partitions": "2",
            "offset.flush.interval.ms": "500",
            "scheduled.rebalance.max.delay.ms": "1000",
            "session.timeout.ms": "6000",
            "heartbeat.interval.ms": "500",
            "listeners": f"http://127.0.0.1:{self.port}",
        }
        self._scratch = scratch
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        file = self._scratch / f"{self.port}.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in self.options.items()), encoding="utf-8")
        path = os.pathsep.join([str(self._scratch / "path"), str(ROOT)])
        self._log_start = len(self.log.read_text(encoding="utf-8")) if self.log.exists() else 0
        command, more = self.arguments
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from rowtide.cli import main; main()", command, str(file), *more],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
            )
        if wait:
            until(self.healthy)

    def healthy(self) -> bool:
        try:
            return self.rest("GET", "/health").status_code == 200
        except requests.ConnectionError:
            assert self._process is None or self._process.poll() is None, self.log.read_text(encoding="utf-8")
            return False

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, timeout_s: float = 30) -> int:
        return self._process.wait(timeout_s)

    def last_log(self) -> str:
        """What the process that runs now has logged."""
        return self.log.read_text(encoding="utf-8")[self._log_start :]

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="session")
def bootstrap() -> str:
    return os.environ.get("ROWTIDE_TEST_KAFKA", "127.0.0.1:9092")


@pytest.fixture(scope="module")
def group(bootstrap: str) -> Iterator[str]:
    """A group id; every topic whose name begins with it is deleted in the end."""
    name = f"r-test-{uuid.uuid4().hex[:10]}"
    yield name
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topics = [topic for topic in admin.list_topics(timeout=30).topics if topic.startswith(name)]
    for future in admin.delete_topics(topics).values() if topics else ():
        future.result(30)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the test connector is installed."""
    folder = tmp_path_factory.mktemp("workers")
    dist = folder / "path" / "counter-1.0.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: counter\nVersion: 1.0\n", encoding="utf-8")
    (dist / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def worker(scratch: Path, group: str, bootstrap: str) -> Iterator[WorkerProcess]:
    process = WorkerProcess(scratch, group, bootstrap)
    try:
        process.start()
        yield process
    finally:
        process.close()


@pytest.fixture
def rest(worker: WorkerProcess) -> Rest:
    return worker.rest


@pytest.fixture
def name(group: str, rest: Rest) -> Iterator[str]:
    """The name of a connector, which is deleted afterwards."""
    name = f"{group}-{uuid.uuid4().hex[:6]}"
    yield name
    if rest("DELETE", f"/connectors/{name}").status_code == 204:
        until(lambda: rest("GET", f"/connectors/{name}/status").status_code == 404)
