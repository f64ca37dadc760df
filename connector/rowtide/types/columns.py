"""Which type family a column belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache

from rowtide.tables.model import Column, TableId
from rowtide.types import jdbc
from rowtide.types.binaries import binary_family
from rowtide.types.bits import bit_family, boolean_family
from rowtide.types.codec import ColumnCodec, Family, codec_of
from rowtide.types.dates import date_family, datetime_family, year_family
from rowtide.types.decimals import decimal_family
from rowtide.types.enums import enum_family, set_family
from rowtide.types.floats import float_family
from rowtide.types.integers import integer
from rowtide.types.modes import ValueModes
from rowtide.types.spatial import GEOMETRY_TYPES, geometry_family, point_family
from rowtide.types.strings import inet_family, json_family, string_family, uuid_family
from rowtide.types.times import time_family
from rowtide.types.timestamps import timestamp_family
from rowtide.types.vectors import vector_family

log = logging.getLogger(__name__)

FamilyOf = Callable[[Column, ValueModes], Family]

BY_NAME: dict[str, FamilyOf] = {
    "JSON": json_family,
    "POINT": point_family,
    **dict.fromkeys(GEOMETRY_TYPES, geometry_family),
    "YEAR": year_family,
    "ENUM": enum_family,
    "SET": set_family,
    "VECTOR": vector_family,
    "UUID": uuid_family,
    "INET4": inet_family,
    "INET6": inet_family,
}
"""Types that are known by their name; it goes before the JDBC number."""

BY_NUMBER: dict[int, FamilyOf] = {
    jdbc.BIT: bit_family,
    jdbc.BOOLEAN: boolean_family,
    **dict.fromkeys((jdbc.FLOAT, jdbc.DOUBLE, jdbc.REAL), float_family),
    **dict.fromkeys((jdbc.NUMERIC, jdbc.DECIMAL), decimal_family),
    **dict.fromkeys(jdbc.STRINGS, string_family),
    **dict.fromkeys(jdbc.BINARIES, binary_family),
    jdbc.DATE: date_family,
    jdbc.TIME: time_family,
    jdbc.TIMESTAMP: datetime_family,
    jdbc.TIMESTAMP_WITH_TIMEZONE: timestamp_family,
}


def type_key(column: Column) -> str:
    """The type's name without length and without what follows it."""
    return column.type_name.upper().partition("(")[0].strip()


def family_of(column: Column, modes: ValueModes) -> Family | None:
    """The column's family, None when its type is unknown."""
    by_name = BY_NAME.get(type_key(column))
    family = by_name(column, modes) if by_name else integer(column, modes)
    if family is None and column.jdbc_type in BY_NUMBER:
        family = BY_NUMBER[column.jdbc_type](column, modes)
    return family


def column_codec(column: Column, modes: ValueModes, table: TableId | None = None) -> ColumnCodec | None:
    """How a column's values appear in records; None when its type is unknown and the column is left out.

    Args:
        table: named in messages.

    Raises:
        DataError: the default cannot be converted and `conversion_failure` is `fail`.
    """
    family = family_of(column, modes)
    if family is None:
        _warn_unknown(f"{table}.{column.name}" if table else column.name, column.type_name)
        return None
    return codec_of(column, family, modes, table)


@lru_cache(maxsize=1000)
def _warn_unknown(name: str, type_name: str) -> None:
    """Once a column."""
    log.warning("column %s has the unknown type %s and will not be part of change events", name, type_name)
