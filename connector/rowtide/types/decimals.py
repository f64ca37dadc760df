"""DECIMAL and NUMERIC, by `decimal.handling.mode`."""

from __future__ import annotations

import decimal

from rowtide.connect.schema import FLOAT64, STRING, Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Convert, Family, identity
from rowtide.types.modes import ValueModes

DECIMAL_NAME = "org.apache.kafka.connect.data.Decimal"
_CONTEXT = decimal.Context(prec=100, rounding=decimal.ROUND_HALF_UP)
"""The server allows 65 digits."""


def precise_schema(precision: int, scale: int) -> Schema:
    """Connect's Decimal with Debezium's parameter for the precision."""
    parameters = (("scale", str(scale)), ("connect.decimal.precision", str(precision)))
    return Schema(SchemaType.BYTES, name=DECIMAL_NAME, version=1, parameters=parameters)


def decimal_family(column: Column, modes: ValueModes) -> Family:
    scale = column.scale or 0
    zero = decimal.Decimal(0).scaleb(-scale)
    convert: Convert
    if modes.decimal == "precise":
        schema, convert = precise_schema(column.length if column.length is not None else -1, scale), identity
    elif modes.decimal == "string":
        schema, convert = STRING, _plain
    else:
        schema, convert = FLOAT64, _double

    def default(text: str) -> object:
        return convert(_rescaled(text, scale))

    return Family(schema, convert, convert(zero), default)


def _plain(raw: decimal.Decimal) -> str:
    number = raw
    return f"{number:f}" if number else f"{number.copy_abs():f}"


def _double(raw: decimal.Decimal) -> float:
    return float(raw)


def _rescaled(text: str, scale: int) -> decimal.Decimal:
    try:
        return _CONTEXT.quantize(decimal.Decimal(text), decimal.Decimal(1).scaleb(-scale))
    except decimal.InvalidOperation as error:
        raise ValueError("not a number") from error
