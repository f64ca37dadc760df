"""What the task's process tells its worker: states, new topics, and a heartbeat with figures."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rowtide.runtime.task.spec import FAILED, to_line

_log = logging.getLogger(__name__)

HEARTBEAT_S = 3.0
STAGE_REPORTED_S = 30.0
"""A loop that has been in one stage for so long is reported in the log."""
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


class StageWatch:
    """Logs where the loop stands when it has been in one stage for long; again each time that has doubled."""

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._next_s = STAGE_REPORTED_S

    def look(self, stage: str, seconds: float) -> None:
        if seconds < STAGE_REPORTED_S:
            self._next_s = STAGE_REPORTED_S
        elif seconds >= self._next_s:
            self._next_s = 2 * seconds
            frame = sys._current_frames().get(self._thread)
            stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
            _log.warning("in stage '%s' for %.0f s, at\n%s", stage, seconds, stack.rstrip())


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


def start_heartbeat(pipe: StatusPipe, progress: Progress) -> None:
    """Sends heartbeats from a thread of its own for as long as the process lives.

    The thread that calls this is the loop's: where it stands is logged when it stays in one stage for long.
    """
    watch = StageWatch(threading.get_ident())

    def beat() -> None:
        while True:
            stage, seconds = progress.stage
            pipe.heartbeat(stage, seconds, progress.metrics)
            watch.look(stage, seconds)
            time.sleep(HEARTBEAT_S)

    threading.Thread(target=beat, name="heartbeat", daemon=True).start()
