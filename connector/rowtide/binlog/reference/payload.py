"""TRANSACTION_PAYLOAD: the events of a compressed transaction, expanded one after another as they are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO

import zstandard

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.events import EventHeader, TransactionPayload
from rowtide.binlog.packets import PACKET_BYTES_MAX
from rowtide.binlog.reference.header import HEADER_BYTES
from rowtide.errors import BinlogError

_SIZE, _COMPRESSION, _UNCOMPRESSED_SIZE = 1, 2, 3
_ZSTD, _NONE = 0, 255
_READ_BYTES_MAX = 1 << 20
_LENGTH_OFFSET = 9


def transaction_payload(header: EventHeader, cursor: Cursor) -> tuple[TransactionPayload, bytes]:
    """Fields of number, length and value (length-encoded each), ended by number 0: 1 bytes of the payload, 2
    compression (0 zstd, 255 none), 3 bytes when expanded; then the payload. Gives the event and the payload as it
    is."""
    fields: dict[int, int] = {}
    while (number := cursor.lenenc()) != 0:
        content = Cursor(cursor.lenenc_bytes(), origin=cursor.offset)
        if number in (_SIZE, _COMPRESSION, _UNCOMPRESSED_SIZE):
            fields[number] = content.lenenc()
    compression = fields.get(_COMPRESSION, _NONE)
    if compression not in (_ZSTD, _NONE):
        raise cursor.error(f"Compression {compression} of a transaction is unknown")
    payload = cursor.take(fields.get(_SIZE, cursor.remaining))
    size = fields.get(_UNCOMPRESSED_SIZE, len(payload))
    return TransactionPayload(header, "zstd" if compression == _ZSTD else "none", size), payload


def expanded_events(event: TransactionPayload, payload: bytes) -> Iterator[bytes]:
    """The whole events within, without checksums. Holds one of them at a time, and 1 MiB of what zstd expanded.

    Raises:
        BinlogError: not what the event announced.
    """
    stream: IO[bytes] = io.BytesIO(payload)
    if event.compression == "zstd":
        stream = zstandard.ZstdDecompressor().stream_reader(payload, closefd=False)
    left = event.size
    while left:
        head = _read(stream, min(HEADER_BYTES, left), event)
        length = int.from_bytes(head[_LENGTH_OFFSET : _LENGTH_OFFSET + 4], "little")
        if len(head) < HEADER_BYTES or not HEADER_BYTES <= length <= min(left, PACKET_BYTES_MAX):
            raise BinlogError(f"A compressed transaction has an event of {length} bytes where {left} are left.")
        yield head + _read(stream, length - HEADER_BYTES, event)
        left -= length
    if _read_once(stream, 1):
        raise BinlogError(f"A compressed transaction is longer than the {event.size} bytes that it announces.")


def _read(stream: IO[bytes], size: int, event: TransactionPayload) -> bytes:
    """Exactly so many bytes, allocated only as they come."""
    parts = []
    while size:
        part = _read_once(stream, min(size, _READ_BYTES_MAX))
        if not part:
            raise BinlogError(f"A compressed transaction ends before the {event.size} bytes that it announces.")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _read_once(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except zstandard.ZstdError as error:
        raise BinlogError(f"A compressed transaction cannot be expanded: {error}.") from error
