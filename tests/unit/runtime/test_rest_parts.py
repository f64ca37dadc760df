"""The REST interface without a worker: routes, bodies, and the description that is served."""

import json
import ssl
from importlib.resources import files
from pathlib import Path
from unittest.mock import sentinel

import pytest
import yaml

from rowtide.errors import AlreadyExistsError, BadRequestError, ConnectError, NotFoundError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.group import Elsewhere, Group
from rowtide.runtime.loggers import LoggerLevels
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.rest.api import Services
from rowtide.runtime.rest.bodies import config_map, create_request, offset_changes, with_name
from rowtide.runtime.rest.errors import CONFLICT, NO_LEADER, HttpError, status_of
from rowtide.runtime.rest.forwarding import forward
from rowtide.runtime.rest.http import Call, Route, created_response, split_path
from rowtide.runtime.rest.internal import check_signature
from rowtide.runtime.rest.routes import all_routes
from rowtide.runtime.storage.snapshot import SessionKey
from rowtide.runtime.worker_client import WorkerClient
from tests.unit.runtime.test_config import MINIMAL

CLIENT = WorkerClient(ssl.create_default_context)

SOURCE = Path(__file__).parents[3] / "schemas/connect-rest/openapi.yaml"


def test_the_served_description_is_the_one_in_schemas():
    described = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    served = json.loads(files("rowtide.runtime.rest").joinpath("openapi.json").read_text(encoding="utf-8"))
    assert served == described, "run bin/openapi"


def test_the_description_lists_exactly_the_operations_that_there_are():
    described = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    listed = {
        (method.upper(), path)
        for path, item in described["paths"].items()
        for method in item
        if method in ("get", "put", "post", "patch", "delete")
    }
    services = Services(*[_Any()] * 5)
    routes, admin = all_routes(
        WorkerConfig(MINIMAL), PluginRegistry([]), services, sentinel.pool, lambda: None, _Any(), LoggerLevels()
    )
    assert {(route.method, route.path) for route in routes} == listed
    assert admin == []
    bodies = {
        (method.upper(), path)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "requestBody" in operation
    }
    assert {(route.method, route.path) for route in routes if route.consumes} == bodies


class _Any:
    """Stands where a route table only keeps a reference."""

    def __getattr__(self, name):
        return self


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/connectors/a/status", {"c": "a"}),
        ("/connectors/a%2Fb%20c/status/", {"c": "a/b c"}),
        ("/connectors/%C3%A9/status", {"c": "é"}),
        ("/connectors/a", None),
        ("/connectors/a/b/status", None),
    ],
)
def test_routes_match_encoded_segments(path, params):
    assert Route("GET", "/connectors/{c}/status", sentinel.handler).match(split_path(path)) == params


@pytest.mark.parametrize(
    ("name", "path"),
    [("a", "/connectors/a"), ("my conn", "/connectors/my%20conn"), ("a/é", "/connectors/a/%C3%A9")],
)
def test_the_location_of_a_created_connector(name, path):
    assert created_response({}, "http://h:1", name).headers["Location"] == f"http://h:1{path}"


def test_a_create_request_is_trimmed_and_gets_its_name_into_the_config():
    request = create_request({"name": " n ", "config": {"a": 1, "b": True, "c": None, "d": 1.5}, "initial_state": None})
    config = {"a": "1", "b": "true", "c": None, "d": "1.5", "name": "n"}
    assert (request.name, request.config, request.target_state) == ("n", config, None)
    assert list(request.config) == ["a", "b", "c", "d", "name"]


@pytest.mark.parametrize(("text", "state"), [("running", "STARTED"), ("PAUSED", "PAUSED"), ("Stopped", "STOPPED")])
def test_initial_states(text, state):
    assert create_request({"name": "n", "config": {}, "initial_state": text}).target_state == state


def test_another_name_in_the_configuration_is_refused():
    with pytest.raises(BadRequestError, match=r"\(b\) doesn't match connector name in the URL \(a\)"):
        with_name({"name": "b"}, "a")
    assert with_name({"name": None}, "a") == {"name": "a"}


@pytest.mark.parametrize("body", [None, [], "x", {"a": []}, {"a": {}}])
def test_a_configuration_is_a_flat_object(body):
    with pytest.raises(BadRequestError):
        config_map(body)


def test_offsets_keep_their_order_and_types():
    body = {"offsets": [{"partition": {"s": "x"}, "offset": {"pos": 4, "file": "b", "snapshot": True}}]}
    ((partition, offset),) = offset_changes(body)
    assert partition == {"s": "x"}
    assert list(offset.items()) == [("pos", 4), ("file", "b"), ("snapshot", True)]


def test_a_partition_may_be_named_once():
    entry = {"partition": {"s": "x"}, "offset": None}
    with pytest.raises(BadRequestError, match="twice"):
        offset_changes({"offsets": [entry, entry]})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(""), 404),
        (AlreadyExistsError(""), 409),
        (BadRequestError(""), 400),
        (ConnectError(""), 500),
        (HttpError(415), 415),
        (ValueError(), 500),
    ],
)
def test_statuses_of_errors(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("query", "elsewhere", "message"),
    [
        ({}, Elsewhere(None), NO_LEADER),
        ({"forward": ["true"]}, Elsewhere(None), NO_LEADER),
        ({"forward": ["false"]}, Elsewhere("http://127.0.0.1:1/"), CONFLICT),
    ],
)
def test_what_cannot_be_forwarded_is_a_conflict(query, elsewhere, message):
    with pytest.raises(HttpError) as caught:
        forward(Call("GET", {}, query), ["connectors"], elsewhere, CLIENT)
    assert (caught.value.status, str(caught.value)) == (409, message)


def test_a_leader_that_does_not_answer_is_an_io_error():
    with pytest.raises(HttpError, match="IO Error trying to forward REST request: ") as caught:
        forward(Call("DELETE", {}), ["connectors", "a"], Elsewhere("http://127.0.0.1:1/"), CLIENT)
    assert caught.value.status == 500


@pytest.mark.parametrize(
    ("sessioned", "key", "signature", "status"),
    [
        (True, None, None, 400),
        (True, None, b"x", 503),
        (True, SessionKey(bytes(32), "HmacSHA256", 0), b"x", 403),
        (False, None, None, None),
    ],
)
def test_signatures_are_asked_for_when_the_protocol_has_them(sessioned, key, signature, status):
    group = Group(sessioned=sessioned)
    if status is None:
        check_signature(group, key, b"[]", signature)
        return
    with pytest.raises(HttpError) as caught:
        check_signature(group, key, b"[]", signature)
    assert caught.value.status == status
