"""The metrics of a worker and its tasks, under the names that exporters give Kafka Connect's."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from rowtide.metrics.exposition import Kind, MetricSpec, Sample
from rowtide.runtime.herder.herder import Herder
from rowtide.runtime.worker.counters import StartupCounter
from rowtide.runtime.worker.tasks import LocalTask
from rowtide.version import VERSION

_C, _G = Kind.COUNTER, Kind.GAUGE
_TASK = ("connector", "task")
_TASK_STATES = ("running", "paused", "failed", "unassigned", "restarting", "destroyed")

BUILD = MetricSpec("rowtide_build_info", _G, "Version of rowtide; always 1.", ("version",))
RESTARTS = MetricSpec(
    "rowtide_task_automatic_restarts_total", _C, "Failed tasks that this worker started again by itself."
)
CONNECTORS = MetricSpec("kafka_connect_worker_connector_count", _G, "Connectors that run on this worker.")
TASKS = MetricSpec("kafka_connect_worker_task_count", _G, "Tasks that run on this worker.")
CONNECTOR_TASKS = {
    state: MetricSpec(
        f"kafka_connect_worker_connector_{state}_task_count",
        _G,
        f"Tasks of the connector on this worker: {state}.",
        ("connector",),
    )
    for state in ("total", *_TASK_STATES)
}
STARTUPS = {
    (kind, outcome): MetricSpec(
        f"kafka_connect_worker_{kind}_startup_{outcome}_total", _C, f"Starts of a {kind} on this worker: {outcome}."
    )
    for kind in ("connector", "task")
    for outcome in ("attempts", "success", "failure")
}
ASSIGNED_CONNECTORS = MetricSpec(
    "kafka_connect_coordinator_assigned_connectors", _G, "Connectors given to this worker."
)
ASSIGNED_TASKS = MetricSpec("kafka_connect_coordinator_assigned_tasks", _G, "Tasks given to this worker.")
EPOCH = MetricSpec("kafka_connect_worker_rebalance_epoch", _G, "Generation of the group.")
REBALANCES = MetricSpec("kafka_connect_worker_rebalance_completed_rebalances_total", _C, "Completed rebalances.")
REBALANCING = MetricSpec("kafka_connect_worker_rebalance_rebalancing", _G, "1 while a rebalance is expected.")
HEARTBEATS = MetricSpec("kafka_connect_coordinator_heartbeat_total", _C, "Heartbeats sent to the group's coordinator.")
HEARTBEAT_AGO = MetricSpec(
    "kafka_connect_coordinator_last_heartbeat_seconds_ago", _G, "Seconds since the last heartbeat was sent."
)
HEARTBEAT_RESPONSE = MetricSpec(
    "kafka_connect_coordinator_heartbeat_response_time_max", _G, "Longest wait for a heartbeat's answer, in ms."
)
HEARTBEAT_INTERVAL = MetricSpec(
    "kafka_connect_coordinator_heartbeat_interval_max", _G, "Longest time between two heartbeats, in ms."
)
CONNECTOR_STATUS = MetricSpec(
    "kafka_connect_connector_status", _G, "1 for the state that the connector is in.", ("connector", "status")
)
TASK_STATUS = MetricSpec(
    "kafka_connect_connector_task_status", _G, "1 for the state that the task is in.", (*_TASK, "status")
)
POLLED = MetricSpec("kafka_connect_source_task_source_record_poll_total", _C, "Records the source gave.", _TASK)
WRITTEN = MetricSpec("kafka_connect_source_task_source_record_write_total", _C, "Records sent to Kafka.", _TASK)
BATCH_MAX = MetricSpec("kafka_connect_connector_task_batch_size_max", _G, "Largest batch of records.", _TASK)
COMMITS = {
    name: MetricSpec(f"kafka_connect_connector_task_offset_commit_{name}", _G, text, _TASK)
    for name, text in {
        "max_time_ms": "Longest offset commit.",
        "avg_time_ms": "Mean time of an offset commit.",
        "success_percentage": "Share of offset commits that succeeded, 0 to 1.",
        "failure_percentage": "Share of offset commits that failed, 0 to 1.",
    }.items()
}
ERRORS = {
    # Gauges, since a counter's name would have to end in `_total`, and dashboards know these names.
    name: MetricSpec(f"kafka_connect_task_error_{name}", _G, text, _TASK)
    for name, text in {
        "total_record_failures": "Failed operations on records.",
        "total_record_errors": "Operations on records that failed in the end.",
        "total_records_skipped": "Records left out because of an error.",
        "total_retries": "Repeated operations.",
        "total_errors_logged": "Errors that were logged.",
        "last_error_timestamp": "Time of the last error, in ms since the epoch.",
    }.items()
}

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")


def worker_samples(herder: Herder) -> Iterator[Sample]:
    """All metrics now. Safe to call from any thread; does not wait for the herder."""
    work = herder.work
    tasks = work.tasks.all()
    connectors, owned_tasks = herder.owned
    yield Sample(BUILD, 1, (VERSION,))
    yield Sample(RESTARTS, work.counters.automatic_restarts)
    yield Sample(CONNECTORS, len(work.connectors))
    yield Sample(TASKS, len(tasks))
    yield from _startups("connector", work.counters.connectors)
    yield from _startups("task", work.counters.tasks)
    yield Sample(ASSIGNED_CONNECTORS, len(connectors))
    yield Sample(ASSIGNED_TASKS, len(owned_tasks))
    yield Sample(EPOCH, herder.group.generation)
    yield Sample(REBALANCES, work.counters.rebalances)
    yield Sample(REBALANCING, herder.rejoining)
    beats = herder.heartbeats
    if beats.sent:
        yield Sample(HEARTBEATS, beats.sent)
        yield Sample(HEARTBEAT_AGO, time.monotonic() - beats.last_sent)
        yield Sample(HEARTBEAT_RESPONSE, beats.response_max * 1000)
        yield Sample(HEARTBEAT_INTERVAL, beats.interval_max * 1000)
    for name in work.connectors:
        yield Sample(CONNECTOR_STATUS, 1, (name, (work.connector_state(name) or "UNASSIGNED").lower()))
    yield from _task_counts(tasks)
    for task in tasks:
        yield from _task_samples(task)


def _startups(kind: str, counter: StartupCounter) -> Iterator[Sample]:
    yield Sample(STARTUPS[kind, "attempts"], counter.attempts)
    yield Sample(STARTUPS[kind, "success"], counter.successes)
    yield Sample(STARTUPS[kind, "failure"], counter.failures)


def _task_counts(tasks: list[LocalTask]) -> Iterator[Sample]:
    by_state = Counter((task.id[0], task.state.lower()) for task in tasks)
    for name in sorted({task.id[0] for task in tasks}):
        yield Sample(CONNECTOR_TASKS["total"], sum(task.id[0] == name for task in tasks), (name,))
        for state in _TASK_STATES:
            yield Sample(CONNECTOR_TASKS[state], by_state[name, state], (name,))


def _task_samples(task: LocalTask) -> Iterator[Sample]:
    labels = (task.id[0], str(task.id[1]))
    yield Sample(TASK_STATUS, 1, (*labels, task.state.lower()))
    figures: Mapping[str, object] = {} if task.process is None else task.process.metrics
    for spec, name in ((POLLED, "records_polled"), (WRITTEN, "records_written"), (BATCH_MAX, "batch_max")):
        yield from _number(spec, figures.get(name), labels)
    errors = figures.get("errors")
    for name, spec in ERRORS.items():
        yield from _number(spec, errors.get(name) if isinstance(errors, Mapping) else None, labels)
    commit = figures.get("commit")
    yield from _commits(commit if isinstance(commit, Mapping) else {}, labels)
    own = figures.get("task")
    for name, value in (own if isinstance(own, Mapping) else {}).items():
        spec = MetricSpec(f"debezium_metrics_{_NOT_IN_NAMES.sub('_', str(name))}", _G, "Reported by the task.", _TASK)
        yield from _number(spec, value, labels)


def _commits(figures: Mapping[str, object], labels: tuple[str, ...]) -> Iterator[Sample]:
    successes, failures, total = (_float(figures.get(name)) for name in ("successes", "failures", "total_time_ms"))
    attempts = successes + failures
    if not attempts:
        return
    values = {
        "max_time_ms": _float(figures.get("max_time_ms")),
        "avg_time_ms": total / attempts,
        "success_percentage": successes / attempts,
        "failure_percentage": failures / attempts,
    }
    for name, value in values.items():
        yield Sample(COMMITS[name], value, labels)


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _number(spec: MetricSpec, value: object, labels: tuple[str, ...]) -> Iterator[Sample]:
    if isinstance(value, int | float):
        yield Sample(spec, float(value), labels)
