"""ENUM and SET.

A definition with backslashes is shown in two ways, as by Debezium: binlog rows carry an index, so their items are those
of the DDL statement with only quotes unescaped; rows of a snapshot carry the server's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rowtide.connect.schema import Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.modes import ValueModes

_ESCAPES = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)


def items_of(column: Column) -> tuple[str, ...]:
    """The items as Debezium reads them from the definition."""
    return tuple(_bare(item).replace("\\'", "'").replace("''", "'") for item in column.enum_values)


def server_items(column: Column) -> tuple[str, ...]:
    """The items as the server shows them."""
    return tuple(_ESCAPED.sub(_unescaped, _bare(item)) for item in column.enum_values)


def _bare(item: str) -> str:
    quoted = len(item) >= 2 and item[0] == item[-1] and item[0] in "'\"`"
    return item[1:-1] if quoted else item


def _unescaped(match: re.Match[str]) -> str:
    letter = match.group(1)
    return "'" if letter is None else _ESCAPES.get(letter, letter)


def _escaped(items: Sequence[str]) -> list[str]:
    return [item.replace(",", "\\,") for item in items]


def _schema(name: str, items: Sequence[str]) -> Schema:
    allowed = ",".join(_escaped(items))
    return Schema(SchemaType.STRING, name=name, version=1, parameters=(("allowed", allowed),))


def enum_family(column: Column, modes: ValueModes) -> Family:
    """The raw value is the index. Text, of a snapshot whose item the known definition lacks, passes."""
    # Debezium looks streamed indexes up among the items of `allowed`, whose commas are escaped.
    streamed, selected = _item_of(_escaped(items_of(column))), _item_of(server_items(column))
    return Family(_schema("io.debezium.data.Enum", items_of(column)), streamed, "", str, selected)


def set_family(column: Column, modes: ValueModes) -> Family:
    """The raw value is the bits; a bit beyond the items shows as an empty item. Text passes as for an ENUM."""
    streamed, selected = _items_by_bits(items_of(column)), _items_by_bits(server_items(column))
    return Family(_schema("io.debezium.data.EnumSet", items_of(column)), streamed, "", str, selected)


def _item_of(items: Sequence[str]) -> Callable[[int | str], str]:
    texts = ("", *items)

    def convert(raw: int | str) -> str:
        if isinstance(raw, str):
            return raw
        if raw < 0:
            raise ValueError("no such item")
        return texts[raw]

    return convert


def _items_by_bits(items: Sequence[str]) -> Callable[[int | str], str]:
    def convert(raw: int | str) -> str:
        if isinstance(raw, str):
            return raw
        bits = raw & 0xFFFFFFFFFFFFFFFF
        chosen = (i for i in range(bits.bit_length()) if bits >> i & 1)
        return ",".join(items[i] if i < len(items) else "" for i in chosen)

    return convert
