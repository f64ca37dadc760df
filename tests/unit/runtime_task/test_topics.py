"""The topic.creation.* options."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError, ConnectError, KafkaUnavailableError
from rowtide.runtime.task.topics import TopicCreator, topic_groups

DEFAULT = {"topic.creation.default.partitions": "3", "topic.creation.default.replication.factor": "-1"}


class Admin:
    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def ensure_topic(self, *arguments):
        self.asked.append(arguments)
        return True


def created(config: dict[str, str], topic: str) -> list[tuple]:
    admin = Admin()
    TopicCreator(topic_groups(config), admin).ensure(topic)
    return admin.asked


def test_no_options_leave_topics_to_the_broker():
    assert topic_groups({"name": "c"}) == []


def test_default_group_takes_every_topic_and_other_options_are_topic_settings():
    config = {**DEFAULT, "topic.creation.default.cleanup.policy": "compact"}
    assert created(config, "a") == [("a", 3, -1, {"cleanup.policy": "compact"})]


GROUPS = {
    **DEFAULT,
    "topic.creation.groups": "first,second",
    "topic.creation.first.include": "a.*,b",
    "topic.creation.first.exclude": "ax.*",
    "topic.creation.first.partitions": "7",
    "topic.creation.second.include": "a.*",
    "topic.creation.second.replication.factor": "2",
    "topic.creation.default.exclude": "secret",
}


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("abc", [("abc", 7, -1, {})]),
        ("b", [("b", 7, -1, {})]),
        ("ba", [("ba", 3, -1, {})]),
        ("axe", [("axe", 3, 2, {})]),
        ("secret", []),
    ],
)
def test_first_group_that_covers_the_whole_name_wins(topic, expected):
    assert created(GROUPS, topic) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"topic.creation.default.partitions": "3"}, 'Missing .*"topic.creation.default.replication.factor"'),
        ({**DEFAULT, "topic.creation.groups": "a"}, 'Missing .*"topic.creation.a.include"'),
        ({**DEFAULT, "topic.creation.default.partitions": "0"}, "Invalid value 0 .*Value must be -1 or greater"),
        ({**DEFAULT, "topic.creation.default.partitions": "x"}, "Invalid value x .*Not a number"),
        ({**DEFAULT, "topic.creation.default.exclude": "("}, "not a regular expression"),
    ],
)
def test_wrong_options_are_refused(config, expected):
    with pytest.raises(ConfigError, match=expected):
        topic_groups(config)


def test_refusal_of_the_broker_names_the_topic():
    class Refusing:
        def ensure_topic(self, *arguments):
            raise KafkaUnavailableError("no rights")

    with pytest.raises(ConnectError, match="Task failed to create new topic a ") as raised:
        TopicCreator(topic_groups(DEFAULT), Refusing()).ensure("a")
    assert isinstance(raised.value.__cause__, KafkaUnavailableError)
