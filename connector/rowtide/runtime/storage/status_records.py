"""Records of the status topic: their keys and values, as Connect writes and reads them.

Source of the format: connect/runtime KafkaStatusBackingStore of Apache Kafka 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from rowtide.connect.json_text import dumps

CONNECTOR = "status-connector-"
TASK = "status-task-"
TOPIC = "status-topic-"
_TOPIC_SEPARATOR = ":connector-"

STATES = frozenset({"UNASSIGNED", "RUNNING", "PAUSED", "STOPPED", "FAILED", "RESTARTING"})
"""DESTROYED is not among them: it is a deletion."""


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """What a worker last said of a connector.

    Attributes:
        state: one of `STATES`.
        worker_id: host:port of the worker's advertised address.
        generation: of the group at the time of writing.
        trace: text of the failure.
        version: of the plugin; older workers don't write it.
    """

    name: str
    state: str
    worker_id: str
    generation: int
    trace: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """What a worker last said of a task; attributes as of `ConnectorStatus`, and the task's index."""

    name: str
    index: int
    state: str
    worker_id: str
    generation: int
    trace: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """A topic that a connector was seen to write to, first by the task `task`, at `discovered_ms` since the epoch."""

    topic: str
    connector: str
    task: int
    discovered_ms: int


def connector_key(name: str) -> bytes:
    return f"{CONNECTOR}{name}".encode()


def task_key(name: str, index: int) -> bytes:
    return f"{TASK}{name}-{index}".encode()


def topic_key(topic: str, connector: str) -> bytes:
    return f"{TOPIC}{topic}{_TOPIC_SEPARATOR}{connector}".encode()


def status_value(status: ConnectorStatus | TaskStatus) -> bytes:
    return dumps(
        {
            "state": status.state,
            "trace": status.trace,
            "worker_id": status.worker_id,
            "generation": status.generation,
            "version": status.version,
        }
    )


def topic_value(status: TopicStatus) -> bytes:
    fields = {
        "name": status.topic,
        "connector": status.connector,
        "task": status.task,
        "discoverTimestamp": status.discovered_ms,
    }
    return dumps({"topic": fields})


def parse_task_key(key: str) -> tuple[str, int] | None:
    """Connector and index; None for a key that is not a task's. A connector's name may hold dashes."""
    name, separator, index = key[len(TASK) :].rpartition("-")
    return (name, int(index)) if separator and index.isdecimal() else None


def parse_topic_key(key: str) -> tuple[str, str] | None:
    """Topic and connector; None for a key that is not a topic's."""
    topic, separator, connector = key[len(TOPIC) :].partition(_TOPIC_SEPARATOR)
    return (topic, connector) if separator else None


def parse_connector(name: str, value: object) -> ConnectorStatus | None:
    fields = _fields(value)
    return None if fields is None else ConnectorStatus(name, *fields)


def parse_task(name: str, index: int, value: object) -> TaskStatus | None:
    fields = _fields(value)
    return None if fields is None else TaskStatus(name, index, *fields)


def parse_topic(value: object) -> TopicStatus | None:
    fields = value.get("topic") if isinstance(value, Mapping) else None
    if not isinstance(fields, Mapping):
        return None
    topic, connector = fields.get("name"), fields.get("connector")
    task, discovered = fields.get("task"), fields.get("discoverTimestamp")
    if not (isinstance(topic, str) and isinstance(connector, str) and _is_int(task) and _is_int(discovered)):
        return None
    return TopicStatus(topic, connector, task, discovered)


def _fields(value: object) -> tuple[str, str, int, str | None, str | None] | None:
    if not isinstance(value, Mapping):
        return None
    state, worker_id, generation = value.get("state"), value.get("worker_id"), value.get("generation")
    trace, version = value.get("trace"), value.get("version")
    if state not in STATES or not isinstance(worker_id, str) or not _is_int(generation):
        return None
    return state, worker_id, generation, _text(trace), _text(version)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
