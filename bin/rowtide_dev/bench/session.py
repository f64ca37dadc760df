"""A whole run: warms both sides up, repeats every race, and takes the medians."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rowtide_dev.bench import latency, limits
from rowtide_dev.bench.figures import OURS, Latency, Limit, Throughput
from rowtide_dev.bench.places import Ends, Places
from rowtide_dev.bench.race import Outcome, Race
from rowtide_dev.bench.report import Results
from rowtide_dev.bench.workloads import WORKLOADS, Workload
from rowtide_dev.errors import DevError

LATENCY, LIMITS = "latency", "limits"
NAMES = (*(workload.name for workload in WORKLOADS), LATENCY, LIMITS)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        rows: of the usual race; dear ones have a share of it.
        warm_up: rows of a first race that counts for nothing: a Java worker compiles while it runs.
        seconds: of the latency's writing.
    """

    names: Sequence[str] = NAMES
    runs: int = 3
    rows: int = 400_000
    warm_up: int = 400_000
    rate: int = 5000
    seconds: float = 20.0
    timeout_s: float = 300.0


class Session:
    """Runs a plan; says on standard error what it does."""

    def __init__(self, places: Places, plan: Plan) -> None:
        self._places = places
        self._plan = plan
        self._begun = time.monotonic()

    def run(self) -> Results:
        """Raises DevError when a side fails."""
        plan = self._plan
        results = Results(plan.runs, os.getloadavg()[0], latency_rate=plan.rate)
        if plan.warm_up:
            self._say(f"warming up with {plan.warm_up:,} rows")
            self._race(WORKLOADS[0], plan.warm_up)
        for workload in WORKLOADS:
            if workload.name in plan.names or (workload.name == "json" and LIMITS in plan.names):
                self._workload(workload, results)
        if LATENCY in plan.names:
            self._latency(results)
        return results

    def _workload(self, workload: Workload, results: Results) -> None:
        rows = max(int(self._plan.rows * workload.share), workload.transaction)
        results.rows[workload.name] = rows
        runs: dict[str, list[Throughput]] = {side.name: [] for side in self._places.sides}
        for number in range(self._plan.runs):
            last = number == self._plan.runs - 1
            keep = last and workload.name == "json" and LIMITS in self._plan.names
            outcome = self._race(workload, rows, keep=keep)
            for name, figures in outcome.figures.items():
                runs[name].append(figures)
            rates = ", ".join(f"{name} {one.rate:,.0f} rows/s" for name, one in outcome.figures.items())
            self._say(f"{workload.title}, {rows:,} rows: {rates}")
            if keep:
                self._limits(outcome, results)
        results.throughput[workload.name] = {name: Throughput.median(ran) for name, ran in runs.items()}

    def _race(self, workload: Workload, rows: int, *, keep: bool = False) -> Outcome:
        return Race(self._places, workload, rows, timeout_s=self._plan.timeout_s, keep=keep).run()

    def _limits(self, outcome: Outcome, results: Results) -> None:
        if OURS not in outcome.topics:
            raise DevError("the limits need the records of our own side")
        runs = [
            [
                limits.log_limit(self._places, outcome),
                *limits.producer_limits(self._places, outcome.topics[OURS][0], outcome.rows),
            ]
            for _ in range(self._plan.runs)
        ]
        results.limits = [Limit.median(same) for same in zip(*runs, strict=True)]
        for topics in outcome.topics.values():
            Ends(self._places.kafka, topics).remove()
        for limit in results.limits:
            self._say(f"{limit.title}: {limit.rate:,.0f} rows/s")

    def _latency(self, results: Results) -> None:
        plan = self._plan
        for side in self._places.sides:
            runs = []
            for _ in range(plan.runs):
                one = latency.measure(
                    self._places, side, rate=plan.rate, seconds=plan.seconds, timeout_s=plan.timeout_s
                )
                self._say(f"latency, {side.name}: p50 {one.p50:.1f} ms, p99 {one.p99:.1f} ms")
                runs.append(one)
            results.latency[side.name] = Latency.median(runs)

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._begun:6.1f} s] {text}", file=sys.stderr, flush=True)
