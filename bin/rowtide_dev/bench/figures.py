"""The figures of one race, and their medians."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

REFERENCE, OURS = "reference", "rowtide"


@dataclass(frozen=True, slots=True)
class Throughput:
    """How one side did.

    Attributes:
        rate: rows a second from the first record to the last.
        overall: the same with the connector's start.
        cpu_us: processor time a row, of the worker with all it started.
        memory_mb: the most that was resident, of the same.
    """

    rate: float
    overall: float
    cpu_us: float
    memory_mb: float

    @classmethod
    def median(cls, runs: Sequence[Throughput]) -> Throughput:
        def middle(name: str) -> float:
            return float(statistics.median(getattr(run, name) for run in runs))

        return cls(middle("rate"), middle("overall"), middle("cpu_us"), middle("memory_mb"))


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from just before a statement is sent to the consumer's receipt of each of its rows.

    Attributes:
        written: rows a second that were written.
        missing: rows that did not arrive in time.
    """

    p50: float
    p95: float
    p99: float
    written: float
    missing: int

    @classmethod
    def of(cls, delays_ms: Sequence[float], written: float, missing: int) -> Latency:
        ordered = sorted(delays_ms) or [float("nan")]
        p50, p95, p99 = (ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] for percent in (50, 95, 99))
        return cls(p50, p95, p99, written, missing)

    @classmethod
    def median(cls, runs: Sequence[Latency]) -> Latency:
        def middle(name: str) -> float:
            return float(statistics.median(getattr(run, name) for run in runs))

        missing = sum(run.missing for run in runs)
        return cls(middle("p50"), middle("p95"), middle("p99"), middle("written"), missing)


@dataclass(frozen=True, slots=True)
class Limit:
    """What another program reached with the same bytes: rows a second and processor time a row."""

    title: str
    rate: float
    cpu_us: float

    @classmethod
    def median(cls, runs: Sequence[Limit]) -> Limit:
        """Of runs of one title."""
        return cls(
            runs[0].title, statistics.median(run.rate for run in runs), statistics.median(run.cpu_us for run in runs)
        )
