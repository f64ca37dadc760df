"""VECTOR of MySQL 9 and MariaDB 11.7: 32-bit floats, little-endian."""

from __future__ import annotations

import struct

from rowtide.connect.schema import FLOAT32, array
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.defaults import no_default
from rowtide.types.modes import ValueModes

_SCHEMA = array(FLOAT32, name="io.debezium.data.FloatVector", version=1)


def vector_family(column: Column, modes: ValueModes) -> Family:
    return Family(_SCHEMA, _floats, [], no_default)


def _floats(raw: bytes) -> list[float]:
    data = raw
    if len(data) % 4:
        raise ValueError("not a whole number of 32-bit floats")
    return list(struct.unpack(f"<{len(data) // 4}f", data))
