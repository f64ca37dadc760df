"""Judges by its heartbeats whether a task's process hangs."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

_log = logging.getLogger(__name__)

SILENCE_REPORTED_S = 30.0
"""A process that said nothing for so long, or has been in one stage for so long, is reported in the log."""

_REPORT_AGAIN_S = 60.0


class Health:
    """When a process was last heard of and what it was doing; decides what is worth a log line."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._seen = time.monotonic()
        self._reported = float("-inf")
        self._beats = 0
        self.metrics: Mapping[str, Any] = {}

    def seen(self) -> None:
        self._seen = time.monotonic()

    def heartbeat(self, message: Mapping[str, Any]) -> None:
        self._beats += 1
        self.metrics = message.get("metrics") or {}
        stage, seconds = message.get("stage"), float(message.get("stage_s") or 0)
        if seconds > SILENCE_REPORTED_S and self._due():
            _log.warning("task %s has been in its stage '%s' for %.0f s", self._label, stage, seconds)

    def frozen(self) -> bool:
        """True, once a minute, while a process that has run says nothing at all."""
        silence = time.monotonic() - self._seen
        if silence <= SILENCE_REPORTED_S or not self._due():
            return False
        _log.error("task %s has said nothing for %.0f s, its process hangs", self._label, silence)
        return self._beats > 0

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._reported < _REPORT_AGAIN_S:
            return False
        self._reported = now
        return True
