"""POINT, GEOMETRY and the other spatial types: a 4-byte SRID, little-endian, then WKB."""

from __future__ import annotations

import struct

from rowtide.connect.schema import (
    BYTES,
    FLOAT64,
    OPTIONAL_BYTES,
    OPTIONAL_INT32,
    Schema,
    Struct,
)
from rowtide.connect.schema import struct as struct_schema
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.defaults import no_default
from rowtide.types.modes import ValueModes

_EMPTY_COLLECTION = bytes.fromhex("010700000000000000")
_POINT_SIZE = 21  # byte order 1, type 4, x 8, y 8
_POINT_TYPE = 1

GEOMETRY_TYPES = frozenset(
    (
        "GEOMETRY",
        "LINESTRING",
        "POLYGON",
        "MULTIPOINT",
        "MULTILINESTRING",
        "MULTIPOLYGON",
        "GEOMETRYCOLLECTION",
        "GEOMCOLLECTION",
    )
)


def geometry_family(column: Column, modes: ValueModes) -> Family:
    schema = struct_schema(
        "io.debezium.data.geometry.Geometry",
        ("wkb", BYTES),
        ("srid", OPTIONAL_INT32),
        version=1,
        optional=True,
        doc="Geometry",
    )
    return Family(
        schema, lambda raw: Struct(schema, _parts(raw)), Struct(schema, (_EMPTY_COLLECTION, None)), no_default
    )


def point_family(column: Column, modes: ValueModes) -> Family:
    schema = struct_schema(
        "io.debezium.data.geometry.Point",
        ("x", FLOAT64),
        ("y", FLOAT64),
        ("wkb", OPTIONAL_BYTES),
        ("srid", OPTIONAL_INT32),
        version=1,
        doc="Geometry (POINT)",
    )
    fallback = Struct(schema, (0.0, 0.0, _EMPTY_COLLECTION, None))
    return Family(schema, lambda raw: _point(schema, raw), fallback, no_default)


def _parts(raw: bytes) -> tuple[bytes, int | None]:
    """WKB and SRID; an SRID of 0 is none."""
    data = raw
    if len(data) < 4:
        raise ValueError("shorter than an SRID")
    return data[4:], int.from_bytes(data[:4], "little", signed=True) or None


def _point(schema: Schema, raw: bytes) -> Struct:
    wkb, srid = _parts(raw)
    if len(wkb) != _POINT_SIZE:
        raise ValueError("not a point")
    kind, x, y = struct.unpack_from("<Idd" if wkb[0] else ">Idd", wkb, 1)
    if kind != _POINT_TYPE:
        raise ValueError("not a point of two dimensions")
    return Struct(schema, (x, y, wkb, srid))
