"""ENUM and SET."""

from __future__ import annotations

from collections.abc import Sequence

from rowtide.connect.schema import Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.modes import ValueModes


def items_of(column: Column) -> tuple[str, ...]:
    """The items of an ENUM or SET as the server shows them: without quotes, escaped quotes resolved."""
    return tuple(_unquoted(item) for item in column.enum_values)


def _unquoted(item: str) -> str:
    if len(item) >= 2 and item[0] == item[-1] and item[0] in "'\"`":
        item = item[1:-1]
    return item.replace("\\'", "'").replace("''", "'")


def _schema(name: str, items: Sequence[str]) -> Schema:
    allowed = ",".join(item.replace(",", "\\,") for item in items)
    return Schema(SchemaType.STRING, name=name, version=1, parameters=(("allowed", allowed),))


def enum_family(column: Column, modes: ValueModes) -> Family:
    """The raw value is the index; text (of a snapshot whose item is not in the table's definition) passes."""
    items = items_of(column)
    texts = ("", *items)

    def convert(raw: int | str) -> str:
        if isinstance(raw, str):
            return raw
        index = raw
        if index < 0:
            raise ValueError("no such item")
        return texts[index]

    return Family(_schema("io.debezium.data.Enum", items), convert, "", str)


def set_family(column: Column, modes: ValueModes) -> Family:
    """The raw value is the bits; a bit beyond the items shows as an empty item."""
    items = items_of(column)

    def convert(raw: int | str) -> str:
        if isinstance(raw, str):
            return raw
        bits = raw & 0xFFFFFFFFFFFFFFFF
        chosen = (i for i in range(bits.bit_length()) if bits >> i & 1)
        return ",".join(items[i] if i < len(items) else "" for i in chosen)

    return Family(_schema("io.debezium.data.EnumSet", items), convert, "", str)
