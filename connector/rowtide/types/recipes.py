"""What the conversions of columns do, as data: the native engine does the same from the row image.

Each recipe is a name and its arguments, which the engine's `Op` has a variant for (`connector/rust/engine`). A column
without a recipe is converted by its codec. Tests compare both for every type and mode.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from rowtide.connect.schema import SchemaType
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.binaries import binary_family
from rowtide.types.bits import bit_family, boolean_family
from rowtide.types.codec import Convert, Family, identity
from rowtide.types.columns import BY_NAME, BY_NUMBER, FamilyOf, type_key
from rowtide.types.dates import date_family, datetime_family, year_family
from rowtide.types.decimals import decimal_family
from rowtide.types.enums import enum_family, set_family
from rowtide.types.floats import float_family
from rowtide.types.integers import integer, storage_bits
from rowtide.types.modes import ValueModes
from rowtide.types.spatial import geometry_family, point_family
from rowtide.types.strings import inet_family, json_family, string_family, uuid_family
from rowtide.types.times import time_family
from rowtide.types.timestamps import timestamp_family
from rowtide.types.vectors import vector_family

Recipe = tuple[object, ...]

_ENCODINGS = ("utf-8", "utf-16-be", "utf-16-le", "utf-32-be")
_PROBE = "aé€\N{GRINNING FACE}"


def recipe(column: Column, modes: ValueModes, *, snapshot: bool) -> Recipe | None:
    """What the column's codec does with a value that is not NULL; None when only the codec can do it.

    Args:
        snapshot: for rows that were read by a SELECT.
    """
    by_name = BY_NAME.get(type_key(column))
    if by_name is None:
        family = integer(column, modes)
        if family is not None:
            return _integer(column, family)
        by_name = BY_NUMBER.get(column.jdbc_type)
    make = _RECIPES.get(by_name) if by_name is not None else None
    return make(column, modes, snapshot) if make is not None else None


def _integer(column: Column, family: Family) -> Recipe:
    if family.convert is identity:
        return ("int",)
    bits = storage_bits(column)
    if bits is not None and bits < 64:
        return ("mask", (1 << bits) - 1)
    return ("unsigned_decimal",)


def _bit(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    length = column.length or 1
    return ("bool",) if length <= 1 else ("bits", (length + 7) // 8)


def _boolean(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("bool",)


def _float(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("single",) if float_family(column, modes).schema.type is SchemaType.FLOAT32 else ("double",)


def _decimal(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    if modes.decimal == "precise":
        return ("decimal", column.scale or 0)
    return ("decimal_text",) if modes.decimal == "string" else ("decimal_double",)


def _string(column: Column, modes: ValueModes, snapshot: bool) -> Recipe | None:
    characters = _characters(string_family, column.charset, snapshot)
    return None if characters is None else ("text", characters)


@lru_cache(maxsize=128)
def _characters(family_of: FamilyOf, charset: str | None, snapshot: bool) -> str | tuple[str, ...] | None:
    """How the engine decodes what the family decodes: the name of an encoding that it knows, or each byte's character.

    None for sets of several bytes a character, whose tables the engine does not have.
    """
    family = family_of(Column("", 1, jdbc.VARCHAR, "VARCHAR", charset=charset), ValueModes())
    decode = _conversion(family, snapshot)
    for encoding in _ENCODINGS:
        if decode(_PROBE.encode(encoding)) == _PROBE:
            return encoding
    table = tuple(str(decode(bytes([byte])) or "") for byte in range(256))
    ascii_kept = all(table[byte] == chr(byte) for byte in range(128))
    pairs = ((first, second) for first in range(0x80, 0x100) for second in range(0x21, 0x100))
    single = ascii_kept and all(decode(bytes(pair)) == table[pair[0]] + table[pair[1]] for pair in pairs)
    return table if single else None


def _conversion(family: Family, snapshot: bool) -> Convert:
    return family.convert_snapshot if snapshot and family.convert_snapshot else family.convert


def _binary(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    padded = column.length if column.jdbc_type == jdbc.BINARY and column.length else 0
    return ("bytes", padded, modes.binary)


def _json(column: Column, modes: ValueModes, snapshot: bool) -> Recipe | None:
    characters = _characters(json_family, column.charset, snapshot)
    return None if characters is None else ("json", characters)


def _uuid(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("uuid",)


def _inet(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("inet", 4 if column.type_name.upper().startswith("INET4") else 16)


def _enum(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    """The text of each index, as the codec gives it."""
    convert = _conversion(enum_family(column, modes), snapshot)
    return ("item", tuple(convert(index) for index in range(len(column.enum_values) + 1)))


def _set(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    convert = _conversion(set_family(column, modes), snapshot)
    return ("items", tuple(convert(1 << bit) for bit in range(len(column.enum_values))))


def _year(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("year", 0 if snapshot else 1900, modes.time_adjuster)


def _date(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("date", modes.time == "isostring", modes.time_adjuster)


def _datetime(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    units = {"isostring": "iso", "nanoseconds": "ns", "connect": "ms", "microseconds": "us"}
    unit = units.get(modes.time) or ("us" if (column.length or 0) > 3 else "ms")
    return ("datetime", unit, modes.time_adjuster)


def _timestamp(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    if snapshot:
        return ("zoned", None, True)
    return ("zoned", column.length or None, modes.zero_timestamps == "null")


def _time(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("time", {"connect": "ms", "nanoseconds": "ns", "isostring": "iso"}.get(modes.time, "us"))


def _geometry(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("geometry",)


def _point(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("point",)


def _vector(column: Column, modes: ValueModes, snapshot: bool) -> Recipe:
    return ("floats",)


_RECIPES: dict[FamilyOf, Callable[[Column, ValueModes, bool], Recipe | None]] = {
    bit_family: _bit,
    boolean_family: _boolean,
    float_family: _float,
    decimal_family: _decimal,
    string_family: _string,
    binary_family: _binary,
    json_family: _json,
    uuid_family: _uuid,
    inet_family: _inet,
    enum_family: _enum,
    set_family: _set,
    year_family: _year,
    date_family: _date,
    datetime_family: _datetime,
    timestamp_family: _timestamp,
    time_family: _time,
    geometry_family: _geometry,
    point_family: _point,
    vector_family: _vector,
}
