"""Task configurations on their way into the config topic: secrets put back to placeholders, and whether to publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rowtide.config.providers import has_placeholder

Config = Mapping[str, str]


def put_placeholders_back(
    task_configs: Sequence[Config], connector_raw: Mapping[str, str | None]
) -> list[dict[str, str]]:
    """The task configurations with each option whose connector value names a provider set to that raw text.

    A connector makes task configurations of resolved values; secrets must not end up in the topic.
    """
    raw = {name: value for name, value in connector_raw.items() if value is not None and has_placeholder(value)}
    return [{name: raw.get(name, value) for name, value in config.items()} for config in task_configs]


def must_publish(
    new: Sequence[Config],
    current: Sequence[Config],
    connector_raw: Mapping[str, str | None],
    applied_raw: Mapping[str, str | None] | None,
) -> bool:
    """Whether the configurations differ from those in force, or the connector's own changed since they were published.

    Args:
        current: those in force, in order; empty when there are none or they are inconsistent.
        applied_raw: the connector's configuration when `current` was committed; None if unknown.
    """
    if len(new) != len(current) or any(dict(a) != dict(b) for a, b in zip(new, current, strict=True)):
        return True
    return bool(new) and applied_raw is not None and dict(applied_raw) != dict(connector_raw)
