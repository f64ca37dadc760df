"""Brings what a task's process prints into the worker's log."""

from __future__ import annotations

import logging
import re
from collections import deque

_log = logging.getLogger("rowtide.task")

LINE_BYTES_MAX = 16 * 1024
"""Longer lines are cut into pieces, so that a process that never ends a line cannot fill the worker's memory."""

_LAST_LINES = 20
_LEVEL = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) (?=[\w.]+: )")
FORMAT = "%(levelname)s %(name)s: %(message)s"
"""How a task's process writes its log, so that the level can be read back here."""


class OutputLog:
    """Splits output into lines and logs each under the task's name, at the level it was written with.

    A line without a level belongs to the one before it (a traceback). Owned by the thread that watches the process.
    """

    def __init__(self, connector: str, task_id: int) -> None:
        self._prefix = f"[{connector}|task-{task_id}]"
        self._partial = b""
        self._level = logging.INFO
        self._last: deque[str] = deque(maxlen=_LAST_LINES)

    def feed(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._write(line)
        while len(self._partial) > LINE_BYTES_MAX:
            self._write(self._partial[:LINE_BYTES_MAX])
            self._partial = self._partial[LINE_BYTES_MAX:]

    def finish(self) -> None:
        """Logs a last line that was never ended."""
        if self._partial:
            self._write(self._partial)
            self._partial = b""

    def last_lines(self) -> list[str]:
        """The newest lines, oldest first."""
        return list(self._last)

    def _write(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        self._last.append(text)
        match = _LEVEL.match(text)
        if match is not None:
            self._level = logging.getLevelNamesMapping()[match[1]]
            text = text[match.end() :]
        _log.log(self._level, "%s %s", self._prefix, text)
