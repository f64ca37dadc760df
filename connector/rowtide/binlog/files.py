"""Binlog files as the packets of a dump, so that the same decoders read them."""

from __future__ import annotations

from collections.abc import Iterator

from rowtide.binlog.event_types import EventType
from rowtide.errors import BinlogError

_MAGIC = b"\xfebin"
_ENCRYPTED_MAGIC = b"\xfdbin"
_HEADER_BYTES = 19
_FRAME_BYTES = 0xFFFFFF


def packets_of_file(content: bytes) -> Iterator[bytes]:
    """The file's events, each as a packet with frame headers.

    Args:
        content: the whole file; relay logs have the same form.

    Raises:
        BinlogError: not a binlog, an encrypted one, or one that ends within an event; `position` is where the event
        starts.
    """
    if content[:4] == _ENCRYPTED_MAGIC:
        raise BinlogError("The file is encrypted by the server (binlog_encryption).", position=0)
    if content[:4] != _MAGIC:
        raise BinlogError(f"The file begins with 0x{content[:4].hex()}, not with 0x{_MAGIC.hex()}.", position=0)
    position, sequence = 4, 0
    while position < len(content):
        length = int.from_bytes(content[position + 9 : position + 13], "little")
        if position + _HEADER_BYTES > len(content) or position + length > len(content):
            raise BinlogError(
                f"The file ends within the event at {position}, after {len(content) - position} of {length} bytes.",
                offset=len(content) - position,
                position=position,
            )
        if length < _HEADER_BYTES:
            raise BinlogError(f"The event at {position} says that it has {length} bytes.", offset=9, position=position)
        if content[position + 4] == EventType.MARIADB_START_ENCRYPTION:
            raise BinlogError("The file is encrypted by the server from here on (encrypt_binlog).", position=position)
        packet, sequence = _framed(b"\0" + content[position : position + length], sequence)
        yield packet
        position += length


def _framed(payload: bytes, sequence: int) -> tuple[bytes, int]:
    frames = []
    for start in range(0, len(payload) + 1, _FRAME_BYTES):
        part = payload[start : start + _FRAME_BYTES]
        frames.append(len(part).to_bytes(3, "little") + bytes([sequence]) + part)
        sequence = (sequence + 1) & 0xFF
    return b"".join(frames), sequence
