"""How much of what was sent waits to be acknowledged, in bytes, and how much may.

The client bounds its queue too, but never takes a record that is longer than the bound. So its bound is the longest
record that may be sent where that is more, and the bound that was asked for is kept here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from rowtide.kafka.settings import Settings

DEFAULT_BYTES = 4 << 20
"""So much stays in a processor's caches while it is on its way, and a record costs a seventh less than with 24 MiB.

It is enough for 100 MB/s to brokers that answer within 40 ms.
"""

_BYTES, _RECORDS, _LONGEST = "queue.buffering.max.kbytes", "queue.buffering.max.messages", "message.max.bytes"
_RECORD_BYTES = 320
"""What the client keeps for a record besides its bytes: a queue of short records is bounded by their number."""

_RECORDS_MIN = 1000
_FRAME_BYTES = 64 << 10


def queue_settings(given: Settings) -> Settings:
    """The client's settings for its queue, as far as they are not given."""
    kbytes = int(given.get(_BYTES, DEFAULT_BYTES >> 10))
    return {_BYTES: kbytes, _RECORDS: max(_RECORDS_MIN, (kbytes << 10) // _RECORD_BYTES)}


def queue_bytes(settings: Mapping[str, object]) -> int:
    """How much may wait."""
    return int(str(settings[_BYTES])) << 10


def room_for_longest(settings: Mapping[str, object]) -> dict[str, object]:
    """The client's bound, which lets the longest record pass."""
    longest = int(str(settings[_LONGEST])) + _FRAME_BYTES
    return {_BYTES: max(queue_bytes(settings), longest) + 1023 >> 10}


class QueueGauge:
    """Tells from the number of records that wait how many bytes they have: they are acknowledged about in order."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: deque[tuple[int, int]] = deque()
        self._records = 0
        self._bytes = 0

    def sent(self, records: int, size: int) -> None:
        """So many records are about to be sent."""
        self._pieces.append((records, size))
        self._records += records
        self._bytes += size

    def full(self, outstanding: int) -> bool:
        """Whether those that wait, so many, have more bytes than may wait."""
        while self._pieces and self._records - self._pieces[0][0] >= outstanding:
            records, size = self._pieces.popleft()
            self._records -= records
            self._bytes -= size
        return self._bytes >= self._limit
