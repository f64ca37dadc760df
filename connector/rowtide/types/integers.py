"""TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, signed and unsigned.

As Debezium shows them: an unsigned type takes the next wider Connect type; BIGINT UNSIGNED stays int64 and wraps unless
`bigint.unsigned.handling.mode=precise`.
"""

from __future__ import annotations

import decimal

from rowtide.connect.schema import INT8, INT16, INT32, INT64, Schema
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.codec import Convert, Family, identity
from rowtide.types.decimals import precise_schema
from rowtide.types.defaults import default_integer
from rowtide.types.modes import ValueModes

_BITS = {
    "TINYINT": 8, "INT1": 8,
    "SMALLINT": 16, "INT2": 16,
    "MEDIUMINT": 24, "INT3": 24, "MIDDLEINT": 24,
    "INT": 32, "INTEGER": 32, "INT4": 32,
    "BIGINT": 64, "INT8": 64,
}  # fmt: skip
_UNSIGNED: dict[int, tuple[Schema, int]] = {8: (INT16, 16), 16: (INT32, 32), 24: (INT32, 32), 32: (INT64, 64)}
_SIGNED = {jdbc.TINYINT: (INT8, 8), jdbc.SMALLINT: (INT16, 16), jdbc.INTEGER: (INT32, 32), jdbc.BIGINT: (INT64, 64)}


def storage_bits(column: Column) -> int | None:
    """How many bits the server stores; None for what is no integer."""
    return _BITS.get(column.type_name.upper().partition(" ")[0].partition("(")[0])


def integer(column: Column, modes: ValueModes) -> Family | None:
    """The family of an integer column; None for other columns."""
    bits = storage_bits(column)
    if bits is not None and "UNSIGNED" in column.type_name.upper().split():
        return _unsigned(bits, modes)
    if column.jdbc_type in _SIGNED:
        schema, width = _SIGNED[column.jdbc_type]
        return Family(schema, identity, 0, lambda text: default_integer(text, width))
    return None


def _unsigned(bits: int, modes: ValueModes) -> Family:
    if bits < 64:
        schema, width = _UNSIGNED[bits]
        return Family(schema, _masked((1 << bits) - 1), 0, lambda text: default_integer(text, width))
    if modes.bigint_unsigned == "long":
        return Family(INT64, identity, 0, lambda text: default_integer(text, 64))
    return Family(precise_schema(20, 0), _precise, decimal.Decimal(0), _precise_default)


def _masked(mask: int) -> Convert:
    def convert(raw: int) -> int:
        return raw & mask

    return convert


def _precise(raw: int) -> decimal.Decimal:
    return decimal.Decimal(raw & 0xFFFFFFFFFFFFFFFF)


def _precise_default(text: str) -> decimal.Decimal:
    number = decimal.Decimal(text)
    if not number.is_finite():
        raise ValueError("not a number")
    return number if number >= 0 else number + (1 << 64)
