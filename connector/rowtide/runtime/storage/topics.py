"""Creates the internal topics and refuses those that would lose data."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.admin import Admin, TopicFacts

_log = logging.getLogger(__name__)

Kind = Literal["config", "offset", "status"]

_DEFAULT_PARTITIONS: Mapping[Kind, int] = {"config": 1, "offset": 25, "status": 5}
_NOT_TOPIC_SETTINGS = ("topic", "partitions", "replication.factor")


@dataclass(frozen=True, slots=True)
class InternalTopic:
    """What a worker's configuration says of one internal topic.

    Attributes:
        setting: the worker property that names the topic.
        partitions, replication_factor: -1 for the broker's default.
        configs: topic-level settings for its creation; `cleanup.policy` is always compact.
    """

    setting: str
    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]


def internal_topic(kind: Kind, worker: Mapping[str, str]) -> InternalTopic:
    """The topic that `<kind>.storage.*` of a worker's configuration describes.

    Raises:
        ConfigError: the topic has no name, or a number is none.
    """
    prefix = f"{kind}.storage."
    name = worker.get(f"{prefix}topic", "").strip()
    if not name:
        raise ConfigError(f'Missing required configuration "{prefix}topic" which has no default value.')
    extra = {key[len(prefix) :]: value for key, value in worker.items() if key.startswith(prefix)}
    configs = {key: value for key, value in extra.items() if key not in _NOT_TOPIC_SETTINGS}
    if configs.get("cleanup.policy", "compact") != "compact":
        _log.warning("%scleanup.policy has no effect: this topic is always compacted", prefix)
    partitions = 1 if kind == "config" else _number(worker, f"{prefix}partitions", _DEFAULT_PARTITIONS[kind])
    return InternalTopic(
        setting=f"{prefix}topic",
        name=name,
        partitions=partitions,
        replication_factor=_number(worker, f"{prefix}replication.factor", 3),
        configs={**configs, "cleanup.policy": "compact"},
    )


def ensure_internal_topic(admin: Admin, topic: InternalTopic) -> TopicFacts:
    """Creates the topic if it is missing and answers what it is like.

    Raises:
        ConfigError: the existing topic is not exactly `compact`, or the config topic has several partitions.
        KafkaUnavailableError: it could not be created or looked at.
    """
    try:
        created = admin.ensure_topic(topic.name, topic.partitions, topic.replication_factor, topic.configs)
    except KafkaUnavailableError as error:
        factor = topic.setting.replace(".topic", ".replication.factor")
        raise KafkaUnavailableError(
            f"the topic of {topic.setting} does not exist and could not be created: {error.message}",
            hint=f"Create it, or look at {factor} and at the principal's rights.",
        ) from error
    if created:
        _log.info("created topic %s (%s)", topic.name, topic.setting)
    facts = admin.describe_topic(topic.name)
    if facts is None:
        raise KafkaUnavailableError(f"topic {topic.name} ({topic.setting}) was deleted while this worker started")
    if facts.cleanup_policy not in (None, "compact"):
        raise ConfigError(
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property is required to have "
            f"'cleanup.policy=compact' to guarantee consistency and durability of its records, but found the topic "
            f"currently has 'cleanup.policy={facts.cleanup_policy}'.",
            hint=f"Change the topic's cleanup.policy, or name another topic in {topic.setting}.",
        )
    if topic.setting == "config.storage.topic" and facts.partitions != 1:
        raise ConfigError(
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property is required to have a single "
            f"partition in order to guarantee consistency of connector configurations, but found "
            f"{facts.partitions} partitions.",
            hint=f"Name another topic in {topic.setting}.",
        )
    return facts


def _number(worker: Mapping[str, str], name: str, default: int) -> int:
    text = worker.get(name, str(default)).strip()
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1 and number != -1:
        raise ConfigError(f"Invalid value {text} for configuration {name}: Value must be -1 or at least 1")
    return number
