"""Builds the bytes that servers send, by the description of each format, for tests of the decoder."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Event
from rowtide.binlog.reference.decoder import ReferenceDecoder

MYSQL_LENGTHS = bytes(
    [
        0,
        13,
        0,
        8,
        0,
        0,
        0,
        0,
        4,
        0,
        4,
        0,
        0,
        0,
        98,
        0,
        4,
        26,
        8,
        0,
        0,
        0,
        8,
        8,
        8,
        2,
        0,
        0,
        0,
        10,
        10,
        10,
        42,
        42,
        0,
        18,
        52,
        0,
        10,
        40,
        0,
        0,
    ]
)
SERVER_ID = 7


def u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def lenenc(value: int) -> bytes:
    if value < 0xFB:
        return bytes([value])
    if value < 1 << 24:
        return b"\xfc" + u(value, 2) if value < 1 << 16 else b"\xfd" + u(value, 3)
    return b"\xfe" + u(value, 8)


def frame(payload: bytes, sequence: int = 0) -> bytes:
    return u(len(payload), 3) + bytes([sequence]) + payload


class Stream:
    """Events one after another as a server would send them, with positions and, if wanted, checksums."""

    def __init__(self, *, checksum: bool = True, version: str = "8.0.34", position: int = 4) -> None:
        self.checksum = checksum
        self.position = position
        self.sequence = 0
        self.data = b""
        self.version = version

    def begin(self) -> Stream:
        body = u(4, 2) + self.version.encode().ljust(50, b"\0") + u(0, 4) + b"\x13" + MYSQL_LENGTHS
        body += bytes([1 if self.checksum else 0])
        return self.event(EventType.FORMAT_DESCRIPTION, body, always_checksum=True)

    def raw(self, event: bytes) -> Stream:
        self.data += frame(b"\0" + event, self.sequence)
        self.sequence = (self.sequence + 1) % 256
        return self

    def event(
        self,
        event_type: int,
        body: bytes,
        *,
        next_position: int | None = None,
        flags: int = 0,
        always_checksum: bool = False,
    ) -> Stream:
        tail = 4 if self.checksum or always_checksum else 0
        self.position += 19 + len(body) + tail
        position = self.position if next_position is None else next_position
        return self.raw(event_bytes(event_type, body, position, flags, checksum=bool(tail)))

    def table_map(self, table_id: int, types: bytes, metadata: bytes = b"", optional: bytes = b"") -> Stream:
        return self.event(EventType.TABLE_MAP, table_map_body(table_id, types, metadata, optional))

    def rows(self, event_type: int, table_id: int, columns: int, rows: bytes, *, flags: int = 1) -> Stream:
        return self.event(event_type, rows_body(event_type, table_id, columns, rows, flags=flags))


def event_bytes(event_type: int, body: bytes, next_position: int, flags: int = 0, *, checksum: bool = True) -> bytes:
    length = 19 + len(body) + (4 if checksum else 0)
    event = (
        u(1_700_000_000, 4)
        + bytes([event_type])
        + u(SERVER_ID, 4)
        + u(length, 4)
        + u(next_position, 4)
        + u(flags, 2)
        + body
    )
    return event + u(zlib.crc32(event), 4) if checksum else event


def table_map_body(table_id: int, types: bytes, metadata: bytes = b"", optional: bytes = b"") -> bytes:
    count = len(types)
    nullable = b"\xff" * ((count + 7) // 8)
    names = b"\x02db\0\x05table\0"
    return (
        u(table_id, 6)
        + u(1, 2)
        + names
        + lenenc(count)
        + types
        + lenenc(len(metadata))
        + metadata
        + nullable
        + optional
    )


def rows_body(
    event_type: int, table_id: int, columns: int, rows: bytes, *, flags: int = 1, present: bytes = b""
) -> bytes:
    bitmap = b"\xff" * ((columns + 7) // 8)
    if event_type in (EventType.UPDATE_ROWS_V2, EventType.PARTIAL_UPDATE_ROWS, EventType.UPDATE_ROWS_V1):
        bitmap *= 2
    extra = u(2, 2) if 30 <= event_type <= 39 or event_type >= 169 else b""
    return u(table_id, 6) + u(flags, 2) + extra + lenenc(columns) + (present or bitmap) + rows


def decode(data: bytes) -> list[Event]:
    return drain(ReferenceDecoder(), data)


def drain(decoder: ReferenceDecoder, data: bytes) -> list[Event]:
    events = decoder.feed(data)
    while decoder.pending:
        events += decoder.feed(b"")
    return events


def chunks(data: bytes, size: int) -> Iterable[bytes]:
    return (data[i : i + size] for i in range(0, len(data), size))
