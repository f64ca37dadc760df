"""The registry over real HTTP: several urls, credentials, retries, and what is said when it fails."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator

import pytest

from rowtide_sdk import ConfigError, Registry, RegistryError
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving

TEXT = json.dumps({"type": "record", "name": "R", "fields": []})


@pytest.fixture
def server() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry(schemas=[("s", TEXT)])) as running:
        yield running


@pytest.fixture
def closed_url() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_failures_that_pass_are_tried_again_with_growing_waits(server: ScriptedRegistry) -> None:
    server.script = [(500, {}), (503, {}), (429, {})]
    registry, waits = Registry(server.url), []
    registry._sleep = waits.append
    assert registry.schema(1).text == TEXT
    assert waits == [0.2, 0.4, 0.8]


def test_it_gives_up_and_says_why(server: ScriptedRegistry) -> None:
    server.script = [(500, {})] * 3
    registry = Registry(server.url, attempts=3)
    registry._sleep = lambda _: None
    with pytest.raises(RegistryError, match=r"schema 1 could not be read .* in 3 attempts: .* status 500"):
        registry.schema(1)


def test_the_next_url_is_asked_at_once(server: ScriptedRegistry, closed_url: str) -> None:
    registry = Registry(f"{closed_url}, {server.url}/", attempts=1)
    assert registry.schema(1).text == TEXT


def test_one_url_that_lacks_a_schema_does_not_decide_for_one_that_is_down(
    server: ScriptedRegistry, closed_url: str
) -> None:
    server.script = [(404, {})]
    with pytest.raises(RegistryError) as caught:
        Registry([server.url, closed_url], attempts=1).schema(9)
    assert not caught.value.missing


def test_a_missing_schema_is_not_waited_for(server: ScriptedRegistry) -> None:
    server.script = [(404, {})]
    with pytest.raises(RegistryError, match="schema 9 is not in the registry") as caught:
        Registry(server.url).schema(9)
    assert caught.value.missing
    assert len(server.requests) == 1


def test_user_and_password_are_sent_and_never_shown(server: ScriptedRegistry) -> None:
    Registry(server.url, auth=("ann", "secret")).schema(1)
    assert server.requests[0][2]["Authorization"] == f"Basic {base64.b64encode(b'ann:secret').decode()}"
    inside = server.url.replace("//", "//ann:secret@")
    server.script = [(401, {})]
    with pytest.raises(RegistryError, match="status 401; Registry's auth") as caught:
        Registry(inside).schema(1)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Registry(inside))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"schema": "{}", "schemaType": "PROTOBUF"}, "PROTOBUF; only Avro"),
        ({"other": 1}, "has no schema"),
        ([], "address of Confluent's API"),
    ],
)
def test_answers_that_cannot_be_used(answer: object, problem: str, server: ScriptedRegistry) -> None:
    server.script = [(200, answer)]
    with pytest.raises(RegistryError, match=problem):
        Registry(server.url).schema(1)


@pytest.mark.parametrize("urls", ["", [], "registry:8081", "ftp://registry"])
def test_urls_that_cannot_work(urls: str | list[str]) -> None:
    with pytest.raises(ConfigError):
        Registry(urls)
