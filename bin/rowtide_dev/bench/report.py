"""The table of a run: both sides, their ratios, and what was promised."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rowtide_dev.bench import limits, workloads
from rowtide_dev.bench.figures import OURS, REFERENCE, Latency, Limit, Throughput
from rowtide_dev.bench.workloads import Workload

QUIET_LOAD = 0.7
"""A load average above this, before a run, means that others use the machine."""


@dataclass(slots=True)
class Results:
    """Medians of all runs.

    Attributes:
        throughput: by workload and side.
        latency: by side.
        rows: by workload, how many each run had.
    """

    runs: int
    load_before: float
    throughput: dict[str, dict[str, Throughput]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    latency_rate: int = 0
    limits: list[Limit] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return self.load_before <= QUIET_LOAD

    def plain(self) -> dict[str, object]:
        """For a JSON file."""
        return {"machine": machine(), **asdict(self), "checks": [asdict(check) for check in checks(self)]}


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, and what was seen. `at_most`: it is an upper bound."""

    what: str
    seen: float
    bound: float
    at_most: bool

    @property
    def kept(self) -> bool:
        return self.seen <= self.bound if self.at_most else self.seen >= self.bound


def machine() -> str:
    """The machine's processor, cores and memory."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return f"{len(os.sched_getaffinity(0))} cores ({model}), {memory_gb:.0f} GB, {platform.system()}"


def checks(results: Results) -> list[Check]:
    """What was promised of the races that were run."""
    found = []
    for workload in workloads.WORKLOADS:
        sides = results.throughput.get(workload.name, {})
        if workload.rate_min is not None and _both(sides):
            found.append(Check(f"{workload.title}: rate", _ratio(sides, "rate"), workload.rate_min, False))
    sides = results.throughput.get("json", {})
    if _both(sides):
        found.append(Check("processor time a row", _ratio(sides, "cpu_us"), workloads.CPU_MAX, True))
        found.append(Check("resident memory", _ratio(sides, "memory_mb"), workloads.MEMORY_MAX, True))
    producers = [limit.rate for limit in results.limits if limit.title == limits.OURS]
    if producers and OURS in sides:
        found.append(
            Check("rate to Java's producer alone", sides[OURS].rate / producers[0], workloads.PRODUCER_MIN, False)
        )
    if _both(results.latency):
        seen = results.latency[OURS].p99 / results.latency[REFERENCE].p99
        found.append(Check("p99 of the latency", seen, workloads.LATENCY_MAX, True))
    return found


def table(results: Results) -> str:
    """Everything, as Markdown."""
    lines = [
        f"{machine()}; load before the run {results.load_before:.1f}; medians of {results.runs}.",
        "",
    ]
    if not results.quiet:
        lines += ["**Others used the machine: these figures are not to be kept.**", ""]
    for part in (_throughput(results), _latency(results), _limits(results), _checks(results)):
        lines += [*part, ""] if part else []
    return "\n".join(lines).rstrip() + "\n"


def _throughput(results: Results) -> list[str]:
    rows = []
    for workload in workloads.WORKLOADS:
        sides = results.throughput.get(workload.name)
        if sides:
            rows.append(_throughput_row(workload, results.rows[workload.name], sides))
    if not rows:
        return []
    return _markdown(
        ("", "rows", "rows/s, reference", "rowtide", "ratio", "CPU µs a row, reference", "rowtide", "ratio",
         "MB, reference", "rowtide", "ratio"),
        rows,
    )  # fmt: skip


def _throughput_row(workload: Workload, rows: int, sides: dict[str, Throughput]) -> list[str]:
    cells = [workload.title, f"{rows:,}"]
    for name, form in (("rate", ",.0f"), ("cpu_us", ".1f"), ("memory_mb", ",.0f")):
        cells += [format(getattr(sides[side], name), form) if side in sides else "" for side in (REFERENCE, OURS)]
        cells.append(f"{_ratio(sides, name):.3g}" if _both(sides) else "")
    return cells


def _latency(results: Results) -> list[str]:
    if not results.latency:
        return []
    rows = [
        [f"{side}, ms", f"{one.p50:.1f}", f"{one.p95:.1f}", f"{one.p99:.1f}", f"{one.written:,.0f}", str(one.missing)]
        for side, one in results.latency.items()
    ]
    if _both(results.latency):
        ours, reference = results.latency[OURS], results.latency[REFERENCE]
        ratios = [getattr(ours, name) / getattr(reference, name) for name in ("p50", "p95", "p99")]
        rows.append(["ratio", *(f"{ratio:.3f}" for ratio in ratios), "", ""])
    title = f"statement to consumer, {results.latency_rate:,} rows/s"
    return _markdown((title, "p50", "p95", "p99", "rows/s written", "rows missing"), rows)


def _limits(results: Results) -> list[str]:
    rows = [[limit.title, f"{limit.rate:,.0f}", f"{limit.cpu_us:.1f}"] for limit in results.limits]
    return _markdown(("limits", "rows/s", "CPU µs a row"), rows) if rows else []


def _checks(results: Results) -> list[str]:
    rows = [
        [check.what, f"{check.seen:.3g}", f"{'at most' if check.at_most else 'at least'} {check.bound:g}",
         "yes" if check.kept else "**no**"]
        for check in checks(results)
    ]  # fmt: skip
    return _markdown(("ours to the reference's", "seen", "promised", "kept"), rows) if rows else []


def _both(sides: dict[str, Throughput] | dict[str, Latency]) -> bool:
    return REFERENCE in sides and OURS in sides


def _ratio(sides: dict[str, Throughput], name: str) -> float:
    reference = getattr(sides[REFERENCE], name)
    return getattr(sides[OURS], name) / reference if reference else float("nan")


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return [line(head), line(["---", *["---:"] * (len(head) - 1)]), *map(line, rows)]
