"""How a worker takes part in its group."""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.errors import ConfigError

OFFERED_PROTOCOLS = {
    "sessioned": ("sessioned", "compatible", "default"),
    "compatible": ("compatible", "default"),
    "eager": ("default",),
}
"""Group protocols by the value of `connect.protocol`, preferred first."""


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """What the group, and the member, are called and how patient they are.

    Attributes:
        url: under which other workers reach it, with a slash at its end.
        worker_id: host:port of that.
        protocol: `connect.protocol`: sessioned, compatible or eager.
        max_delay_ms: `scheduled.rebalance.max.delay.ms`.
    """

    group_id: str
    url: str
    worker_id: str
    protocol: str = "sessioned"
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    rebalance_timeout_ms: int = 60_000
    max_delay_ms: int = 300_000

    def __post_init__(self) -> None:
        if self.protocol not in OFFERED_PROTOCOLS:
            raise ConfigError(
                f"Invalid value {self.protocol} for configuration connect.protocol: must be one of "
                f"{', '.join(OFFERED_PROTOCOLS)}"
            )
