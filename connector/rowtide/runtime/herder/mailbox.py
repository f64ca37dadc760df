"""The herder's thread: actions run one after the other, each when it is due."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from rowtide.errors import ConnectError

log = logging.getLogger(__name__)

T = TypeVar("T")

CALLS_MAX = 1000
"""Requests that may wait; each holds a client's connection, so more would only time out."""

SHUTTING_DOWN = "Worker is shutting down"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the thread does, or did last, for messages about a worker that does not answer."""

    description: str
    began: datetime
    completed: datetime | None = None

    def summarize(self) -> str:
        if self.completed is None:
            return f"The worker is currently {self.description}, which began at {_instant(self.began)}"
        return (
            f"The last operation the worker completed was {self.description}, which began at "
            f"{_instant(self.began)} and completed at {_instant(self.completed)}"
        )


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Mailbox:
    """Actions for one thread. `post` and `call` may be used from any thread, also from the mailbox's own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None], str]] = []
        self._calls: set[Future[Any]] = set()
        self._closed = False
        self._stage = Stage("starting", datetime.now(UTC))
        self._thread: threading.Thread | None = None

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def closed(self) -> bool:
        return self._closed

    def post(self, action: Callable[[], None], delay_s: float = 0.0, stage: str = "handling an event") -> None:
        """Runs the action later; what it raises is logged. Dropped once the mailbox is closed."""
        with self._changed:
            if not self._closed:
                heapq.heappush(self._due, (self._clock() + delay_s, next(self._order), action, stage))
                self._changed.notify()

    def call(self, action: Callable[[], T], stage: str) -> Future[T]:
        """Runs the action soon; the future has its result or what it raised.

        Raises:
            ConnectError: the worker is shutting down, or too many requests wait already.
        """
        future: Future[T] = Future()

        def run() -> None:
            self._calls.discard(future)
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(action())
            except Exception as error:  # noqa: BLE001 - handed to the caller
                future.set_exception(error)

        with self._changed:
            if self._closed:
                raise ConnectError(SHUTTING_DOWN)
            if len(self._calls) >= CALLS_MAX:
                raise ConnectError(f"{CALLS_MAX} requests are waiting already, try again later.")
            self._calls.add(future)
        self.post(run, stage=stage)
        return future

    def start(self, name: str) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self, timeout_s: float) -> bool:
        """Runs what is due already, fails what waits, and ends the thread; false when it does not end in time."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                return False
        for future in list(self._calls):
            if future.set_running_or_notify_cancel():
                future.set_exception(ConnectError(SHUTTING_DOWN))
        self._calls.clear()
        return True

    def _run(self) -> None:
        while (item := self._next()) is not None:
            action, description = item
            began = datetime.now(UTC)
            self._stage = Stage(description, began)
            try:
                action()
            except Exception:
                log.exception("the herder failed while %s", description)
            self._stage = Stage(description, began, datetime.now(UTC))

    def _next(self) -> tuple[Callable[[], None], str] | None:
        """Waits for the next action that is due; None once the mailbox is closed and nothing is due."""
        with self._changed:
            while True:
                now = self._clock()
                if self._due and self._due[0][0] <= now:
                    _, _, action, description = heapq.heappop(self._due)
                    return action, description
                if self._closed:
                    return None
                self._changed.wait(self._due[0][0] - now if self._due else None)
