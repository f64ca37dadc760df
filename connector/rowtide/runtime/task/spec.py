"""What a worker tells a task's process and what it hears back, with their form as JSON lines."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rowtide.errors import ConnectError

RUNNING = "RUNNING"
PAUSED = "PAUSED"
FAILED = "FAILED"
STOPPED = "STOPPED"
EXPIRED = "EXPIRED"
"""The process ended by itself because its worker's lease was over."""

STARTED = "STARTED"
"""The target state that leads to RUNNING."""

LINE_BYTES_MAX = 64 << 20
"""Longest line either side accepts: a configuration of the size that Kafka allows for a record many times over."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task to run.

    Attributes:
        task_type: import path `module:Class` of the SourceTask.
        worker_config: the worker's properties, placeholders of config providers unresolved.
        connector_config: as stored in the config topic, placeholders unresolved.
        task_config: as stored in the config topic; may hold placeholders too.
        initial_state: `STARTED` or `PAUSED`.
        generation: of the group's assignment by which the worker runs the task.
        version: of the connector, as status displays show it; None for the runtime's own version.
    """

    connector: str
    task_id: int
    task_type: str
    worker_config: Mapping[str, str]
    connector_config: Mapping[str, str]
    task_config: Mapping[str, str]
    initial_state: str = STARTED
    generation: int = 0
    version: str | None = None

    def __repr__(self) -> str:
        """Without the configurations: they may hold secrets, and a repr ends up in logs."""
        return f"TaskSpec({self.label}, {self.task_type}, {self.initial_state}, generation={self.generation})"

    @property
    def label(self) -> str:
        """How log lines and Kafka Connect's clients name the task."""
        return f"{self.connector}-{self.task_id}"

    def to_message(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in _SPEC_FIELDS}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> TaskSpec:
        """Raises ConnectError when it is not a specification."""
        try:
            return cls(**{name: message[name] for name in _SPEC_FIELDS})
        except KeyError as error:
            raise ConnectError(f"the task's specification lacks {error}") from error


_SPEC_FIELDS = tuple(field.name for field in dataclasses.fields(TaskSpec))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """What happened to a task.

    Attributes:
        state: RUNNING, PAUSED, FAILED, STOPPED or EXPIRED: what the task is in since this event, or still is in when
            `topics` is not empty.
        trace: of a failure; its first line is `<class>: <message>`.
        topics: destination topics to which a record was acknowledged for the first time. An event that carries some
            says nothing new about the state.
        version: of the connector, None while it is unknown.
    """

    connector: str
    task_id: int
    state: str
    trace: str | None = None
    topics: tuple[str, ...] = ()
    version: str | None = None


def to_line(message: Mapping[str, Any]) -> bytes:
    """One message as a line for a pipe. ASCII, so that a line never breaks inside a character."""
    return json.dumps(message, default=str, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Raises ConnectError when the line is not a JSON object."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise ConnectError(f"a line between worker and task is not JSON: {len(line)} bytes") from error
    if not isinstance(message, dict):
        raise ConnectError("a line between worker and task is not a JSON object")
    return message
