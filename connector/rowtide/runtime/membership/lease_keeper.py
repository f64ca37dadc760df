"""Renews the worker's lease: by heartbeats, and during a rebalance, which has none, by its own watchfulness."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from rowtide.runtime.lease import Lease

_LOOK_S = 0.25


class JoiningMember(Protocol):
    @property
    def waits_in_join(self) -> bool: ...


class LeaseKeeper:
    """While the group rebalances, the broker waits for all and ends nobody's session; its answer begins a new one.

    A worker that was frozen meanwhile may find an answer that is old: it can tell by its own watch, whose looks are
    then far apart, and leaves the renewal to the next heartbeat.
    """

    def __init__(self, lease: Lease, member: JoiningMember) -> None:
        self._lease = lease
        self._member = member
        self._looked = time.monotonic()
        self._overslept = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        self._looked = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def confirmed(self, since: float) -> None:
        """A heartbeat that was sent at that time was answered well."""
        self._overslept = False
        self._lease.renew(since)

    def joined(self) -> None:
        """A rebalance ended with this worker as a member."""
        self._look(time.monotonic())
        if not self._overslept:
            self._lease.renew(self._looked)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            now = time.monotonic()
            self._look(now)
            if not self._overslept and self._lease.valid and self._member.waits_in_join:
                self._lease.renew(now)

    def _look(self, now: float) -> None:
        self._overslept = self._overslept or now - self._looked > self._lease.span_s / 2
        self._looked = now
