"""Reads the file in which a standalone worker of Kafka Connect keeps offsets: a serialised HashMap<byte[], byte[]>.

Source of the format: the Java Object Serialization Specification, chapter 6, and java.util.HashMap's writeObject.
"""

from __future__ import annotations

import struct

from rowtide.errors import ConfigError

MAGIC = b"\xac\xed\x00\x05"

_NULL, _REFERENCE, _CLASS, _OBJECT, _ARRAY, _BLOCK, _END = 0x70, 0x71, 0x72, 0x73, 0x75, 0x77, 0x78
_FIRST_HANDLE = 0x7E0000
_FIELD_BYTES = {"B": 1, "C": 2, "D": 8, "F": 4, "I": 4, "J": 8, "S": 2, "Z": 1}


def read_java_offsets(data: bytes, path: str) -> dict[bytes, bytes | None]:
    """Values by key, both JSON as in the offsets topic. Raises ConfigError when it is something else."""
    try:
        return _Reader(data).read()
    except (_OtherError, struct.error, IndexError) as error:
        raise ConfigError(
            f"offset.storage.file.filename {path} begins as a file of Java, and is no map of offsets: {error}.",
            hint="Name the file that a standalone worker of Kafka Connect wrote, or one that is not there yet.",
        ) from error


class _OtherError(Exception):
    """What is not as expected."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = len(MAGIC)
        self._handles: list[object] = []

    def read(self) -> dict[bytes, bytes | None]:
        if self._tag() != _OBJECT:
            raise _OtherError("it holds no object")
        fields = self._class("java.util.HashMap")
        self._handles.append(None)  # the map itself
        self._take(sum(fields))
        if self._tag() != _BLOCK:
            raise _OtherError("the map has no size")
        size = struct.unpack(">i", self._take(self._take(1)[0])[-4:])[0]
        found: dict[bytes, bytes | None] = {}
        for _ in range(size):
            key, value = self._bytes(), self._bytes()
            if key is not None:
                found[key] = value
        return found

    def _class(self, expected: str) -> list[int]:
        """The lengths of the fields of a class, which must be the expected one."""
        tag = self._tag()
        if tag == _REFERENCE:
            if self._handle() != expected:
                raise _OtherError("an entry is of another class")
            return []
        if tag != _CLASS:
            raise _OtherError("a class is missing")
        name = self._text()
        if name != expected:
            raise _OtherError(f"it holds a {name}")
        self._take(8)  # serialVersionUID
        self._handles.append(name)
        self._take(1)  # flags
        lengths = []
        for _ in range(self._number(2)):
            lengths.append(_FIELD_BYTES.get(chr(self._take(1)[0]), 0))
            self._text()
        if self._tag() != _END or self._tag() != _NULL:
            raise _OtherError(f"the class {name} has annotations or a superclass")
        return lengths

    def _bytes(self) -> bytes | None:
        tag = self._tag()
        if tag == _NULL:
            return None
        if tag == _REFERENCE:
            known = self._handle()
            if not isinstance(known, bytes):
                raise _OtherError("an entry is no array of bytes")
            return known
        if tag != _ARRAY:
            raise _OtherError("an entry is no array of bytes")
        self._class("[B")
        place = len(self._handles)
        self._handles.append(None)
        value = self._take(self._number(4))
        self._handles[place] = value
        return value

    def _handle(self) -> object:
        return self._handles[self._number(4) - _FIRST_HANDLE]

    def _tag(self) -> int:
        return self._take(1)[0]

    def _text(self) -> str:
        return self._take(self._number(2)).decode("utf-8", "replace")

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise _OtherError("it is cut off")
        self._at += size
        return part
