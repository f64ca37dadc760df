"""BIT and BOOLEAN."""

from __future__ import annotations

import re

from rowtide.connect.schema import BOOLEAN, Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.modes import ValueModes

_INTEGER = re.compile(r"[+-]?\d+")
_BINARY_DIGITS = re.compile("[01]+")


def boolean_family(column: Column, modes: ValueModes) -> Family:
    """BOOLEAN of a DDL statement, and BIT(1)."""
    return Family(BOOLEAN, bool, False, _default_boolean)


def bit_family(column: Column, modes: ValueModes) -> Family:
    length = column.length or 1
    if length <= 1:
        return boolean_family(column, modes)
    size = (length + 7) // 8
    schema = Schema(SchemaType.BYTES, name="io.debezium.data.Bits", version=1, parameters=(("length", str(length)),))

    def convert(raw: int) -> bytes:
        return raw.to_bytes(size, "little")

    def default(text: str) -> bytes:
        if not _BINARY_DIGITS.fullmatch(text):
            raise ValueError("not a bit literal")
        digits = (len(text) + 7) // 8
        return int(text, 2).to_bytes(digits, "little").ljust(size, b"\0")

    return Family(schema, convert, b"", default)


def _default_boolean(text: str) -> bool:
    return int(text) != 0 if _INTEGER.fullmatch(text) else text.lower() == "true"
