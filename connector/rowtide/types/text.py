"""Cells of a SELECT's text protocol as raw values, the same that the binlog gives (`rowtide.binlog.values`).

The session must have time zone +00:00 and `character_set_results` utf8mb4, so that times are UTC and the server itself
turns text into UTF-8, as Debezium's drivers have it do. Not the same as in the binlog: text is in UTF-8 whatever the
column's character set; the server rounds a FLOAT to six digits in text; JSON stays the server's text; BINARY comes with
its trailing zeros.
"""

from __future__ import annotations

import decimal
import ipaddress
from collections.abc import Callable, Mapping
from datetime import date

from rowtide.connect.java_numbers import to_float32
from rowtide.errors import DataError
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.columns import type_key
from rowtide.types.defaults import wrap_signed
from rowtide.types.enums import server_items
from rowtide.types.integers import storage_bits
from rowtide.types.temporal import EPOCH_ORDINAL

Parse = Callable[[bytes], object]


def raw_from_text(column: Column) -> Callable[[bytes | None], object]:
    """From a column's cells, None for NULL, to its raw values. Raises DataError for a cell of another form."""
    parse = parse_of(column)

    def raw(cell: bytes | None) -> object:
        if cell is None:
            return None
        try:
            return parse(cell)
        except (ValueError, IndexError, ArithmeticError) as error:
            raise DataError(f"A cell of column {column.name} of type {column.type_name} cannot be read.") from error

    return raw


def parse_of(column: Column) -> Parse:
    """As `raw_from_text`, without NULL, and with the errors as they come."""
    bits = storage_bits(column)
    if bits is not None:
        return _unsigned(bits) if column.unsigned else int
    by_name = _BY_NAME.get(type_key(column))
    if by_name is not None:
        return by_name
    if type_key(column) == "ENUM":
        return _enum(column)
    if type_key(column) == "SET":
        return _set(column)
    if column.jdbc_type == jdbc.FLOAT:
        return _single if column.scale is not None or (column.length or 0) <= 24 else float
    return _BY_NUMBER.get(column.jdbc_type, _same)


def _same(cell: bytes) -> bytes:
    return cell


def _unsigned(bits: int) -> Parse:
    return lambda cell: wrap_signed(int(cell), bits)


def _single(cell: bytes) -> float:
    return to_float32(float(cell))


def _bit(cell: bytes) -> int:
    return int.from_bytes(cell, "big")


def _decimal(cell: bytes) -> decimal.Decimal:
    return decimal.Decimal(cell.decode("ascii"))


def _date(cell: bytes) -> tuple[int, int, int]:
    return int(cell[:4]), int(cell[5:7]), int(cell[8:10])


def _datetime(cell: bytes) -> tuple[int, ...]:
    """`yyyy-mm-dd hh:mm:ss[.f]`."""
    fraction = cell[20:]
    micros = int(fraction.ljust(6, b"0")) if fraction else 0
    clock = int(cell[11:13]), int(cell[14:16]), int(cell[17:19])
    return (*_date(cell), *clock, micros)


def _timestamp(cell: bytes) -> int:
    """µs since the epoch; 0 for the zero timestamp."""
    year, month, day, hour, minute, second, micros = _datetime(cell)
    if not (year and month and day):
        return 0
    days = date(year, month, day).toordinal() - EPOCH_ORDINAL
    return ((days * 24 + hour) * 3600 + minute * 60 + second) * 1_000_000 + micros


def _time(cell: bytes) -> int:
    """µs of `[-]h:mm:ss[.f]`."""
    negative = cell.startswith(b"-")
    hours, minutes, seconds = cell.lstrip(b"-").split(b":")
    whole, _, fraction = seconds.partition(b".")
    micros = int(fraction.ljust(6, b"0")) if fraction else 0
    total = (int(hours) * 3600 + int(minutes) * 60 + int(whole)) * 1_000_000 + micros
    return -total if negative else total


def _text(cell: bytes) -> str:
    return cell.decode()


def _address(cell: bytes) -> bytes:
    return ipaddress.ip_address(cell.decode("ascii")).packed


def enum_indexes(column: Column) -> Mapping[bytes, int]:
    """The index of each item's text; the invalid value is index 0."""
    indexes = {b"": 0}
    indexes.update((item.encode(errors="replace"), i) for i, item in enumerate(server_items(column), 1))
    return indexes


def set_bits(column: Column) -> Mapping[str, int]:
    return {item: 1 << i for i, item in enumerate(server_items(column))}


def _enum(column: Column) -> Parse:
    """An item that the known definition lacks stays text."""
    indexes = enum_indexes(column)

    def parse(cell: bytes) -> object:
        index = indexes.get(cell)
        return cell.decode(errors="replace") if index is None else index

    return parse


def _set(column: Column) -> Parse:
    bits = set_bits(column)

    def parse(cell: bytes) -> object:
        text = cell.decode(errors="replace")
        if not text:
            return 0
        chosen = [bits.get(item) for item in text.split(",")]
        return text if None in chosen else sum(bit for bit in chosen if bit)

    return parse


_BY_NAME: dict[str, Parse] = {
    "YEAR": int,
    "JSON": _text,
    "UUID": _text,
    "INET4": _address,
    "INET6": _address,
}
_BY_NUMBER: dict[int, Parse] = {
    jdbc.BIT: _bit,
    jdbc.BOOLEAN: int,
    jdbc.DOUBLE: float,
    jdbc.REAL: float,
    jdbc.DECIMAL: _decimal,
    jdbc.NUMERIC: _decimal,
    jdbc.DATE: _date,
    jdbc.TIME: _time,
    jdbc.TIMESTAMP: _datetime,
    jdbc.TIMESTAMP_WITH_TIMEZONE: _timestamp,
}

CELL_RECIPES: dict[Parse, tuple[str]] = {
    _same: ("bytes",),
    _text: ("text",),
    _single: ("single",),
    float: ("double",),
    _bit: ("bits",),
    _decimal: ("decimal",),
    _date: ("date",),
    _datetime: ("datetime",),
    _timestamp: ("timestamp",),
    _time: ("time",),
    _address: ("address",),
}
"""Readers that are the same for every column, by the names that the native engine has for them."""
