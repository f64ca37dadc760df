"""FLOAT, DOUBLE and REAL.

A FLOAT with 25 digits or more, or with a scale, is float64, its 32-bit value widened; REAL is float32.
"""

from __future__ import annotations

from rowtide.connect.java_numbers import to_float32
from rowtide.connect.schema import FLOAT32, FLOAT64
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.codec import Family, identity
from rowtide.types.defaults import default_double
from rowtide.types.modes import ValueModes


def float_family(column: Column, modes: ValueModes) -> Family:
    if column.jdbc_type == jdbc.REAL:
        return Family(FLOAT32, _single, 0.0, _single_default)
    if column.jdbc_type == jdbc.FLOAT and is_single(column):
        return Family(FLOAT32, identity, 0.0, _single_default)
    return Family(FLOAT64, identity, 0.0, default_double)


def is_single(column: Column) -> bool:
    """Whether Debezium shows a FLOAT as float32."""
    return column.scale is None and (column.length is None or column.length <= 24)


def _single(raw: float) -> float:
    return to_float32(raw)


def _single_default(text: str) -> float:
    return to_float32(default_double(text))
