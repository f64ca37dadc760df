"""A process that has done its imports before there is a task for it, which then has its first row sooner."""

from __future__ import annotations

import logging
import threading

from rowtide.runtime.lease import Lease
from rowtide.runtime.task.child import ChildProcess

_log = logging.getLogger(__name__)

QUIET_S = 10.0
"""A spare is made when no task has started for so long: imports must not take time from tasks that begin."""

_LABEL = "spare"


class SpareProcess:
    """One process for the next task of this worker. Any thread.

    It is the child of a thread that lives as long as this does, as the kernel kills it with its parent.
    """

    def __init__(self, lease: Lease, quiet_s: float = QUIET_S) -> None:
        self._lease = lease
        self._quiet_s = quiet_s
        self._lock = threading.Lock()
        self._child: ChildProcess | None = None
        self._wanted = threading.Event()
        self._started = threading.Event()
        self._module = ""
        self._closed = False
        self._thread: threading.Thread | None = None

    def take(self, task_type: str) -> ChildProcess | None:
        """The process, if there is one that lives, and has one made later, for the next task.

        Args:
            task_type: `module:Class`; the next task will probably be of that type, too.
        """
        with self._lock:
            child, self._child = self._child, None
            self._module = task_type.partition(":")[0]
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._make, name="spare", daemon=True)
                self._thread.start()
        self._started.set()
        self._wanted.set()
        if child is None or child.exit_code() is None:
            return child
        child.discard()
        return None

    def close(self) -> None:
        """Ends the process, if there is one. May be called again."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        self._wanted.set()
        self._started.set()
        if child is not None:
            child.discard()

    def _make(self) -> None:
        while True:
            self._wanted.wait()
            self._started.clear()
            while self._started.wait(self._quiet_s) and not self._closed:
                self._started.clear()
            self._wanted.clear()
            with self._lock:
                if self._closed:
                    return
                if self._child is None:
                    self._child = self._new()

    def _new(self) -> ChildProcess | None:
        try:
            return ChildProcess(_LABEL, self._lease.fd, self._module)
        except OSError as error:
            # The next task makes its own, and tells if that is not possible either.
            _log.info("no spare process: %s", error)
            return None
