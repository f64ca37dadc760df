"""The connectors that the command line of a standalone worker names."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.membership.events import Assigned, MemberEvent
from rowtide.runtime.membership.sole import SoleMember
from rowtide.runtime.standalone import read_connector
from rowtide.runtime.storage.snapshot import ConfigSnapshot
from rowtide.runtime.worker_options import MODE


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("name=a\ntasks.max = 1\n", None),
        ('{"name": "a", "tasks.max": 1}', None),
        ('{"name": "a", "config": {"tasks.max": "1"}}', None),
        ('{"name": "a", "config": {"tasks.max": "1", "name": "a"}, "initial_state": "PAUSED", "more": 1}', "PAUSED"),
    ],
)
def test_every_form_of_kafka_connect_is_read(tmp_path: Path, text: str, state: str | None) -> None:
    path = tmp_path / "connector"
    path.write_text(text)
    request = read_connector(str(path))
    assert (request.name, request.config, request.target_state) == ("a", {"name": "a", "tasks.max": "1"}, state)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tasks.max=1", "is missing the mandatory 'name' configuration"),
        ('{"tasks.max": "1"}', "is missing the mandatory 'name' configuration"),
        ('{"name": "a", "config": {"name": "b"}}', "doesn't match"),
        ('{"name": "a", "b": []}', "must be a text"),
    ],
)
def test_what_is_wrong_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "connector"
    path.write_text(text)
    with pytest.raises(ConfigError, match=f"{path}.*{message}"):
        read_connector(str(path))


def test_nothing_of_a_group_is_needed() -> None:
    converter = "org.apache.kafka.connect.json.JsonConverter"
    properties = {
        "bootstrap.servers": "k",
        "key.converter": converter,
        "value.converter": converter,
        MODE: "standalone",
    }
    config = WorkerConfig(properties)
    assert config.standalone
    assert config.warn_unknown() == []


def test_a_group_of_one_is_given_everything_and_loses_what_is_removed() -> None:
    events: list[MemberEvent] = []
    snapshot = ConfigSnapshot(4, {"a": {}, "b": {}}, task_counts={"a": 2})
    member = SoleMember("http://w:1/", lambda: snapshot, events.append)
    member.start()
    snapshot = ConfigSnapshot(5, {"a": {}}, task_counts={"a": 1})
    member.request_rejoin("b was removed")
    first, second = (event.assignment for event in events if isinstance(event, Assigned))
    assert first.is_leader
    assert (first.connectors, first.tasks, first.config_offset) == ({"a", "b"}, {("a", 0), ("a", 1)}, 4)
    assert (second.connectors, second.tasks) == ({"a"}, {("a", 0)})
    assert (second.revoked_connectors, second.revoked_tasks) == ({"b"}, {("a", 1)})
