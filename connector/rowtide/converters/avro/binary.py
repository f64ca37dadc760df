"""Avro's binary encoding of single values.

https://avro.apache.org/docs/1.11.3/specification/#binary-encoding
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from rowtide.errors import DataError

_FLOAT = struct.Struct("<f")
_DOUBLE = struct.Struct("<d")
_ONE_BYTE = [bytes((i,)) for i in range(0x80)]
_TWO_BYTES = [bytes((i & 0x7F | 0x80, i >> 7)) for i in range(0x4000)]
_BOOLEANS = {False: b"\0", True: b"\1"}
_INT_LIMIT, _LONG_LIMIT = 1 << 31, 1 << 63


def write_long(value: int) -> bytes:
    """Zigzag, seven bits a byte, the lowest first. Raises ValueError beyond 64 bits."""
    number = value << 1 if value >= 0 else (-value << 1) - 1
    if number < 0x80:
        return _ONE_BYTE[number]
    if number < 0x4000:
        return _TWO_BYTES[number]
    if number >> 64:
        raise ValueError(f"{value} has more than 64 bits")
    written = bytearray()
    while number >= 0x4000:
        written += _TWO_BYTES_CONTINUED[number & 0x3FFF]
        number >>= 14
    return bytes(written + (_ONE_BYTE[number] if number < 0x80 else _TWO_BYTES[number]))


_TWO_BYTES_CONTINUED = [bytes((i & 0x7F | 0x80, i >> 7 | 0x80)) for i in range(0x4000)]


def write_int(value: int) -> bytes:
    """Raises ValueError beyond 32 bits."""
    if not -_INT_LIMIT <= value < _INT_LIMIT:
        raise ValueError(f"{value} has more than 32 bits")
    return write_long(value)


def write_bytes(value: bytes) -> bytes:
    return write_long(len(value)) + value


def write_string(value: str) -> bytes:
    """Half a surrogate pair becomes a question mark, as in Java."""
    data = value.encode("utf-8", "replace")
    return write_long(len(data)) + data


def write_boolean(value: bool) -> bytes:
    return _BOOLEANS[value]


def write_float(value: float) -> bytes:
    return _FLOAT.pack(value)


def write_double(value: float) -> bytes:
    return _DOUBLE.pack(value)


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "null": lambda _value: b"",
    "boolean": write_boolean,
    "int": write_int,
    "long": write_long,
    "float": write_float,
    "double": write_double,
    "bytes": write_bytes,
    "string": write_string,
}
"""They raise what Python raises for a value of another type: TypeError, AttributeError, KeyError, struct.error."""


class Reader:
    """A cursor over binary Avro. Everything raises DataError where the bytes end too early."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self._at = at

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise DataError(f"Avro data ends at byte {len(self._data)}, within a value of {size} bytes.")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def long(self) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number >> 1 ^ -(number & 1)
            shift += 7
            if shift > 63:
                raise DataError("Avro data has an integer of more than 64 bits.")

    def boolean(self) -> bool:
        return self.take(1) != b"\0"

    def float32(self) -> float:
        return float(_FLOAT.unpack(self.take(4))[0])

    def float64(self) -> float:
        return float(_DOUBLE.unpack(self.take(8))[0])

    def data(self) -> bytes:
        return self.take(self.long())

    def string(self) -> str:
        try:
            return self.data().decode()
        except UnicodeDecodeError as error:
            raise DataError(f"Avro data has a string that is not UTF-8: {error}.") from error


READERS: dict[str, Callable[[Reader], Any]] = {
    "null": lambda _reader: None,
    "boolean": Reader.boolean,
    "int": Reader.long,
    "long": Reader.long,
    "float": Reader.float32,
    "double": Reader.float64,
    "bytes": Reader.data,
    "string": Reader.string,
}
