"""Reads and writes lines on pipes without waiting for the other side."""

from __future__ import annotations

import logging
import os
import threading

from rowtide.runtime.task.spec import LINE_BYTES_MAX

_log = logging.getLogger(__name__)

_READ_BYTES = 1 << 16


class LineReader:
    """Splits a pipe's bytes into lines; a line longer than the limit is dropped."""

    def __init__(self, limit: int = LINE_BYTES_MAX) -> None:
        self._limit = limit
        self._partial = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._partial += piece
            if not self._dropping and len(self._partial) <= self._limit:
                lines.append(bytes(self._partial))
            self._partial.clear()
            self._dropping = False
        self._partial += rest
        if len(self._partial) > self._limit:
            _log.error("dropping a line of more than %d bytes between worker and task", self._limit)
            self._partial.clear()
            self._dropping = True
        return lines


class LineWriter:
    """Holds lines until a pipe takes them. Thread-safe; bounded by its user, who writes only commands."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._fd: int | None = None

    @property
    def pending(self) -> bool:
        return bool(self._pending)

    def attach(self, fd: int) -> None:
        """Begins to write, to a descriptor that belongs to the caller."""
        os.set_blocking(fd, False)
        with self._lock:
            self._fd = fd
        self.flush()

    def detach(self) -> None:
        """Writes no more; must precede the closing of the descriptor."""
        with self._lock:
            self._fd = None
            self._pending.clear()

    def write(self, line: bytes) -> None:
        with self._lock:
            self._pending += line
        self.flush()

    def flush(self) -> None:
        """Writes what the pipe takes now."""
        with self._lock:
            if self._fd is None:
                return
            try:
                while self._pending:
                    del self._pending[: os.write(self._fd, self._pending)]
            except BlockingIOError:
                return
            except OSError:
                # The reader has ended; whoever watches it finds out why.
                self._pending.clear()


def read_now(fd: int) -> bytes | None:
    """What a non-blocking pipe holds: None for nothing now, empty at its end."""
    try:
        return os.read(fd, _READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
