"""Until when this worker may count on its place in the group, told to its tasks' processes through shared memory.

A worker that is frozen (stopped, swapped out, paused with its container) cannot stop its tasks, while the group gives
them to others once its session is over. So tasks look for themselves and end before that.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable

_SIZE = mmap.PAGESIZE
EXIT_EXPIRED = 4
"""Exit code of a task's process whose worker did not renew the lease in time."""

LOOK_S = 0.2


class Lease:
    """The worker's side. Times are those of time.monotonic, which all processes of a machine share.

    Without a group there is nobody to take the tasks: `Lease.endless`.
    """

    def __init__(self, span_s: float) -> None:
        """`span_s`: how long a sign of membership is good for. It is over until the first one."""
        self.span_s = span_s
        self.fd = _anonymous_file()
        self._until = _map(self.fd)

    @classmethod
    def endless(cls) -> Lease:
        lease = cls(math.inf)
        lease.renew(time.monotonic())
        return lease

    @property
    def valid(self) -> bool:
        return time.monotonic() < self._until[0]

    def renew(self, since: float) -> None:
        """The group counted this worker in at that time. Any thread."""
        self._until[0] = max(self._until[0], since + self.span_s)


def lease_span_s(session_timeout_ms: int, heartbeat_interval_ms: int) -> float:
    """A little less than the session, so that tasks have ended when it is over."""
    margin_ms = min(1000, (session_timeout_ms - heartbeat_interval_ms) / 4)
    return (session_timeout_ms - margin_ms) / 1000


def watch_lease(fd: int, on_expired: Callable[[], None]) -> None:
    """The task's side: calls `on_expired` once, from a thread of its own, when the lease is over."""
    until = _map(fd)

    def look() -> None:
        while time.monotonic() < until[0]:
            time.sleep(LOOK_S)
        on_expired()

    threading.Thread(target=look, name="lease", daemon=True).start()


def end_expired() -> None:
    """Ends the process at once: whatever it stored now could come after what the next owner stores."""
    os._exit(EXIT_EXPIRED)


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("lease")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, _SIZE)
    return fd


def _map(fd: int) -> memoryview[float]:
    # An aligned number of the machine's own form is written in one piece, so that no reader sees half of one.
    return memoryview(mmap.mmap(fd, _SIZE)).cast("d")
