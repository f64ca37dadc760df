"""Topics as the worker makes and checks them."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin
from rowtide.runtime.storage.topics import ensure_internal_topic, internal_topic

pytestmark = pytest.mark.kafka


def test_the_cluster_has_an_id(admin: Admin) -> None:
    assert len(admin.cluster_id()) == 22


def test_a_topic_is_created_once_and_described(admin: Admin, make_topic) -> None:
    name = make_topic(0)
    assert admin.describe_topic(name) is None
    assert admin.ensure_topic(name, 3, 1, {"cleanup.policy": "compact", "min.insync.replicas": "1"})
    assert not admin.ensure_topic(name, 7, 1, {})
    facts = admin.describe_topic(name)
    assert (facts.partitions, facts.cleanup_policy) == (3, "compact")
    assert facts.configs["retention.ms"] == "604800000", "defaults are among the settings"


def test_the_brokers_defaults_can_be_asked_for(admin: Admin, make_topic) -> None:
    name = make_topic(0)
    assert admin.ensure_topic(name, -1, -1, {})
    assert admin.topic_partitions(name) >= 1


def test_a_topic_of_more_replicas_than_brokers_is_refused(properties, make_topic) -> None:
    patient = Admin(properties, timeout_s=2)
    with pytest.raises(KafkaUnavailableError, match="INVALID_REPLICATION_FACTOR"):
        patient.ensure_topic(make_topic(0), 1, 30, {})
    patient.close()


def worker(kind: str, name: str) -> dict[str, str]:
    return {f"{kind}.storage.topic": name, f"{kind}.storage.replication.factor": "1"}


@pytest.mark.parametrize(("kind", "partitions"), [("config", 1), ("offset", 25), ("status", 5)])
def test_internal_topics_are_created_compacted(admin: Admin, make_topic, kind, partitions: int) -> None:
    topic = internal_topic(kind, worker(kind, make_topic(0)))
    facts = ensure_internal_topic(admin, topic)
    assert (facts.partitions, facts.cleanup_policy) == (partitions, "compact")
    assert ensure_internal_topic(admin, topic).partitions == partitions


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_an_internal_topic_of_another_policy_is_refused_by_setting_and_name(admin: Admin, make_topic, policy) -> None:
    name = make_topic(1, **{"cleanup.policy": policy})
    with pytest.raises(ConfigError, match=rf"{name}.*status\.storage\.topic.*cleanup\.policy"):
        ensure_internal_topic(admin, internal_topic("status", worker("status", name)))


def test_a_config_topic_of_two_partitions_is_refused(admin: Admin, make_topic) -> None:
    name = make_topic(2)
    with pytest.raises(ConfigError, match=rf"{name}.*config\.storage\.topic.*single partition"):
        ensure_internal_topic(admin, internal_topic("config", worker("config", name)))


def test_a_topic_that_cannot_be_created_names_the_setting(properties, make_topic) -> None:
    patient = Admin(properties, timeout_s=2)
    topic = internal_topic("offset", {**worker("offset", make_topic(0)), "offset.storage.replication.factor": "30"})
    with pytest.raises(KafkaUnavailableError, match=r"offset\.storage\.topic.*offset\.storage\.replication\.factor"):
        ensure_internal_topic(patient, topic)
    patient.close()
