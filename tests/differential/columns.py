"""Columns of every type: how the model describes them, how TABLE_MAP does, and what bytes their values can have."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from rowtide.binlog.event_types import ColumnType as T
from rowtide.tables.model import Column
from rowtide.types import jdbc
from tests.unit.binlog.wire import u

Bytes = st.SearchStrategy[bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """Attributes:
    column: named and placed by whoever makes a table of it.
    values: of the row image, what is not NULL.
    """

    column: Column
    wire_type: int
    metadata: bytes
    values: Bytes


def _prefixed(size: int, content: Bytes) -> Bytes:
    return content.map(lambda data: u(len(data), size) + data)


def _fixed(size: int) -> Bytes:
    return st.one_of(st.binary(min_size=size, max_size=size), st.sampled_from([b"\0" * size, b"\xff" * size]))


def _column(type_name: str, jdbc_type: int, **facts: object) -> Column:
    return replace(Column("c", 1, jdbc_type, type_name), **facts)


def _text(charset: str | None, codec: str, type_name: str = "VARCHAR") -> Case:
    characters = st.characters(codec="utf-8")
    good = st.text(characters, max_size=40).map(lambda text: text.encode(codec, "ignore"))
    values = _prefixed(2, st.one_of(good, st.binary(max_size=12), st.sampled_from([b'"\\\n\x00\x1f\x7f', b"a" * 300])))
    return Case(_column(type_name, jdbc.VARCHAR, charset=charset, length=300), T.VARCHAR, u(1000, 2), values)


def _integer(name: str, number: int, wire: int, size: int) -> list[Case]:
    signed = Case(_column(name, number), wire, b"", _fixed(size))
    return [signed, replace(signed, column=_column(f"{name} UNSIGNED", number))]


def _decimal(precision: int, scale: int) -> Case:
    def packed(number: int) -> bytes:
        return _packed_decimal(number, precision, scale)

    limit = 10**precision - 1
    numbers = st.one_of(st.integers(-limit, limit), st.integers(max(-limit, -1000), min(limit, 1000)))
    return Case(
        _column("DECIMAL", jdbc.DECIMAL, length=precision, scale=scale),
        T.NEWDECIMAL,
        bytes([precision, scale]),
        numbers.map(packed),
    )


def _packed_decimal(number: int, precision: int, scale: int) -> bytes:
    sizes = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
    digits = str(abs(number)).zfill(precision)
    whole, fraction = digits[: precision - scale], digits[precision - scale :]
    first = len(whole) % 9
    groups = [whole[:first]] if first else []
    groups += [whole[i : i + 9] for i in range(first, len(whole), 9)]
    groups += [fraction[i : i + 9] for i in range(0, len(fraction), 9)]
    packed = bytearray(b"".join(int(group).to_bytes(sizes[len(group)], "big") for group in groups))
    packed[0] ^= 0x80
    return bytes(packed) if number >= 0 else bytes(byte ^ 0xFF for byte in packed)


def _datetimes(fsp: int) -> Bytes:
    def packed(parts: tuple[int, ...]) -> bytes:
        year, month, day, hour, minute, second, micros = parts
        number = 1 << 39 | (year * 13 + month) << 22 | day << 17 | hour << 12 | minute << 6 | second
        return number.to_bytes(5, "big") + _fraction(micros, fsp)

    dates = st.tuples(
        st.one_of(st.integers(0, 9999), st.sampled_from([0, 1, 69, 70, 99, 100, 1969, 1970, 2262])),
        st.integers(0, 12), st.integers(0, 31), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59),
        st.one_of(st.integers(0, 999_999), st.sampled_from([0, 500_000, 1])),
    )  # fmt: skip
    return dates.map(packed)


def _fraction(micros: int, fsp: int) -> bytes:
    size = (fsp + 1) // 2
    return (micros // 10 ** (6 - 2 * size)).to_bytes(size, "big")


def _timestamps(fsp: int) -> Bytes:
    seconds = st.one_of(st.integers(0, (1 << 32) - 1), st.sampled_from([0, 1, 1_700_000_000]))
    return st.tuples(seconds, st.integers(0, 999_999)).map(lambda p: p[0].to_bytes(4, "big") + _fraction(p[1], fsp))


def _times(fsp: int) -> Bytes:
    size = (fsp + 1) // 2

    def packed(parts: tuple[bool, int, int, int, int]) -> bytes:
        negative, hour, minute, second, micros = parts
        number = (hour << 12 | minute << 6 | second) << 8 * size | micros // 10 ** (6 - 2 * size)
        number = -number if negative else number
        return (number + (1 << 8 * (3 + size) - 1)).to_bytes(3 + size, "big")

    hours = st.one_of(st.integers(0, 23), st.integers(0, 838))
    return st.tuples(st.booleans(), hours, st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999)).map(packed)


def _old_dates() -> Bytes:
    numbers = st.tuples(st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31))
    return numbers.map(lambda d: u(d[0] << 9 | d[1] << 5 | d[2], 3))


def _points() -> Bytes:
    good = st.tuples(st.sampled_from([0, 4326, 0xFFFFFFFF]), st.booleans(), st.floats(), st.floats()).map(
        lambda p: u(p[0], 4) + (b"\x01" if p[1] else b"\0") + struct.pack("<Idd" if p[1] else ">Idd", 1, p[2], p[3])
    )
    return _prefixed(1, st.one_of(good, good, st.binary(max_size=30)))


def _mariadb_json() -> Bytes:
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10)), lambda v: st.lists(v, max_size=3)
    )
    good = values.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return _prefixed(4, st.one_of(good, st.just(b""), st.binary(max_size=5)))


def _mysql_json() -> Bytes:
    """Documents of scalars, and whatever bytes, most of which are none."""
    scalars = st.one_of(
        st.integers(-(1 << 15), (1 << 15) - 1).map(lambda n: b"\x05" + n.to_bytes(2, "little", signed=True)),
        st.integers(-(1 << 63), (1 << 63) - 1).map(lambda n: b"\x09" + n.to_bytes(8, "little", signed=True)),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda n: b"\x0b" + struct.pack("<d", n)),
        st.text(max_size=30).map(lambda t: b"\x0c" + bytes([len(t.encode())]) + t.encode()),
        st.sampled_from([b"\x04\0", b"\x04\x01", b"\x04\x02", b""]),
    )
    return _prefixed(4, st.one_of(scalars, scalars, st.binary(max_size=20)))


ENUM = ("'a'", "'b,c'", "'it''s'", "'\\\\n'", "'é'")

CASES: tuple[Case, ...] = (
    *_integer("TINYINT", jdbc.TINYINT, T.TINY, 1),
    *_integer("SMALLINT", jdbc.SMALLINT, T.SHORT, 2),
    *_integer("MEDIUMINT", jdbc.INTEGER, T.INT24, 3),
    *_integer("INT", jdbc.INTEGER, T.LONG, 4),
    *_integer("BIGINT", jdbc.BIGINT, T.LONGLONG, 8),
    Case(_column("BOOLEAN", jdbc.BOOLEAN), T.TINY, b"", _fixed(1)),
    Case(_column("FLOAT", jdbc.FLOAT), T.FLOAT, b"\x04", st.floats(width=32).map(lambda n: struct.pack("<f", n))),
    Case(_column("FLOAT", jdbc.FLOAT, length=30), T.FLOAT, b"\x04", st.floats(width=32).map(lambda n: struct.pack("<f", n))),
    Case(_column("DOUBLE", jdbc.DOUBLE), T.DOUBLE, b"\x08", st.floats().map(lambda n: struct.pack("<d", n))),
    Case(_column("REAL", jdbc.REAL), T.DOUBLE, b"\x08", st.floats().map(lambda n: struct.pack("<d", n))),
    *(_decimal(*ps) for ps in ((12, 2), (5, 5), (9, 0), (18, 9), (38, 10), (65, 30), (40, 0), (1, 0), (30, 20))),
    Case(_column("BIT", jdbc.BIT, length=1), T.BIT, b"\x01\0", st.sampled_from([b"\0", b"\1"])),
    Case(_column("BIT", jdbc.BIT, length=12), T.BIT, b"\x04\x01", st.integers(0, 4095).map(lambda n: n.to_bytes(2, "big"))),
    Case(_column("BIT", jdbc.BIT, length=64), T.BIT, b"\0\x08", _fixed(8)),
    _text("utf8mb4", "utf-8"),
    _text("utf8mb4", "utf-8", "LONG VARCHAR"),
    _text(None, "utf-8"),
    _text("latin1", "cp1252"),
    _text("ascii", "ascii"),
    _text("koi8r", "koi8-r"),
    _text("cp850", "cp850"),
    _text("hebrew", "iso8859-8"),
    _text("ucs2", "utf-16-be"),
    _text("utf16le", "utf-16-le"),
    _text("utf32", "utf-32-be"),
    Case(_column("CHAR", jdbc.CHAR, charset="utf8mb4", length=10), T.STRING, b"\xfe\x28", _prefixed(1, st.binary(max_size=40))),
    Case(_column("BINARY", jdbc.BINARY, length=8), T.STRING, b"\xfe\x08", _prefixed(1, st.binary(max_size=8))),
    Case(_column("VARBINARY", jdbc.VARBINARY, length=20), T.VARCHAR, b"\x14\0", _prefixed(1, st.binary(max_size=20))),
    Case(_column("BLOB", jdbc.BLOB), T.BLOB, b"\x02", _prefixed(2, st.binary(max_size=50))),
    Case(_column("ENUM", jdbc.CHAR, charset="utf8mb4", enum_values=ENUM), T.STRING, bytes([T.ENUM, 1]), st.integers(0, 6).map(lambda n: bytes([n]))),
    Case(_column("SET", jdbc.CHAR, charset="utf8mb4", enum_values=ENUM), T.STRING, bytes([T.SET, 1]), st.integers(0, 63).map(lambda n: bytes([n]))),
    Case(_column("YEAR", jdbc.INTEGER), T.YEAR, b"", _fixed(1)),
    Case(_column("DATE", jdbc.DATE), T.DATE, b"", _old_dates()),
    *(Case(_column("DATETIME", jdbc.TIMESTAMP, length=f or None), T.DATETIME2, bytes([f]), _datetimes(f)) for f in (0, 3, 6)),
    *(Case(_column("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, length=f or None), T.TIMESTAMP2, bytes([f]), _timestamps(f)) for f in (0, 2, 6)),
    *(Case(_column("TIME", jdbc.TIME, length=f or None), T.TIME2, bytes([f]), _times(f)) for f in (0, 3, 6)),
    Case(_column("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE), T.TIMESTAMP, b"", _fixed(4)),
    Case(_column("JSON", jdbc.LONGVARCHAR), T.BLOB, b"\x04", _mariadb_json()),
    Case(_column("JSON", jdbc.LONGVARCHAR), T.JSON, b"\x04", _mysql_json()),
    Case(_column("UUID", jdbc.VARCHAR), T.STRING, b"\xfe\x10", _prefixed(1, st.binary(max_size=16))),
    Case(_column("INET4", jdbc.VARCHAR), T.STRING, b"\xfe\x04", _prefixed(1, st.binary(max_size=4))),
    Case(_column("INET6", jdbc.VARCHAR), T.STRING, b"\xfe\x10", _prefixed(1, st.one_of(st.binary(max_size=16), st.just(b"\0" * 10 + b"\xff\xff\1\2\3\4")))),
    Case(_column("GEOMETRY", jdbc.BLOB), T.GEOMETRY, b"\x04", _prefixed(4, st.binary(max_size=40))),
    Case(_column("POINT", jdbc.BLOB), T.GEOMETRY, b"\x01", _points()),
    Case(_column("VECTOR", jdbc.BLOB), T.VECTOR, b"\x04", _prefixed(4, st.lists(st.floats(width=32), max_size=4).map(lambda f: struct.pack(f"<{len(f)}f", *f)))),
)  # fmt: skip
