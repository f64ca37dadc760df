"""MySQL's binary JSON, printed as Debezium prints it: no blanks, numbers in full, dates and times as strings.

Layout (json_binary.h): a type byte, then for an object or array its count and size (2 bytes each, 4 in a large one),
for an object an offset and length (2) of each key, for each value a type byte and either the value itself, where it
fits, or its offset from the count. Keys and values come in the server's order.

Two values that Debezium's client misprints are right here: unsigned integers of 2^31 to 2^32 - 1 (it makes them
negative) and negative times (it loses the sign).
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from math import isfinite

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType
from rowtide.binlog.reference.values.numbers import PRECISION_MAX, read_decimal
from rowtide.binlog.reference.values.reader import ValueReader, prefixed

_DEPTH_MAX = 101
"""One more than the nesting that servers allow."""

_LITERALS = {0: "null", 1: "true", 2: "false"}
_DOUBLE = struct.Struct("<d")
_ESCAPES = {i: f"\\u{i:04X}" for i in range(32)} | {
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
}


def json(length_bytes: int) -> ValueReader:
    def convert(cursor: Cursor, document: bytes) -> str | None:
        return json_text(document, cursor.offset - len(document))

    return prefixed(length_bytes, convert)


def json_text(document: bytes, origin: int = 0) -> str | None:
    """The document's text; None when it is empty, as a server leaves it in a NOT NULL column that was given nothing.

    Args:
        origin: the document's offset in its event, for errors.

    Raises:
        BinlogError: not a document.
    """
    if not document:
        return None
    printer = _Printer(document, origin)
    printer.value(document[0], 1, 0)
    return "".join(printer.out)


class _Printer:
    """Prints values into `out`. Offsets may point anywhere, so what is printed is bounded by what an honest document
    of that size can hold: a value takes at least three bytes, a string as many as it is long."""

    def __init__(self, document: bytes, origin: int) -> None:
        self._document = document
        self._origin = origin
        self._values_left = len(document) // 3 + 1
        self._bytes_left = len(document)
        self.out: list[str] = []

    def value(self, kind: int, pos: int, depth: int) -> None:
        self._values_left -= 1
        cursor = Cursor(self._document, pos, origin=self._origin)
        if self._values_left < 0 or depth > _DEPTH_MAX:
            raise cursor.error("A JSON document refers to one value again and again, or is nested too deeply")
        if kind in _CONTAINERS:
            self._container(kind, cursor, depth)
        elif kind in _SCALARS:
            self.out.append(_SCALARS[kind](cursor))
        elif kind == _STRING:
            self.out.append(_quoted(self._counted(cursor, _varint(cursor))))
        elif kind == _OPAQUE:
            column_type = cursor.u8()
            self.out.append(_opaque(column_type, self._counted_cursor(cursor, _varint(cursor))))
        else:
            raise cursor.error(f"{kind} is no type of JSON value")

    def _counted(self, cursor: Cursor, size: int) -> bytes:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise cursor.error("A JSON document's strings are longer than the document")
        return cursor.take(size)

    def _counted_cursor(self, cursor: Cursor, size: int) -> Cursor:
        start = cursor.offset
        return Cursor(self._counted(cursor, size), origin=start)

    def _container(self, kind: int, cursor: Cursor, depth: int) -> None:
        is_object, width = _CONTAINERS[kind]
        start = cursor.pos
        count, size = cursor.uint(width), cursor.uint(width)
        if size > len(self._document) - start or count * (1 + width) > size:
            raise cursor.error(f"A JSON container of {count} values in {size} bytes does not fit its document")
        names = [(cursor.uint(width), cursor.uint(2)) for _ in range(count)] if is_object else []
        bounds = range(cursor.pos - start + count * (1 + width), size)
        self.out.append("{" if is_object else "[")
        for i in range(count):
            if i:
                self.out.append(",")
            if is_object:
                offset, length = names[i]
                name = self._counted(Cursor(self._document, start + offset, origin=self._origin), length)
                self.out.append(_quoted(name) + ":")
            self._entry(cursor, start, bounds, width, depth)
        self.out.append("}" if is_object else "]")

    def _entry(self, cursor: Cursor, start: int, bounds: range, width: int, depth: int) -> None:
        kind = cursor.u8()
        inlined = cursor.pos
        offset = cursor.uint(width)
        if kind in _INLINE_SMALL or (kind in _INLINE_LARGE and width == 4):
            self.value(kind, inlined, depth + 1)
            return
        if offset not in bounds:
            raise cursor.error(f"A JSON value at {offset} lies outside its container ({bounds.start} to {bounds.stop})")
        self.value(kind, start + offset, depth + 1)


_STRING = 0x0C
_OPAQUE = 0x0F
_CONTAINERS = {0x00: (True, 2), 0x01: (True, 4), 0x02: (False, 2), 0x03: (False, 4)}
_INLINE_SMALL = {0x04, 0x05, 0x06}
_INLINE_LARGE = {0x07, 0x08}


def _quoted(text: bytes) -> str:
    return quoted(text.decode("utf-8", "replace"))


def quoted(text: str) -> str:
    """A string as it stands in a printed document."""
    return '"' + text.translate(_ESCAPES) + '"'


def _varint(cursor: Cursor) -> int:
    """Seven bits a byte, lowest first, the highest bit saying that another follows; at most five bytes."""
    value = 0
    for shift in range(0, 35, 7):
        byte = cursor.u8()
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value
    raise cursor.error("A JSON length has no end")


def _literal(cursor: Cursor) -> str:
    code = cursor.u8()
    if code not in _LITERALS:
        raise cursor.error(f"{code} is no JSON literal", cursor.offset - 1)
    return _LITERALS[code]


def _double(cursor: Cursor) -> str:
    value = _DOUBLE.unpack(cursor.take(8))[0]
    if not isfinite(value):
        raise cursor.error("A JSON number is not finite", cursor.offset - 8)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    # Java would write these with an exponent; Debezium prints all digits of the binary value instead.
    return format(Decimal(value), "f")


_SCALARS: dict[int, Callable[[Cursor], str]] = {
    0x04: _literal,
    0x05: lambda cursor: str(cursor.sint(2)),
    0x06: lambda cursor: str(cursor.uint(2)),
    0x07: lambda cursor: str(cursor.sint(4)),
    0x08: lambda cursor: str(cursor.uint(4)),
    0x09: lambda cursor: str(cursor.sint(8)),
    0x0A: lambda cursor: str(cursor.uint(8)),
    0x0B: _double,
}


def _opaque(column_type: int, content: Cursor) -> str:
    if column_type in (ColumnType.DECIMAL, ColumnType.NEWDECIMAL):
        precision, scale = content.u8(), content.u8()
        if not scale <= precision <= PRECISION_MAX:
            raise content.error(f"DECIMAL({precision},{scale}) is no type")
        return format(read_decimal(content, precision, scale), "f")
    if column_type in (ColumnType.DATE, ColumnType.NEWDATE):
        return f'"{_date(content.uint(8) >> 24)}"'
    if column_type in (ColumnType.DATETIME, ColumnType.DATETIME2, ColumnType.TIMESTAMP, ColumnType.TIMESTAMP2):
        packed = content.uint(8)
        return f'"{_date(packed >> 24)} {_clock(packed >> 24 & 0x1FFFF, packed & 0xFFFFFF)}"'
    if column_type in (ColumnType.TIME, ColumnType.TIME2):
        signed = content.sint(8)
        packed = abs(signed)
        return f'"{"-" if signed < 0 else ""}{_clock(packed >> 24, packed & 0xFFFFFF)}"'
    return f'"{b64encode(content.rest()).decode("ascii")}"'


def _date(packed: int) -> str:
    year, month = divmod(packed >> 22, 13)
    return f"{year:04d}-{month:02d}-{packed >> 17 & 31:02d}"


def _clock(packed: int, microseconds: int) -> str:
    text = f"{packed >> 12 & 1023:02d}:{packed >> 6 & 63:02d}:{packed & 63:02d}"
    return f"{text}.{microseconds:06d}".rstrip("0") if microseconds else text
