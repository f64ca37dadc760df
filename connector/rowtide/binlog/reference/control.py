"""Events about the stream itself: file formats, file ends, heartbeats, incidents."""

from __future__ import annotations

import re

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import EventHeader, FormatDescription, Heartbeat, Incident, Rotate, Stop
from rowtide.binlog.reference.header import (
    CHECKSUM_BYTES,
    HEADER_BYTES,
    body_of,
    checksum_matches,
    description_checksum_matches,
)
from rowtide.binlog.reference.state import State

_VERSION_BYTES = 50
_CRC32 = 1
_CHECKSUM_SINCE = {"mysql": (5, 6, 1), "mariadb": (5, 3, 0)}


def format_description(header: EventHeader, event: bytes) -> FormatDescription:
    """Binlog version (2), server version (50), creation time (4), header length (1), post-header lengths; from MySQL
    5.6.1 and MariaDB 5.3 on the checksum algorithm (1) and always a checksum (4), which is void without algorithm."""
    cursor = Cursor(event, HEADER_BYTES)
    version = cursor.uint(2)
    if version != 4:
        raise cursor.error(f"Binlog version {version} is not supported, only 4 (MySQL 5.0 and later)", HEADER_BYTES)
    server_version = cursor.take(_VERSION_BYTES).rstrip(b"\0").decode("ascii", "replace")
    cursor.skip(4)
    header_length = cursor.u8()
    if header_length != HEADER_BYTES:
        raise cursor.error(f"Events with headers of {header_length} bytes are not supported", cursor.offset - 1)
    lengths = cursor.rest()
    if _ALPHA_VERSION.match(server_version):
        return FormatDescription(header, server_version, checksum=False, post_header_lengths=_in_final_order(lengths))
    if not _knows_checksums(server_version):
        return FormatDescription(header, server_version, checksum=False, post_header_lengths=lengths)
    tail = CHECKSUM_BYTES + 1
    if len(lengths) < tail:
        raise cursor.error("The format description has no checksum algorithm")
    algorithm = lengths[-tail]
    if algorithm not in (0, _CRC32, 255):
        raise cursor.error(f"Checksum algorithm {algorithm} is unknown", len(event) - tail)
    if algorithm == _CRC32 and not description_checksum_matches(event):
        raise cursor.error("The checksum of the format description is wrong", len(event) - CHECKSUM_BYTES)
    return FormatDescription(header, server_version, algorithm == _CRC32, lengths[:-tail])


_ALPHA_VERSION = re.compile(r"5\.[12]\.\d+-a_drop")
"""Builds of MySQL 5.1 and 5.2 in which seven types had other numbers."""

_ALPHA_TYPES = {
    16: EventType.TABLE_MAP,
    17: EventType.WRITE_ROWS_V0,
    18: EventType.UPDATE_ROWS_V0,
    19: EventType.DELETE_ROWS_V0,
    20: EventType.XID,
    21: EventType.BEGIN_LOAD_QUERY,
    22: EventType.EXECUTE_LOAD_QUERY,
}


def final_type(event_type: int, state: State) -> int:
    """The number that the type has in all released servers."""
    if state.format is None or event_type not in _ALPHA_TYPES:
        return event_type
    return _ALPHA_TYPES[event_type] if _ALPHA_VERSION.match(state.format.server_version) else event_type


def _in_final_order(lengths: bytes) -> bytes:
    by_type = {_ALPHA_TYPES.get(i, i): length for i, length in enumerate(lengths, 1)}
    return bytes(by_type[i] for i in sorted(by_type))


def _knows_checksums(server_version: str) -> bool:
    mariadb = "mariadb" in server_version.lower()
    text = server_version.removeprefix("5.5.5-") if mariadb else server_version
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    numbers = tuple(map(int, match.groups())) if match else (0, 0, 0)
    return numbers >= _CHECKSUM_SINCE["mariadb" if mariadb else "mysql"]


def rotate(header: EventHeader, event: bytes, state: State) -> Rotate:
    """Position (8) and file name. One that the server makes up before a file may come with or without a checksum,
    whatever the description last seen says, so it counts as one where it fits."""
    if header.artificial or state.format is None:
        cursor = Cursor(event, HEADER_BYTES, len(event) - (CHECKSUM_BYTES if checksum_matches(event) else 0))
    else:
        cursor = body_of(event, checksum=state.checksum)
    position = cursor.uint(8)
    start = cursor.offset
    name = cursor.rest()
    if not name or not name.decode("utf-8", "replace").isprintable() or b"\xff" in name:
        raise cursor.error("The name of the next file is not printable", start)
    return Rotate(header, name.decode("utf-8", "replace"), position)


def heartbeat(header: EventHeader, cursor: Cursor) -> Heartbeat:
    """The file's name; the position is the header's."""
    return Heartbeat(header, cursor.rest().decode("utf-8", "replace"), header.next_position)


_HEARTBEAT_FILE = 1
_HEARTBEAT_POSITION = 2


def heartbeat_v2(header: EventHeader, cursor: Cursor) -> Heartbeat:
    """Fields of number, length and content (length-encoded each), ended by number 0: 1 the file's name, 2 the
    position."""
    file, position = "", header.next_position
    while cursor.remaining:
        number = cursor.lenenc()
        if number == 0:
            break
        content = Cursor(cursor.lenenc_bytes(), origin=cursor.offset)
        if number == _HEARTBEAT_FILE:
            file = content.rest().decode("utf-8", "replace")
        elif number == _HEARTBEAT_POSITION:
            position = content.lenenc()
    return Heartbeat(header, file, position)


def incident(header: EventHeader, cursor: Cursor) -> Incident:
    """Number (2), then the message behind its length (1)."""
    number = cursor.uint(2)
    return Incident(header, number, cursor.text(cursor.u8()) if cursor.remaining else "")


def stop(header: EventHeader, cursor: Cursor) -> Stop:
    return Stop(header)
