"""Notices by the heartbeats of a task's process that it hangs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

SILENCE_REPORTED_S = 30.0
"""A process that said nothing for so long is reported in the log."""

_REPORT_AGAIN_S = 60.0


class Health:
    """When a process was last heard of, and its newest figures. For the thread that watches it."""

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.metrics: Mapping[str, Any] = {}
        self._label = label
        self._clock = clock
        self._seen = clock()
        self._reported = float("-inf")

    def seen(self) -> None:
        """The process said something."""
        self._seen = self._clock()

    def heartbeat(self, message: Mapping[str, Any]) -> None:
        self.metrics = message.get("metrics") or {}

    def check(self, pid: int | None) -> None:
        """Logs, once a minute, that a process says nothing."""
        now = self._clock()
        if now - self._seen <= SILENCE_REPORTED_S or now - self._reported < _REPORT_AGAIN_S:
            return
        self._reported = now
        _log.error(
            "task %s has said nothing for %.0f s, its process %s hangs (%s)",
            self._label, now - self._seen, pid, _system_state(pid),
        )  # fmt: skip


def _system_state(pid: int | None) -> str:
    """What the kernel says of the process, e.g. `T (stopped)`."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "state unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("State:")), "state unknown")
