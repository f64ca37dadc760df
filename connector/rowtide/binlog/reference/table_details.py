"""Optional metadata of TABLE_MAP: fields of a type (1), a length (length-encoded) and content, each about the columns
of one kind, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.events import TableDetails
from rowtide.binlog.reference.values.strings import string_type
from rowtide.mysql.charsets import codec_of_number

_NUMBERS = frozenset({T.TINY, T.SHORT, T.INT24, T.LONG, T.LONGLONG, T.NEWDECIMAL, T.FLOAT, T.DOUBLE, T.YEAR})
_TEXTS = frozenset(
    {
        T.STRING,
        T.VAR_STRING,
        T.VARCHAR,
        T.TINY_BLOB,
        T.MEDIUM_BLOB,
        T.LONG_BLOB,
        T.BLOB,
        T.VECTOR,
        T.MARIADB_BLOB_COMPRESSED,
        T.MARIADB_VARCHAR_COMPRESSED,
    }
)


_MARIADB_TEXTS = _TEXTS | {T.GEOMETRY}
"""There a geometry has a collation too, the binary one."""
_CHOICES = frozenset({T.ENUM, T.SET})


class _Columns:
    """Which columns a field is about."""

    def __init__(self, types: Sequence[int], metadata: Sequence[int], *, mariadb: bool) -> None:
        self.count = len(types)
        self.texts = _MARIADB_TEXTS if mariadb else _TEXTS
        self.types = [
            string_type(value)[0] if column_type == T.STRING else column_type
            for column_type, value in zip(types, metadata, strict=True)
        ]

    def of(self, *types: int) -> list[int]:
        return [i for i, column_type in enumerate(self.types) if column_type in types]

    def spread(self, indexes: Sequence[int], values: Sequence[int | None]) -> tuple[int | None, ...]:
        """One value a column, None for columns that are not meant."""
        result: list[int | None] = [None] * self.count
        for index, value in zip(indexes, values, strict=False):
            result[index] = value
        return tuple(result)


def read_details(cursor: Cursor, types: Sequence[int], metadata: Sequence[int], *, mariadb: bool) -> TableDetails:
    """What the rest of the event tells. Raises BinlogError."""
    details = TableDetails()
    if not cursor.remaining:
        return details
    columns = _Columns(types, metadata, mariadb=mariadb)
    items: dict[int, list[list[bytes]]] = {}
    while cursor.remaining:
        field = cursor.u8()
        start = cursor.offset
        content = cursor.lenenc_bytes()
        field_cursor = Cursor(content, origin=cursor.offset - len(content))
        if field in _ITEM_FIELDS:
            items[field] = _item_lists(field_cursor, len(columns.of(_ITEM_FIELDS[field])))
        elif field in _FIELDS:
            details = _FIELDS[field](field_cursor, columns, details)
        elif field == 0:
            raise cursor.error("A field of a table's metadata has no type", start - 1)
    return _with_items(details, columns, items)


def _bits(cursor: Cursor, count: int) -> list[bool]:
    """So many bits, the highest of the first byte first."""
    packed = cursor.take((count + 7) // 8)
    return [bool(packed[i // 8] >> (7 - i % 8) & 1) for i in range(count)]


def _signedness(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    indexes = columns.of(*_NUMBERS)
    bits = _bits(cursor, len(indexes))
    unsigned: list[bool | None] = [None] * columns.count
    for index, bit in zip(indexes, bits, strict=True):
        unsigned[index] = bit
    return replace(details, unsigned=tuple(unsigned))


def _default_collation(cursor: Cursor, indexes: list[int]) -> dict[int, int]:
    """The collation of most, then pairs of position among these columns and collation."""
    default = cursor.lenenc()
    collations = dict.fromkeys(indexes, default)
    while cursor.remaining:
        position, collation = cursor.lenenc(), cursor.lenenc()
        if position >= len(indexes):
            raise cursor.error(f"A collation is for text column {position} of {len(indexes)}")
        collations[indexes[position]] = collation
    return collations


def _each_collation(cursor: Cursor, indexes: list[int]) -> dict[int, int]:
    collations = {index: cursor.lenenc() for index in indexes}
    cursor.expect_end("the collations of the table's columns")
    return collations


def _text_collations(
    read: Callable[[Cursor, list[int]], dict[int, int]],
) -> Callable[[Cursor, _Columns, TableDetails], TableDetails]:
    def apply(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
        return _with_collations(details, columns, read(cursor, columns.of(*columns.texts)))

    return apply


def _choice_collations(
    read: Callable[[Cursor, list[int]], dict[int, int]],
) -> Callable[[Cursor, _Columns, TableDetails], TableDetails]:
    def apply(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
        return _with_collations(details, columns, read(cursor, columns.of(*_CHOICES)))

    return apply


def _with_collations(details: TableDetails, columns: _Columns, found: dict[int, int]) -> TableDetails:
    before = details.collations or (None,) * columns.count
    return replace(details, collations=tuple(found.get(i, before[i]) for i in range(columns.count)))


def _names(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    names = tuple(cursor.text(cursor.lenenc()) for _ in range(columns.count))
    cursor.expect_end("the names of the table's columns")
    return replace(details, names=names)


def _geometry_types(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    indexes = columns.of(T.GEOMETRY)
    return replace(details, geometry_types=columns.spread(indexes, [cursor.lenenc() for _ in indexes]))


def _vector_dimensions(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    indexes = columns.of(T.VECTOR)
    return replace(details, vector_dimensions=columns.spread(indexes, [cursor.lenenc() for _ in indexes]))


def _simple_key(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    key = []
    while cursor.remaining:
        key.append((_column_index(cursor, columns), 0))
    return replace(details, primary_key=tuple(key))


def _key_with_prefixes(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    key = []
    while cursor.remaining:
        key.append((_column_index(cursor, columns), cursor.lenenc()))
    return replace(details, primary_key=tuple(key))


def _column_index(cursor: Cursor, columns: _Columns) -> int:
    index = cursor.lenenc()
    if index >= columns.count:
        raise cursor.error(f"A key has column {index} of {columns.count}")
    return index


def _visibility(cursor: Cursor, columns: _Columns, details: TableDetails) -> TableDetails:
    return replace(details, visible=tuple(_bits(cursor, columns.count)))


_SET_ITEMS, _ENUM_ITEMS = 5, 6
_ITEM_FIELDS = {_SET_ITEMS: T.SET, _ENUM_ITEMS: T.ENUM}

_FIELDS: dict[int, Callable[[Cursor, _Columns, TableDetails], TableDetails]] = {
    1: _signedness,
    2: _text_collations(_default_collation),
    3: _text_collations(_each_collation),
    4: _names,
    7: _geometry_types,
    8: _simple_key,
    9: _key_with_prefixes,
    10: _choice_collations(_default_collation),
    11: _choice_collations(_each_collation),
    12: _visibility,
    13: _vector_dimensions,
}


def _item_lists(cursor: Cursor, columns: int) -> list[list[bytes]]:
    return [[cursor.lenenc_bytes() for _ in range(_item_count(cursor))] for _ in range(columns)]


def _item_count(cursor: Cursor) -> int:
    count = cursor.lenenc()
    if count > cursor.remaining:
        raise cursor.error(f"{count} items of an ENUM or SET don't fit the event")
    return count


def _with_items(details: TableDetails, columns: _Columns, items: dict[int, list[list[bytes]]]) -> TableDetails:
    """The items as text: their collations may come after them in the event."""
    for field, lists in items.items():
        texts: list[tuple[str, ...]] = [()] * columns.count
        for index, values in zip(columns.of(_ITEM_FIELDS[field]), lists, strict=True):
            codec = codec_of_number(details.collations[index] if details.collations else None)
            texts[index] = tuple(value.decode(codec, "replace") for value in values)
        if field == _SET_ITEMS:
            details = replace(details, set_values=tuple(texts))
        else:
            details = replace(details, enum_values=tuple(texts))
    return details
