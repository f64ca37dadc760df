"""The reader of each column type."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.reference.values import json, numbers, strings, temporal
from rowtide.binlog.reference.values.reader import ValueReader, prefixed, refused

_READERS: dict[int, Callable[[int], ValueReader]] = {
    T.DECIMAL: lambda _: refused("The table has a DECIMAL column of MySQL 4, which row events cannot carry"),
    T.TINY: lambda _: numbers.integer(1),
    T.SHORT: lambda _: numbers.integer(2),
    T.INT24: lambda _: numbers.integer(3),
    T.LONG: lambda _: numbers.integer(4),
    T.LONGLONG: lambda _: numbers.integer(8),
    T.FLOAT: lambda _: numbers.floating(4),
    T.DOUBLE: lambda _: numbers.floating(8),
    T.NEWDECIMAL: numbers.decimal,
    T.BIT: numbers.bits,
    T.YEAR: lambda _: numbers.year(),
    T.DATE: lambda _: temporal.date(),
    T.NEWDATE: lambda _: temporal.date(),
    T.TIME: lambda _: temporal.time(),
    T.TIME2: temporal.time2,
    T.DATETIME: lambda _: temporal.datetime(),
    T.DATETIME2: temporal.datetime2,
    T.TIMESTAMP: lambda _: temporal.timestamp(),
    T.TIMESTAMP2: temporal.timestamp2,
    T.VARCHAR: strings.varchar,
    T.VAR_STRING: strings.varchar,
    T.STRING: strings.string,
    T.ENUM: lambda metadata: strings.enumeration(metadata >> 8),
    T.SET: lambda metadata: strings.enumeration(metadata >> 8),
    T.TINY_BLOB: prefixed,
    T.MEDIUM_BLOB: prefixed,
    T.LONG_BLOB: prefixed,
    T.BLOB: prefixed,
    T.GEOMETRY: prefixed,
    T.VECTOR: prefixed,
    T.JSON: json.json,
    T.MARIADB_BLOB_COMPRESSED: strings.compressed_blob,
    T.MARIADB_VARCHAR_COMPRESSED: strings.compressed_varchar,
    T.TYPED_ARRAY: lambda _: refused("The table has a typed array column, which only hidden columns of an index are"),
}


_LENGTH_BYTES = range(1, 5)
_BLOBS = {T.TINY_BLOB, T.MEDIUM_BLOB, T.LONG_BLOB, T.BLOB, T.GEOMETRY, T.VECTOR, T.JSON, T.MARIADB_BLOB_COMPRESSED}
_FRACTIONAL = {T.TIME2, T.DATETIME2, T.TIMESTAMP2}


def value_reader(column_type: int, metadata: int) -> ValueReader:
    """The reader of a column's values; one that refuses, where the type is unknown or its metadata impossible."""
    build = _READERS.get(column_type)
    if build is None:
        return refused(f"The table has a column of unknown type {column_type}")
    if not _possible(column_type, metadata):
        return refused(f"The table has a column of type {column_type} with the impossible metadata 0x{metadata:04x}")
    return build(metadata)


def _possible(column_type: int, metadata: int) -> bool:
    first, second = metadata & 0xFF, metadata >> 8
    if column_type in _BLOBS:
        return metadata in _LENGTH_BYTES
    if column_type in _FRACTIONAL:
        return metadata <= 6
    if column_type == T.NEWDECIMAL:
        return second <= first <= numbers.PRECISION_MAX and first > 0
    if column_type == T.BIT:
        return first < 8 and 0 < second * 8 + first <= 64
    if column_type == T.STRING:
        real_type, length = strings.string_type(metadata)
        column_type, second = real_type, length
    if column_type == T.ENUM:
        return second in (1, 2)
    if column_type == T.SET:
        return 1 <= second <= 8
    return True
