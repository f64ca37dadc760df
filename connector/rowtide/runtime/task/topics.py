"""Creates destination topics before their first record, as a connector's topic.creation.* options describe them."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rowtide.config.definition import Type, parse_value
from rowtide.errors import ConfigError, ConnectError, RowtideError

_log = logging.getLogger(__name__)

_PREFIX = "topic.creation."
_DEFAULT = "default"
_OWN = ("include", "exclude", "replication.factor", "partitions")
_BROKER_DEFAULT = -1


class TopicAdmin(Protocol):
    """The part of an admin client that is needed here."""

    def ensure_topic(self, name: str, partitions: int, replication_factor: int, configs: Mapping[str, str]) -> bool: ...


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """A rule for topics. Include and exclude are alternatives of which one has to match a topic's whole name."""

    name: str
    include: tuple[re.Pattern[str], ...]
    exclude: tuple[re.Pattern[str], ...]
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]

    def covers(self, topic: str) -> bool:
        return any(p.fullmatch(topic) for p in self.include) and not any(p.fullmatch(topic) for p in self.exclude)


def topic_groups(config: Mapping[str, str]) -> list[TopicGroup]:
    """The rules in the order in which they are tried, the default last; empty when the connector creates no topics.

    Raises:
        ConfigError: a required option is missing or one is wrong.
    """
    if not any(name.startswith(_PREFIX) for name in config):
        return []
    names = parse_value(f"{_PREFIX}groups", config.get(f"{_PREFIX}groups", ""), Type.LIST)
    groups = [str(name) for name in names if name != _DEFAULT] if isinstance(names, list) else []
    return [_group(config, name) for name in [*groups, _DEFAULT]]


def _group(config: Mapping[str, str], name: str) -> TopicGroup:
    prefix = f"{_PREFIX}{name}."
    own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    include = own.get("include", ".*" if name == _DEFAULT else "")
    if not include.strip():
        raise ConfigError(f'Missing required configuration "{prefix}include" which has no default value.')
    return TopicGroup(
        name,
        _patterns(f"{prefix}include", include),
        _patterns(f"{prefix}exclude", own.get("exclude", "")),
        _count(config, name, "partitions", Type.INT),
        _count(config, name, "replication.factor", Type.SHORT),
        {key: value for key, value in own.items() if key not in _OWN},
    )


def _count(config: Mapping[str, str], group: str, option: str, type_: Type) -> int:
    name = f"{_PREFIX}{group}.{option}"
    if name not in config:
        name = f"{_PREFIX}{_DEFAULT}.{option}"
    if name not in config:
        raise ConfigError(f'Missing required configuration "{name}" which has no default value.')
    count = parse_value(name, config[name], type_)
    if not isinstance(count, int) or (count < 1 and count != _BROKER_DEFAULT):
        raise ConfigError(f"Invalid value {config[name]} for configuration {name}: Value must be -1 or greater than 0")
    return count


def _patterns(name: str, text: str) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(item.strip()) for item in text.split(",") if item.strip())
    except re.error as error:
        raise ConfigError(
            f"Invalid value {text} for configuration {name}: not a regular expression: {error}"
        ) from error


class TopicCreator:
    """Sees to it that a topic exists before its first record. For the loop's thread."""

    def __init__(self, groups: Sequence[TopicGroup], admin: TopicAdmin) -> None:
        self._groups = groups
        self._admin = admin

    def ensure(self, topic: str) -> None:
        """Creates the topic unless it exists. Raises ConnectError when it cannot be created."""
        group = next((group for group in self._groups if group.covers(topic)), None)
        if group is None:
            _log.info("topic %s is covered by no topic.creation group, it is left to the broker", topic)
            return
        try:
            created = self._admin.ensure_topic(topic, group.partitions, group.replication_factor, group.configs)
        except RowtideError as error:
            raise ConnectError(
                f"Task failed to create new topic {topic} (topic.creation group '{group.name}')."
            ) from error
        if created:
            _log.info("created topic %s by the topic.creation group '%s'", topic, group.name)
