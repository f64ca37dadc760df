"""What the task's process tells its worker: states, new topics, and a heartbeat with figures."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rowtide.runtime.task.spec import FAILED, to_line

HEARTBEAT_S = 3.0
TRACE_CHARACTERS_MAX = 100_000
"""A status travels as one record in the status topic, whose records Kafka limits to 1 MB by default."""


class StatusPipe:
    """Writes status lines; from any thread, each line whole."""

    def __init__(self, fd: int, on_broken: Callable[[], None]) -> None:
        self._fd = fd
        self._on_broken = on_broken
        self._lock = threading.Lock()

    def state(self, state: str, *, trace: str | None = None, version: str | None = None) -> None:
        self._send({"type": "state", "state": state, "trace": trace, "version": version})

    def failed(self, error: BaseException, *, version: str | None = None) -> None:
        self.state(FAILED, trace=trace_of(error), version=version)

    def topics(self, topics: Sequence[str]) -> None:
        self._send({"type": "topics", "topics": list(topics)})

    def heartbeat(self, stage: str, seconds: float, metrics: Mapping[str, Any]) -> None:
        self._send({"type": "heartbeat", "stage": stage, "stage_s": round(seconds, 1), "metrics": metrics})

    def _send(self, message: Mapping[str, Any]) -> None:
        line = memoryview(to_line(message))
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._fd, line) :]
            except OSError:
                self._on_broken()


def trace_of(error: BaseException) -> str:
    """The text of a failure: a first line `<class>: <message>` as Java's, then Python's traceback with its causes."""
    cls = type(error)
    text = f"{cls.__module__}.{cls.__qualname__}: {error}\n{''.join(traceback.format_exception(error))}"
    if len(text) <= TRACE_CHARACTERS_MAX:
        return text
    half = TRACE_CHARACTERS_MAX // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"


class Progress:
    """The stage that the loop is in and its newest figures. Written by the loop's thread, read by the heartbeat's."""

    def __init__(self) -> None:
        self._stage = ("prepare", time.monotonic())
        self.metrics: Mapping[str, Any] = {}

    def enter(self, stage: str) -> None:
        self._stage = (stage, time.monotonic())

    @property
    def stage(self) -> tuple[str, float]:
        """The stage's name and how long, in seconds, it has been going on."""
        name, since = self._stage
        return name, time.monotonic() - since


def start_heartbeat(pipe: StatusPipe, progress: Progress, interval_s: float = HEARTBEAT_S) -> None:
    """Sends heartbeats from a thread of its own for as long as the process lives."""

    def beat() -> None:
        while True:
            pipe.heartbeat(*progress.stage, progress.metrics)
            time.sleep(interval_s)

    threading.Thread(target=beat, name="heartbeat", daemon=True).start()
