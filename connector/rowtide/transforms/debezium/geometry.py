"""Well-known binary of geometries: swaps coordinates, and adds or removes the SRID of the extended format."""

from __future__ import annotations

import struct

from rowtide.errors import DataError

_LITTLE = 1
_HAS_Z, _HAS_M, _HAS_SRID, _TYPE = 0x80000000, 0x40000000, 0x20000000, 0xFF
_POINT, _LINE, _POLYGON, _MULTI_POINT, _MULTI_LINE, _MULTI_POLYGON, _COLLECTION = range(1, 8)
_ORDINATE = 8
_HEAD = 5


def _order(byte: int) -> str:
    return "<" if byte == _LITTLE else ">"


def is_extended(wkb: bytes) -> bool:
    """Whether the geometry tells its SRID itself."""
    return len(wkb) >= _HEAD and bool(_type(wkb) & _HAS_SRID)


def _type(wkb: bytes) -> int:
    return int(struct.unpack_from(_order(wkb[0]) + "I", wkb, 1)[0])


def with_srid(wkb: bytes, srid: int) -> bytes:
    """The extended form. Raises DataError for bytes that are no geometry."""
    if is_extended(wkb):
        return wkb
    if len(wkb) < _HEAD:
        raise DataError("A geometry has less than 5 bytes")
    return wkb[:1] + struct.pack(_order(wkb[0]) + "Ii", _type(wkb) | _HAS_SRID, srid) + wkb[_HEAD:]


def without_srid(wkb: bytes) -> bytes:
    """The plain form."""
    if not is_extended(wkb):
        return wkb
    return wkb[:1] + struct.pack(_order(wkb[0]) + "I", _type(wkb) & ~_HAS_SRID) + wkb[_HEAD + 4 :]


def swapped(wkb: bytes) -> bytes:
    """The geometry with x and y changed places in all coordinates; what follows it is left out.

    Raises:
        DataError: the bytes are no geometry, or end within it.
    """
    try:
        return _Swapper(wkb).swap()
    except (struct.error, IndexError, DataError, RecursionError) as error:
        raise DataError("Failed to swap EWKB/WKB coordinates") from error


class _Swapper:
    def __init__(self, wkb: bytes) -> None:
        self._wkb = wkb
        self._at = 1
        self._order = self._written = _order(wkb[0])
        self._output = bytearray(wkb[:1])

    def swap(self) -> bytes:
        self._geometry()
        return bytes(self._output)

    def _number(self) -> int:
        """Copies a number of four bytes, in the byte order of the outermost geometry."""
        (number,) = struct.unpack_from(self._order + "I", self._wkb, self._at)
        self._at += 4
        self._output += struct.pack(self._written + "I", number)
        return int(number)

    def _geometry(self) -> None:
        kind = self._number()
        ordinates = 2 + bool(kind & _HAS_Z) + bool(kind & _HAS_M)
        if kind & _HAS_SRID:
            self._number()
        self._body(kind & _TYPE, ordinates)

    def _body(self, kind: int, ordinates: int) -> None:
        if kind == _POINT:
            self._points(1, ordinates)
        elif kind == _LINE:
            self._points(self._number(), ordinates)
        elif kind == _POLYGON:
            for _ in range(self._number()):
                self._points(self._number(), ordinates)
        elif kind in _PARTS:
            for _ in range(self._number()):
                self._part(_PARTS[kind], ordinates)
        else:
            raise DataError(f"Invalid geometry type: {kind}")

    def _part(self, kind: int | None, ordinates: int) -> None:
        """A geometry within another: of a kind with the ordinates of the outer one, or of any kind of its own."""
        outer = self._order
        self._order = _order(self._wkb[self._at])
        self._output.append(self._wkb[self._at])
        self._at += 1
        if kind is None:
            self._geometry()
        else:
            self._number()
            self._body(kind, ordinates)
        self._order = outer

    def _points(self, count: int, ordinates: int) -> None:
        size = ordinates * _ORDINATE
        if self._at + count * size > len(self._wkb):
            raise DataError("A geometry ends within its coordinates")
        for at in range(self._at, self._at + count * size, size):
            point = [self._wkb[i : i + _ORDINATE] for i in range(at, at + size, _ORDINATE)]
            if self._order != self._written:
                point = [ordinate[::-1] for ordinate in point]
            self._output += b"".join((point[1], point[0], *point[2:]))
        self._at += count * size


_PARTS = {_MULTI_POINT: _POINT, _MULTI_LINE: _LINE, _MULTI_POLYGON: _POLYGON, _COLLECTION: None}
