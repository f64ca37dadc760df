"""Waits between tries to reach the server or the brokers again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from rowtide.errors import KafkaUnavailableError, ServerUnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Backoff:
    """Doubling waits, from 100 ms to a limit; a success starts over.

    Args:
        limit_s: longest wait.
        tries: how many failures in a row are allowed, -1 for any number.
        stopping: ends a wait early.
    """

    def __init__(self, limit_s: float, tries: int, stopping: Callable[[], bool]) -> None:
        self._limit_s = limit_s
        self._tries = tries
        self._stopping = stopping
        self._failures = 0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, error: ServerUnavailableError) -> None:
        """Waits. Raises the error once it has come too often in a row."""
        self._failures += 1
        if 0 <= self._tries < self._failures:
            raise error
        wait_s = min(self._limit_s, 0.1 * 2 ** min(self._failures - 1, 16))
        log.warning("%s Trying again in %.1f s (try %d)", error, wait_s, self._failures)
        until = time.monotonic() + wait_s
        while time.monotonic() < until and not self._stopping():
            time.sleep(min(0.1, wait_s))


class Patience:
    """Calls again what found no brokers, for a limited time.

    Args:
        limit_s: how long all calls together may go on failing.
        stopping: ends the waiting; the error is raised then.
    """

    def __init__(self, limit_s: float, stopping: Callable[[], bool]) -> None:
        self._until = time.monotonic() + limit_s
        self._stopping = stopping

    def call(self, action: Callable[[], T]) -> T:
        """The action's answer. Raises KafkaUnavailableError once the time is up."""
        while True:
            try:
                return action()
            except KafkaUnavailableError as error:
                if self._stopping() or time.monotonic() > self._until:
                    raise
                log.warning("%s Trying again", error)
                time.sleep(1.0)
