"""Expanding zlib data of a known length, as MariaDB has it in compressed columns, statements and rows."""

from __future__ import annotations

import zlib

from rowtide.binlog.cursor import Cursor


def inflate(data: bytes, length: int, *, raw: bool = False) -> bytes:
    """Expands to exactly `length` bytes.

    Raises:
        ValueError: it is no zlib stream, or one of another length.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
    try:
        expanded = stream.decompress(data, length + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(expanded) != length:
        raise ValueError(f"{length} bytes announced, {'more' if len(expanded) > length else len(expanded)} found")
    return expanded


def expand_event_part(cursor: Cursor) -> bytes:
    """The rest of a MariaDB compressed event (QUERY, row events).

    One byte: highest bit set, method in the next three (0 zlib), size of the original length in the lower three; then
    that length (big-endian) and the zlib stream (MariaDB's binlog_buf_uncompress).
    """
    offset = cursor.offset
    mark = cursor.u8()
    if mark & 0xF0 != 0x80:
        raise cursor.error(f"0x{mark:02x} does not begin a compressed part", offset)
    length = cursor.uint_be(mark & 7)
    try:
        return inflate(cursor.rest(), length)
    except ValueError as error:
        raise cursor.error(f"A compressed part does not expand: {error}", offset) from error
