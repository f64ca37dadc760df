"""CHAR, VARCHAR, BLOB and what is stored like them; ENUM and SET; MariaDB's compressed columns.

STRING metadata: the first byte is the real type (STRING, ENUM, SET), the second the length. A CHAR of more than 255
bytes keeps two more bits of its length inverted in bits 4 and 5 of the first byte.
"""

from __future__ import annotations

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType
from rowtide.binlog.reference.compression import inflate
from rowtide.binlog.reference.values.reader import ValueReader, fixed, prefixed


def string_type(metadata: int) -> tuple[int, int]:
    """Real type and length in bytes that the metadata of a STRING column names."""
    first, second = metadata & 0xFF, metadata >> 8
    if first and first & 0x30 != 0x30:
        return first | 0x30, second | ((first & 0x30) ^ 0x30) << 4
    return first or ColumnType.STRING, second


def string(metadata: int) -> ValueReader:
    real_type, length = string_type(metadata)
    return enumeration(length) if real_type in (ColumnType.ENUM, ColumnType.SET) else varchar(length)


def enumeration(size: int) -> ValueReader:
    """ENUM's index or SET's bits, little-endian."""
    return fixed(size, lambda cursor: cursor.uint(size))


def varchar(length: int) -> ValueReader:
    """A string of at most `length` bytes, its own length in front of it."""
    return prefixed(1 if length < 256 else 2)


def compressed_varchar(length: int) -> ValueReader:
    return prefixed(1 if length < 256 else 2, uncompressed_column)


def compressed_blob(length_bytes: int) -> ValueReader:
    return prefixed(length_bytes, uncompressed_column)


def uncompressed_column(cursor: Cursor, stored: bytes) -> bytes:
    """The value of a MariaDB COMPRESSED column.

    It starts with a byte: the method in the upper half (0 as it is, 8 zlib), 8 for a zlib stream without header, and in
    the lower three bits how many bytes of original length (big-endian) come next (MariaDB's sql/field_comp.cc).
    """
    if not stored:
        return b""
    offset = cursor.offset - len(stored)
    mark, size = stored[0], stored[0] & 7
    if mark >> 4 == 0:
        return stored[1:]
    if mark >> 4 != 8 or len(stored) < 1 + size:
        raise cursor.error(f"0x{mark:02x} does not begin a compressed column", offset)
    length = int.from_bytes(stored[1 : 1 + size], "big")
    try:
        return inflate(stored[1 + size :], length, raw=bool(mark & 8))
    except ValueError as error:
        raise cursor.error(f"A compressed column does not expand: {error}", offset) from error
