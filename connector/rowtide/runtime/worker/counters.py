"""How often this worker started connectors and tasks, for its metrics."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class StartupCounter:
    """Changed by the herder's thread alone, read by any."""

    attempts: int = 0
    successes: int = 0
    failures: int = 0


@dataclass(slots=True)
class WorkerCounters:
    connectors: StartupCounter = field(default_factory=StartupCounter)
    tasks: StartupCounter = field(default_factory=StartupCounter)
    rebalances: int = 0
    automatic_restarts: int = 0
