"""Messages of one transaction from one partition: in memory, or in a temporary file once they are many."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Generic, TypeVar

from rowtide_sdk.events import Event
from rowtide_sdk.message import RawMessage

R = TypeVar("R")

_OVERHEAD = 200
"""Bytes that an event takes beside those of its message, roughly."""


def size_of(message: RawMessage) -> int:
    return len(message.value or b"") + len(message.key or b"") + _OVERHEAD


class Spool(Generic[R]):
    """Appended to while the transaction is incomplete; iterated any number of times then, in the same order.

    Args:
        decode: makes an event of a message again when it was in a file.
    """

    __slots__ = ("_decode", "_events", "_file", "bytes_in_memory", "count")

    def __init__(self, decode: Callable[[RawMessage], Event[R]]) -> None:
        self.count = 0
        self.bytes_in_memory = 0
        self._decode = decode
        self._events: list[Event[R]] = []
        self._file: IO[bytes] | None = None

    def append(self, event: Event[R]) -> None:
        self.count += 1
        if self._file is not None:
            pickle.dump(_plain(event.message), self._file, pickle.HIGHEST_PROTOCOL)
            return
        self._events.append(event)
        self.bytes_in_memory += size_of(event.message)

    def to_disk(self) -> None:
        """From now on in a file without a name, which goes with this object."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="rowtide-transaction-")  # noqa: SIM115 - closed with this object
            for event in self._events:
                pickle.dump(_plain(event.message), self._file, pickle.HIGHEST_PROTOCOL)
            self._events = []
            self.bytes_in_memory = 0

    def __iter__(self) -> Iterator[Event[R]]:
        return iter(self._events) if self._file is None else self._from(self._file)

    def _from(self, file: IO[bytes]) -> Iterator[Event[R]]:
        file.flush()
        place = 0
        for _ in range(self.count):
            file.seek(place)  # another iteration may have moved it
            message = RawMessage(*pickle.load(file))  # noqa: S301 - written above, by this process
            place = file.tell()
            yield self._decode(message)


def _plain(message: RawMessage) -> tuple[object, ...]:
    return (
        message.topic,
        message.partition,
        message.offset,
        message.timestamp_ms,
        message.headers,
        message.key,
        message.value,
    )
