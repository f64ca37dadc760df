"""Reads lines from a pipe without waiting for them."""

from __future__ import annotations

import logging
import os

from rowtide.runtime.task.spec import LINE_BYTES_MAX

_log = logging.getLogger(__name__)

_READ_BYTES = 1 << 16


class LineReader:
    """Splits a pipe's bytes into lines; a line longer than the limit is dropped."""

    def __init__(self) -> None:
        self._partial = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        if b"\n" not in data:
            self._partial += data
            lines = []
        else:
            *lines, rest = (bytes(self._partial) + data).split(b"\n")
            self._partial = bytearray(rest)
        if len(self._partial) > LINE_BYTES_MAX:
            _log.error("dropping %d bytes of a line between worker and task that does not end", len(self._partial))
            self._partial.clear()
        return lines


def read_now(fd: int) -> bytes | None:
    """What a non-blocking pipe holds: None for nothing now, empty at its end."""
    try:
        return os.read(fd, _READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
