"""The options of automatic restarts: of the worker for all connectors, and of a connector for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type, at_least

RESTART_OPTIONS = [
    ConfigKey(
        "errors.restart.max.retries",
        Type.INT,
        0,
        "How often in a row a task that failed is started again by itself: 0 never, -1 for ever. Not of Kafka Connect.",
        Importance.LOW,
        at_least(-1),
        internal=True,
    ),
    ConfigKey(
        "errors.restart.delay.ms",
        Type.LONG,
        10_000,
        "Pause before the first such start; each one in a row doubles it. Not of Kafka Connect.",
        Importance.LOW,
        at_least(0),
        internal=True,
    ),
    ConfigKey(
        "errors.restart.delay.max.ms",
        Type.LONG,
        600_000,
        "Longest pause; a task that ran for longer than that begins anew when it fails. Not of Kafka Connect.",
        Importance.LOW,
        at_least(0),
        internal=True,
    ),
]
"""Internal, so that what REST lists of a connector's options stays what Kafka Connect lists."""

_DEFINITION = ConfigDef(RESTART_OPTIONS)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    max_retries: int
    delay_s: float
    delay_max_s: float

    def pause_s(self, attempt: int) -> float | None:
        """Before the start with that number, from 0 on; None when there is to be none."""
        if self.max_retries != -1 and attempt >= self.max_retries:
            return None
        return min(self.delay_s * (1 << min(attempt, 32)), self.delay_max_s)


def restart_policy(worker: Mapping[str, str], connector: Mapping[str, str]) -> RestartPolicy:
    """The connector's options over the worker's. Raises ConfigError."""
    values = _DEFINITION.parse({**worker, **{k: v for k, v in connector.items() if k in _DEFINITION}})
    retries, delay, longest = (cast("int", values[key.name]) for key in RESTART_OPTIONS)
    return RestartPolicy(retries, delay / 1000, longest / 1000)
