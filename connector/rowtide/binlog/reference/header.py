"""Event headers, the place of an event in its file, and checksums."""

from __future__ import annotations

import struct
import zlib

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ARTIFICIAL_FLAG, EventType
from rowtide.binlog.events import EventHeader
from rowtide.errors import BinlogError

HEADER_BYTES = 19
CHECKSUM_BYTES = 4

_HEADER = struct.Struct("<IBIIIH")
"""Timestamp, type, server id, length, next position, flags: header version 4, MySQL 5.0 and later."""

_IN_USE_FLAG = 0x01
_FLAGS_OFFSET = 17

_OUTSIDE_FILES = frozenset(
    {EventType.FORMAT_DESCRIPTION, EventType.ROTATE, EventType.HEARTBEAT, EventType.HEARTBEAT_V2}
)
"""Types that have next position 0 only when they are artificial, with or without the flag."""


def read_header(event: bytes, position: int) -> EventHeader:
    """The event's header.

    Args:
        event: the whole event.
        position: where the event before it ended; 0 when unknown.

    Raises:
        BinlogError: too short, or of another length than it says.
    """
    if len(event) < HEADER_BYTES:
        raise BinlogError(f"An event of {len(event)} bytes is shorter than its header of {HEADER_BYTES}.")
    timestamp, event_type, server_id, length, next_position, flags = _HEADER.unpack_from(event)
    if length != len(event):
        raise BinlogError(f"An event says that it has {length} bytes, but {len(event)} came.", offset=9)
    in_file = not flags & ARTIFICIAL_FLAG and event_type not in _OUTSIDE_FILES
    if next_position == 0 and position and in_file:
        next_position = position + length
    return EventHeader(timestamp, event_type, server_id, length, next_position, flags)


def body_of(event: bytes, *, checksum: bool) -> Cursor:
    """A cursor over what is between header and checksum.

    Raises:
        BinlogError: the checksum is wrong.
    """
    if not checksum:
        return Cursor(event, HEADER_BYTES)
    end = len(event) - CHECKSUM_BYTES
    if end < HEADER_BYTES:
        raise BinlogError(f"An event of {len(event)} bytes has no room for its checksum.", offset=len(event))
    if not checksum_matches(event):
        stored = int.from_bytes(event[end:], "little")
        raise BinlogError(
            f"The checksum of an event of type {event[4]} is 0x{stored:08x}, its bytes give "
            f"0x{zlib.crc32(event[:end]):08x} (byte {end} of the event).",
            offset=end,
        )
    return Cursor(event, HEADER_BYTES, end)


def checksum_matches(event: bytes) -> bool:
    """Whether the last four bytes are the CRC32 of the rest."""
    end = len(event) - CHECKSUM_BYTES
    return end >= HEADER_BYTES and zlib.crc32(event[:end]) == int.from_bytes(event[end:], "little")


def description_checksum_matches(event: bytes) -> bool:
    """As `checksum_matches`, for a FORMAT_DESCRIPTION: of a file that is being written it is computed without the
    in-use flag."""
    closed = bytearray(event)
    if len(closed) > _FLAGS_OFFSET:
        closed[_FLAGS_OFFSET] &= ~_IN_USE_FLAG & 0xFF
    return checksum_matches(bytes(closed))
