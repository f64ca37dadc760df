"""What a worker's configuration says of its internal topics."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.storage.topics import internal_topic


def test_defaults_are_connects() -> None:
    worker = {f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")}
    described = [internal_topic(kind, worker) for kind in ("config", "offset", "status")]
    assert [(topic.partitions, topic.replication_factor) for topic in described] == [(1, 3), (25, 3), (5, 3)]
    assert all(topic.configs == {"cleanup.policy": "compact"} for topic in described)
    assert described[1].setting == "offset.storage.topic"


def test_other_suffixes_are_settings_of_the_topic_but_for_the_cleanup_policy() -> None:
    topic = internal_topic(
        "status",
        {
            "status.storage.topic": "s",
            "status.storage.partitions": "-1",
            "status.storage.replication.factor": "1",
            "status.storage.min.insync.replicas": "2",
            "status.storage.cleanup.policy": "delete",
        },
    )
    assert (topic.partitions, topic.replication_factor) == (-1, 1)
    assert topic.configs == {"min.insync.replicas": "2", "cleanup.policy": "compact"}


def test_the_config_topic_has_one_partition_whatever_is_said() -> None:
    worker = {"config.storage.topic": "c", "config.storage.partitions": "7"}
    assert internal_topic("config", worker).partitions == 1


@pytest.mark.parametrize("value", ["0", "-2", "many"])
def test_a_wrong_number_names_its_setting(value: str) -> None:
    with pytest.raises(ConfigError, match=r"offset\.storage\.replication\.factor"):
        internal_topic("offset", {"offset.storage.topic": "o", "offset.storage.replication.factor": value})


def test_a_missing_topic_names_its_setting() -> None:
    with pytest.raises(ConfigError, match=r"config\.storage\.topic"):
        internal_topic("config", {})
