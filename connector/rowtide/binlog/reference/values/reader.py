"""What reads one column's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowtide.binlog.cursor import Cursor


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads or passes over one value that is not NULL; both raise BinlogError.

    Attributes:
        read: gives the raw value (`rowtide.binlog.values`).
        skip: moves the cursor as `read` would.
        size: bytes of every value, None where they differ.
    """

    read: Callable[[Cursor], object]
    skip: Callable[[Cursor], None]
    size: int | None = None


def fixed(size: int, read: Callable[[Cursor], object]) -> ValueReader:
    """A reader of values that always take `size` bytes."""

    def skip(cursor: Cursor) -> None:
        cursor.skip(size)

    return ValueReader(read, skip, size)


def prefixed(length_bytes: int, convert: Callable[[Cursor, bytes], object] | None = None) -> ValueReader:
    """A reader of values behind their length (little-endian); `convert` gets the cursor, past them, for its errors."""

    def take(cursor: Cursor) -> object:
        return cursor.take(cursor.uint(length_bytes))

    def read(cursor: Cursor) -> object:
        content = cursor.take(cursor.uint(length_bytes))
        return convert(cursor, content) if convert else content

    def skip(cursor: Cursor) -> None:
        cursor.skip(cursor.uint(length_bytes))

    return ValueReader(read if convert else take, skip)


def refused(why: str) -> ValueReader:
    """For a type that row events don't carry, or not so that it can be read."""

    def refuse(cursor: Cursor) -> None:
        raise cursor.error(why)

    return ValueReader(refuse, refuse)
