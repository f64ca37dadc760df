"""A table's definition from the metadata in a TABLE_MAP event, which servers log with binlog_row_metadata=FULL.

It says nothing of defaults, comments, unique keys, or of which columns are generated or count up.
"""

from __future__ import annotations

from collections.abc import Callable

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.events import TableMap
from rowtide.mysql.charsets import charset_of_number, codec_name
from rowtide.mysql.server import quoted
from rowtide.mysql.settings import Flavor
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Column, Table, TableId
from rowtide.types.enums import server_items

_PLAIN = {
    T.TINY: "TINYINT",
    T.SHORT: "SMALLINT",
    T.INT24: "MEDIUMINT",
    T.LONG: "INT",
    T.LONGLONG: "BIGINT",
    T.FLOAT: "FLOAT",
    T.DOUBLE: "DOUBLE",
    T.YEAR: "YEAR",
    T.DATE: "DATE",
    T.NEWDATE: "DATE",
    T.TIME: "TIME",
    T.DATETIME: "DATETIME",
    T.TIMESTAMP: "TIMESTAMP",
    T.JSON: "JSON",
}
_FRACTIONAL = {T.TIME2: "TIME", T.DATETIME2: "DATETIME", T.TIMESTAMP2: "TIMESTAMP"}
_SHAPES = (
    "GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION",
)  # fmt: skip
_SIZES = {1: "TINY", 2: "", 3: "MEDIUM", 4: "LONG"}
"""Words by the number of bytes that give a length."""

_CHARACTER_BYTES = {
    **dict.fromkeys(("big5", "cp932", "euckr", "gb2312", "gbk", "sjis", "ucs2"), 2),
    **dict.fromkeys(("eucjpms", "ujis", "utf8", "utf8mb3"), 3),
    **dict.fromkeys(("gb18030", "utf16", "utf16le", "utf32", "utf8mb4"), 4),
}
"""Most bytes of a character, where it is not one (SHOW CHARACTER SET)."""

_UNTOLD = {
    "BINARY": frozenset({"UUID", "INET4", "INET6"}),
    "VARBINARY": frozenset({"VECTOR"}),
    "LONGTEXT": frozenset({"JSON"}),
}
"""Types of MariaDB that its events do not tell from others."""
_ALIASES = {"GEOMCOLLECTION": "GEOMETRYCOLLECTION"}
_SIZED = frozenset({"DECIMAL", "BIT", "BINARY", "TIME", "DATETIME", "TIMESTAMP"})
"""Types whose values depend on their length."""


def described_table(table_map: TableMap, flavor: Flavor) -> Table | None:
    """The table as the event describes it; None where it does not name its columns."""
    names = table_map.details.names
    if names is None or len(names) != len(table_map.column_types):
        return None
    parts = [f"{quoted(name)} {_column(table_map, i)}" for i, name in enumerate(names)]
    if table_map.details.primary_key:
        key = ", ".join(quoted(names[index]) for index, _ in table_map.details.primary_key if index < len(names))
        parts.append(f"PRIMARY KEY ({key})")
    table_id = TableId(table_map.database, table_map.table)
    scratch = SchemaState(flavor)
    scratch.apply(f"CREATE TABLE {quoted(table_id.table)} ({', '.join(parts)})", table_id.database)
    table = scratch.table(table_id)
    return table if table is not None and len(table.columns) == len(names) else None


def contradicts(told: Table, other: Table) -> bool:
    """Whether another definition of the table, with as many columns, reads its rows otherwise than the event tells."""
    return any(not _same(mine, theirs) for mine, theirs in zip(told.columns, other.columns, strict=True))


def _same(told: Column, other: Column) -> bool:
    if other.base_type in _UNTOLD.get(told.base_type, ()):
        return told.name.lower() == other.name.lower()
    return (
        told.name.lower() == other.name.lower()
        and told.base_type == _ALIASES.get(other.base_type, other.base_type)
        and told.unsigned == other.unsigned
        and codec_name(told.charset) == codec_name(other.charset)
        and server_items(told) == server_items(other)
        and (
            told.base_type not in _SIZED or (told.length or 0, told.scale or 0) == (other.length or 0, other.scale or 0)
        )
    )


def string_type(metadata: int) -> tuple[int, int]:
    """Real type and length in bytes of a STRING column.

    The first byte of the metadata is the type, the second the length; of lengths above 255 two more bits are hidden,
    inverted, in the type (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Table__map__event.html).
    """
    first, second = metadata & 0xFF, metadata >> 8
    if first and first & 0x30 != 0x30:
        return first | 0x30, second | ((first & 0x30) ^ 0x30) << 4
    return first or T.STRING, second


def _column(table_map: TableMap, index: int) -> str:
    null = "NULL" if table_map.nullable[index] else "NOT NULL"
    return f"{_type(table_map, index)} {null}"


def _type(table_map: TableMap, index: int) -> str:
    column_type, metadata = table_map.column_types[index], table_map.metadata[index]
    unsigned = table_map.details.unsigned
    sign = " UNSIGNED" if unsigned is not None and unsigned[index] and column_type != T.YEAR else ""
    if column_type in _PLAIN:
        return _PLAIN[T(column_type)] + sign
    if column_type == T.NEWDECIMAL:
        return f"DECIMAL({metadata & 0xFF},{metadata >> 8}){sign}"
    if column_type in _FRACTIONAL:
        return f"{_FRACTIONAL[T(column_type)]}({metadata})" if metadata else _FRACTIONAL[T(column_type)]
    if column_type == T.BIT:
        return f"BIT({(metadata >> 8) * 8 + (metadata & 0xFF)})"
    return _OTHERS[column_type](table_map, index) if column_type in _OTHERS else f"UNKNOWN{column_type}"


def _charset(table_map: TableMap, index: int) -> str | None:
    collations = table_map.details.collations
    collation = collations[index] if collations is not None else None
    return charset_of_number(collation) if collation is not None else None


def _string(table_map: TableMap, index: int) -> str:
    real_type, length = string_type(table_map.metadata[index])
    if real_type in (T.ENUM, T.SET):
        return _choice(table_map, index)
    return _text(table_map, index, length, ("CHAR", "BINARY"))


def _varchar(table_map: TableMap, index: int) -> str:
    return _text(table_map, index, table_map.metadata[index], ("VARCHAR", "VARBINARY"))


def _compressed_varchar(table_map: TableMap, index: int) -> str:
    """The length counts the byte that says how the value is stored."""
    return _text(table_map, index, table_map.metadata[index] - 1, ("VARCHAR", "VARBINARY"))


def _text(table_map: TableMap, index: int, length: int, words: tuple[str, str]) -> str:
    charset = _charset(table_map, index)
    if charset == "binary":
        return f"{words[1]}({length})"
    if charset is None:
        return f"{words[0]}({length})"
    return f"{words[0]}({length // _CHARACTER_BYTES.get(charset, 1)}) CHARACTER SET {charset}"


def _blob(table_map: TableMap, index: int) -> str:
    size = _SIZES.get(table_map.metadata[index], "LONG")
    charset = _charset(table_map, index)
    if charset is None or charset == "binary":
        return f"{size}BLOB"
    return f"{size}TEXT CHARACTER SET {charset}"


def _choice(table_map: TableMap, index: int) -> str:
    details = table_map.details
    column_type = table_map.column_types[index]
    if column_type == T.STRING:
        column_type = string_type(table_map.metadata[index])[0]
    lists = details.enum_values if column_type == T.ENUM else details.set_values
    items = lists[index] if lists is not None else ()
    escaped = ("'" + item.replace("\\", "\\\\").replace("'", "''") + "'" for item in items)
    charset = _charset(table_map, index)
    return f"{'ENUM' if column_type == T.ENUM else 'SET'}({','.join(escaped)})" + (
        f" CHARACTER SET {charset}" if charset else ""
    )


def _geometry(table_map: TableMap, index: int) -> str:
    shapes = table_map.details.geometry_types
    shape = shapes[index] if shapes is not None else 0
    return _SHAPES[shape] if shape is not None and shape < len(_SHAPES) else "GEOMETRY"


def _vector(table_map: TableMap, index: int) -> str:
    dimensions = table_map.details.vector_dimensions
    dimension = dimensions[index] if dimensions is not None else None
    return f"VECTOR({dimension})" if dimension else "VECTOR(2048)"


_OTHERS: dict[int, Callable[[TableMap, int], str]] = {
    T.STRING: _string,
    T.VARCHAR: _varchar,
    T.VAR_STRING: _varchar,
    T.MARIADB_VARCHAR_COMPRESSED: _compressed_varchar,
    **dict.fromkeys((T.TINY_BLOB, T.MEDIUM_BLOB, T.LONG_BLOB, T.BLOB, T.MARIADB_BLOB_COMPRESSED), _blob),
    T.ENUM: _choice,
    T.SET: _choice,
    T.GEOMETRY: _geometry,
    T.VECTOR: _vector,
}
