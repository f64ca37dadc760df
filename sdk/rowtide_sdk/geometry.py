"""Spatial values, as Debezium carries them: well-known binary and a reference system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Geometry:
    """Any spatial value.

    Attributes:
        wkb: OGC well-known binary.
        srid: spatial reference system; None when the server had 0.
    """

    wkb: bytes
    srid: int | None = None


@dataclass(frozen=True, slots=True)
class Point(Geometry):
    """A POINT, with its coordinates at hand."""

    x: float = 0.0
    y: float = 0.0
