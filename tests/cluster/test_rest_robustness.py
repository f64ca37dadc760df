"""Whatever clients send, the worker answers with what its description says, and its tasks go on."""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance as content_types
from schemathesis.specs.openapi.checks import response_schema_conformance as schemas
from schemathesis.specs.openapi.checks import status_code_conformance as statuses

from tests.cluster.cluster import Cluster, running_tasks
from tests.cluster.conftest import stub_config
from tests.integration.runtime.conftest import ROOT, Rest, WorkerProcess, settled

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

JSON = {"Content-Type": "application/json"}
BODIES = 150
EXAMPLES = int(os.environ.get("ROWTIDE_REST_EXAMPLES", "8"))
CONNECTIONS = 500
SLOW = 100


@pytest.fixture(scope="module")
def worker(scratch: Path, group: str, bootstrap: str) -> Iterator[WorkerProcess]:
    cluster = Cluster(scratch, group, bootstrap)
    try:
        worker = cluster.add()
        name = f"{group}-steady"
        settled(lambda: worker.rest("PUT", f"/connectors/{name}/config", stub_config(name)))
        worker.rest.await_states(name, "RUNNING", "RUNNING")
        yield worker
    finally:
        cluster.close()


@pytest.fixture
def rest(worker: WorkerProcess, group: str) -> Iterator[Rest]:
    """Afterwards the worker is healthy, and its task is the process that it was."""
    before = _task(worker, group)
    yield worker.rest
    began = time.monotonic()
    assert worker.rest("GET", "/health").status_code == 200
    assert time.monotonic() - began < 10
    assert _task(worker, group) == before
    assert worker.rest.states(f"{group}-steady") == ("RUNNING", "RUNNING")


def _task(worker: WorkerProcess, group: str) -> list[int]:
    pids = [task.pid for task in running_tasks() if task.worker == worker.pid and task.label == f"{group}-steady-0"]
    assert len(pids) == 1
    return pids


DESCRIPTION = schemathesis.openapi.from_path(ROOT / "schemas" / "connect-rest" / "openapi.yaml")
OPERATIONS = {found.ok().label: found.ok() for found in DESCRIPTION.get_all_operations()}


# What is wrong can be made of parameters and bodies only.
CASES = [(label, GenerationMode.POSITIVE) for label in OPERATIONS]
CASES += [(label, GenerationMode.NEGATIVE) for label, found in OPERATIONS.items() if found.body or found.query]


@pytest.mark.parametrize(("operation", "mode"), CASES)
def test_answers_are_as_described(rest: Rest, operation: str, mode: GenerationMode) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=OPERATIONS[operation].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=rest.url, timeout=95)
        case.validate_response(answer, checks=[not_a_server_error, statuses, content_types, schemas])

    ask()


PATHS = (
    ("POST", "/connectors"),
    ("PUT", "/connectors/{}/config"),
    ("PATCH", "/connectors/{}/config"),
    ("PATCH", "/connectors/{}/offsets"),
    ("POST", "/connectors/{}/tasks"),
    ("PUT", "/connector-plugins/Counter/config/validate"),
    ("PUT", "/admin/loggers/{}"),
)
ODD_BODIES = (
    b"",
    b"null",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"1" * 10_000,
    b'{"name":"a","config":{"connector.class":"Counter","topic":"t","count":' + b"9" * 5000 + b"}}",
    b'{"name":"\\ud800","config":{"connector.class":"Counter","topic":"\\udfff"}}',
    b'{"connector.class":"Counter","topic":"\\ud800","level":"\\ud800"}',
    b'{"connector.class":"Counter","topic":1e999,"level":NaN}',
    b'{"connector.class":"Counter","topic":"t","transforms":"\\ud800"}',
    b'{"connector.class":"Counter","topic":"t","transforms":"' + b"a," * 20_000 + b'"}',
    b'{"connector.class":"Counter","topic":"t","name":"${file:/etc/passwd:x}"}',
    b'{"connector.class":"Counter","topic":"t","topic.creation.groups":"a,b","topic.creation.a.include":"("}',
    b'{"connector.class":"Counter","topic":"t","producer.override.acks":"\xff"}',
    b'{"offsets":[{"partition":{"counter":"\\ud800"},"offset":{"position":1e999}}]}',
    b'[{"a":{}}]',
    b"\xff\xfe{}",
    "{\ufeff}".encode(),
)


def test_odd_bodies_are_the_clients_mistake(rest: Rest) -> None:
    for method, path in PATHS:
        for body in ODD_BODIES:
            answer = _send(rest, method, path.format("odd"), body)
            assert answer.status_code < 500, (method, path, body[:80], answer.text)


def test_fuzzed_bodies(rest: Rest) -> None:
    chooser = random.Random(7)
    good = [
        json.dumps({"name": "fuzz", "config": stub_config("fuzz"), "initial_state": "STOPPED"}).encode(),
        json.dumps(stub_config("fuzz", transforms="t")).encode(),
        b'{"offsets":[{"partition":{"counter":"c"},"offset":{"position":1}}]}',
        b'{"level":"DEBUG"}',
    ]
    for _ in range(BODIES):
        body = bytearray(chooser.choice(good))
        for _ in range(chooser.randrange(1, 6)):
            at = chooser.randrange(len(body))
            body[at : at + chooser.randrange(3)] = chooser.choice(
                [bytes([chooser.randrange(256)]), b"null", b"{}", b"\\u0000", b'"', b"", b"[1]", b"-1e9"]
            )
        method, path = chooser.choice(PATHS)
        answer = _send(rest, method, path.format("fuzz"), bytes(body))
        assert answer.status_code < 500, (method, path, bytes(body), answer.text)
    rest("DELETE", "/connectors/fuzz")


@pytest.mark.parametrize(
    "name",
    ["a/b", "%", "a%2Fb", "%00", "%01", "%7F", "%ff%fe", "%C3%A4", "%F0%9F%98%80", "a b", "..", "%2e%2e", "a%0d%0aX",
     "x" * 3000, "%ED%A0%80", "%E2%80%AE", "?", "a;b=c", "a%3Fb"],
)  # fmt: skip
def test_odd_names_in_paths(rest: Rest, name: str) -> None:
    for method, path, body in (
        ("GET", "/connectors/{}", b""),
        ("GET", "/connectors/{}/status", b""),
        ("GET", "/connectors/{}/offsets", b""),
        ("GET", "/connectors/{}/topics", b""),
        ("PUT", "/connectors/{}/pause", b""),
        ("DELETE", "/connectors/{}", b""),
        ("POST", "/connectors/{}/restart?includeTasks=true", b""),
        ("GET", "/connectors/c/tasks/{}/status", b""),
        ("GET", "/admin/loggers/{}", b""),
        ("GET", "/connector-plugins/{}/config", b""),
        ("PUT", "/connectors/{}/config", b'{"connector.class":"Counter"}'),
    ):
        status = _raw(rest, method, path.format(name), body)
        assert 200 <= status < 500, (method, path, name, status)


def test_odd_names_live_and_die(rest: Rest) -> None:
    for index, name in enumerate(("a/b", "ü ö", "\U0001f600", "a%2Fb", "..", "x-0-1", "connector-", "a:b", "\u202e")):
        config = {**stub_config(f"odd-{index}", name=name), "topic": "odd"}
        created = settled(lambda: rest("POST", "/connectors", {"name": name, "config": config}))  # noqa: B023
        assert created.status_code == 201, created.text
        path = f"/connectors/{requests.utils.quote(name, safe='').replace('.', '%2E')}"
        raw = _raw(rest, "GET", path, b"")
        assert raw == 200, name
        assert settled(lambda: _Raw(rest, "DELETE", path)).status_code == 204  # noqa: B023


def test_large_bodies(rest: Rest) -> None:
    large = "x" * (10 * 1024 * 1024)
    many = {f"option.{i}": "x" * 10 for i in range(300_000)}
    for config in ({**stub_config("large"), "large": large}, {**stub_config("large"), **many}):
        for method, path, body in (
            ("PUT", "/connectors/large/config", config),
            ("POST", "/connectors", {"name": "large", "config": config}),
            ("PUT", "/connector-plugins/Counter/config/validate", config),
        ):
            answer = _send(rest, method, path, json.dumps(body).encode())
            assert answer.status_code < 500, (method, path, answer.text[:300])
    assert _send(rest, "PUT", "/connectors/large/config", b" " * (17 * 1024 * 1024)).status_code == 413


def test_slow_and_silent_clients_hinder_nobody(rest: Rest) -> None:
    with _Sockets(rest, SLOW) as sockets:
        for index, each in enumerate(sockets):
            if index % 3 == 1:
                each.sendall(b"PUT /connectors/slow/config HTTP/1.1\r\nHost: a\r\nContent-Ty")
            elif index % 3 == 2:
                each.sendall(b"PUT /connectors/slow/config HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                             b"Content-Length: 1000\r\n\r\n{")  # fmt: skip
        for _ in range(10):
            for each in sockets:
                each.sendall(b" ") if each in sockets[2::3] else None
            began = time.monotonic()
            assert rest("GET", "/connectors").status_code == 200
            assert time.monotonic() - began < 5


def test_five_hundred_connections_at_once(rest: Rest) -> None:
    with _Sockets(rest, CONNECTIONS) as sockets, ThreadPoolExecutor(50) as pool:
        assert set(pool.map(_request_connectors, sockets)) == {b"HTTP/1.1 200 OK"}
        # The same connections once more: they were kept.
        assert set(pool.map(_request_connectors, sockets)) == {b"HTTP/1.1 200 OK"}


def _request_connectors(connection: socket.socket) -> bytes:
    connection.sendall(b"GET /connectors?expand=info&expand=status HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return head.partition(b"\r\n")[0]


class _Sockets:
    """Open connections to a worker, as a context."""

    def __init__(self, rest: Rest, count: int) -> None:
        self._address = ("127.0.0.1", int(rest.url.rpartition(":")[2]))
        self._count = count
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> list[socket.socket]:
        for _ in range(self._count):
            self._sockets.append(socket.create_connection(self._address, timeout=60))
        return self._sockets

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()


class _Raw:
    """A request whose path nobody tidies; for `settled`."""

    def __init__(self, rest: Rest, method: str, path: str) -> None:
        self.status_code = _raw(rest, method, path, b"")


def _send(rest: Rest, method: str, path: str, body: bytes) -> requests.Response:
    return requests.request(method, f"{rest.url}{path}", data=body, headers=JSON, timeout=95)


def _raw(rest: Rest, method: str, path: str, body: bytes) -> int:
    with _Sockets(rest, 1) as (connection,):
        head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return int(answer.split(b" ", 2)[1])
