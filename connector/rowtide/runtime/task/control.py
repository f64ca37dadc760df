"""The worker's wishes as the task's process sees them: read from the command pipe, looked at by the loop."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from rowtide.errors import ConnectError
from rowtide.runtime.task.pipes import LineReader
from rowtide.runtime.task.spec import from_line

_log = logging.getLogger(__name__)

_READ_BYTES = 1 << 16


class Control:
    """What the worker wants of the task. Set from the command thread or a signal handler, read by the loop's thread."""

    def __init__(self, *, paused: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        # A signal handler may run while its own thread holds the lock; Condition's default lock is reentrant.
        self._changed = threading.Condition()
        self._clock = clock
        self._paused = paused
        self._stop_deadline: float | None = None
        self._commit = False
        self.stopping = False

    @property
    def paused(self) -> bool:
        return self._paused

    def request_stop(self, timeout_s: float | None = None) -> None:
        with self._changed:
            if timeout_s is not None:
                self._stop_deadline = self._clock() + timeout_s
            self.stopping = True
            self._changed.notify_all()

    def pause(self, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def request_commit(self) -> None:
        with self._changed:
            self._commit = True
            self._changed.notify_all()

    def take_commit(self) -> bool:
        """True once for each time a commit was asked for."""
        if not self._commit:
            return False
        with self._changed:
            wanted, self._commit = self._commit, False
        return wanted

    def time_to_stop(self, default_s: float) -> float:
        """Seconds that are left until the worker loses its patience."""
        return default_s if self._stop_deadline is None else max(0.0, self._stop_deadline - self._clock())

    def wait(self, timeout_s: float, *, paused: bool | None = None) -> None:
        """Returns after the timeout, on a stop, or when pausing is wished otherwise than `paused` says."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.stopping or (paused is not None and self._paused is not paused), timeout_s
            )


class CommandReader:
    """Reads the worker's command pipe to its end, which means that the worker is gone."""

    def __init__(self, fd: int, on_end: Callable[[], None]) -> None:
        self._fd = fd
        self._on_end = on_end
        self._lines = LineReader()
        self._ready: list[bytes] = []

    def read_specification(self) -> dict[str, Any]:
        """The first line. Raises ConnectError when it is not a JSON object."""
        while not self._ready:
            self._read()
        return from_line(self._ready.pop(0))

    def follow(self, control: Control) -> None:
        """Starts to pass commands on, in a thread of its own."""
        threading.Thread(target=self._follow, args=(control,), name="commands", daemon=True).start()

    def _follow(self, control: Control) -> None:
        while True:
            for line in self._ready:
                try:
                    obey(from_line(line), control)
                except (ConnectError, KeyError, TypeError, ValueError):
                    _log.exception("the worker sent a command that cannot be read")
            self._ready = []
            self._read()

    def _read(self) -> None:
        data = os.read(self._fd, _READ_BYTES)
        if not data:
            self._on_end()
            raise ConnectError("the worker closed the command pipe")
        self._ready += self._lines.feed(data)


def obey(command: Mapping[str, Any], control: Control) -> None:
    """Applies one command. Raises ConnectError for one that does not exist."""
    match command["command"]:
        case "pause":
            control.pause(True)
        case "resume":
            control.pause(False)
        case "commit":
            control.request_commit()
        case "stop":
            control.request_stop(float(command["timeout_s"]))
        case other:
            raise ConnectError(f"unknown command {other!r}")
