"""The herder's decisions, each on its own."""

import base64

import pytest

from rowtide.errors import BadRequestError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.restart import RestartPlan, plan_restart, strongest
from rowtide.runtime.herder.session_keys import SessionKeys, is_valid, read_signature, signature_headers
from rowtide.runtime.herder.task_configs import must_publish, put_placeholders_back
from rowtide.runtime.storage.snapshot import RestartRequest, SessionKey
from tests.unit.runtime.test_config import MINIMAL

TASKS = [(1, "FAILED"), (0, "RUNNING"), (2, "PAUSED")]


@pytest.mark.parametrize(
    ("include_tasks", "only_failed", "connector_state", "expected"),
    [
        (False, False, "RUNNING", RestartPlan(True, ())),
        (True, False, "RUNNING", RestartPlan(True, (0, 1, 2))),
        (True, True, "RUNNING", RestartPlan(False, (1,))),
        (True, True, "FAILED", RestartPlan(True, (1,))),
        (False, True, "RUNNING", RestartPlan(False, ())),
        (False, True, "FAILED", RestartPlan(True, ())),
    ],
)
def test_a_restart_concerns_what_the_flags_say(include_tasks, only_failed, connector_state, expected):
    request = RestartRequest("c", include_tasks, only_failed)
    assert plan_restart(request, connector_state, TASKS) == expected


def test_the_strongest_waiting_restart_counts():
    everything, connector = RestartRequest("c", True, False), RestartRequest("c", False, False)
    failed_tasks, failed = RestartRequest("c", True, True), RestartRequest("c", False, True)
    by_rank = [failed, failed_tasks, connector, everything]
    for i, weaker in enumerate(by_rank):
        for stronger in by_rank[i + 1 :]:
            assert strongest(weaker, stronger) is stronger
            assert strongest(stronger, weaker) is stronger
    assert strongest(None, failed) is failed


def test_placeholders_return_where_the_connector_has_them():
    raw = {"password": "${env:P}", "url": "x${env:H}y", "plain": "a", "nothing": None}
    made = [{"password": "hunter2", "plain": "b", "own": "hunter2"}]
    assert put_placeholders_back(made, raw) == [{"password": "${env:P}", "plain": "b", "own": "hunter2"}]


@pytest.mark.parametrize(
    ("new", "current", "applied", "expected"),
    [
        ([{"a": "1"}], [{"a": "1"}], {"c": "1"}, False),
        ([{"a": "1"}], [{"a": "2"}], {"c": "1"}, True),
        ([{"a": "1"}], [], None, True),
        ([], [{"a": "1"}], {"c": "1"}, True),
        ([], [], {"c": "0"}, False),
        ([{"a": "1"}], [{"a": "1"}], {"c": "0"}, True),
        ([{"a": "1"}], [{"a": "1"}], None, False),
    ],
)
def test_task_configs_are_published_only_when_something_changed(new, current, applied, expected):
    assert must_publish(new, current, {"c": "1"}, applied) is expected


# The vectors were made with Kafka Connect's own classes.
KEY = SessionKey(bytes(range(32)), "HmacSHA256", 0)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b'[{"a":"b"}]', "Eroe1tB3QaSe5EJ0n/U/3E2UQZRh4D5G73yb9AU1xkM="),
        (b"", "04tCCW2A9F+Ca0Sp1WB95ySWpBXT9KGoyI47udqNwcs="),
    ],
)
def test_signatures_are_kafka_connects(body, signature):
    headers = signature_headers(KEY, body)
    expected = {"X-Connect-Authorization": signature, "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}
    assert headers == expected
    read = read_signature({name.lower(): value for name, value in headers.items()})
    assert read == base64.b64decode(signature)
    assert is_valid(KEY, body, read)
    assert not is_valid(KEY, body + b" ", read)


def test_a_request_without_both_headers_is_unsigned():
    assert read_signature({"x-connect-authorization": "AAAA"}) is None
    assert read_signature({"x-connect-request-signature-algorithm": "HmacSHA256"}) is None


@pytest.mark.parametrize(("algorithm", "text"), [("HmacMD5", "AAAA"), ("HmacSHA256", "no base64!")])
def test_signatures_that_cannot_be_read_are_refused(algorithm, text):
    headers = {"x-connect-authorization": text, "x-connect-request-signature-algorithm": algorithm}
    with pytest.raises(BadRequestError):
        read_signature(headers)


def test_a_session_key_is_due_when_there_is_none_and_when_it_has_expired():
    now = [1000]
    keys = SessionKeys(WorkerConfig({**MINIMAL, "inter.worker.key.ttl.ms": "500"}), lambda: now[0])
    assert keys.is_due(None)
    key = keys.new()
    assert len(key.key) == 32
    assert not keys.is_due(key)
    now[0] = 1500
    assert keys.is_due(key)
    assert keys.is_due(SessionKey(b"short", "HmacSHA256", now[0]))
    assert keys.is_due(SessionKey(bytes(32), "HmacSHA512", now[0]))


def test_a_time_to_live_of_zero_never_ends():
    keys = SessionKeys(WorkerConfig({**MINIMAL, "inter.worker.key.ttl.ms": "0"}), lambda: 10**15)
    assert not keys.is_due(SessionKey(bytes(32), "HmacSHA256", 0))
