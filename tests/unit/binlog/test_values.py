"""Values of each column type, from the bytes that servers write for them."""

from __future__ import annotations

import struct
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.reference.values.registry import value_reader
from rowtide.errors import BinlogError


def _read(column_type: int, metadata: int, data: bytes) -> object:
    """Reads, and checks that passing over the value moves as far."""
    reader = value_reader(column_type, metadata)
    cursor, passing = Cursor(data), Cursor(data)
    value = reader.read(cursor)
    reader.skip(passing)
    assert cursor.pos == passing.pos == len(data)
    return value


@pytest.mark.parametrize(
    ("column_type", "size"), [(T.TINY, 1), (T.SHORT, 2), (T.INT24, 3), (T.LONG, 4), (T.LONGLONG, 8)]
)
def test_integers_are_signed_whatever_the_column_says(column_type: T, size: int) -> None:
    for number in (0, 1, -1, 2 ** (size * 8 - 1) - 1, -(2 ** (size * 8 - 1))):
        assert _read(column_type, 0, number.to_bytes(size, "little", signed=True)) == number


def test_floating_point_numbers_are_exactly_their_bits() -> None:
    assert _read(T.FLOAT, 4, struct.pack("<f", 0.1)) == struct.unpack("<f", struct.pack("<f", 0.1))[0] != 0.1
    assert _read(T.DOUBLE, 8, struct.pack("<d", 0.1)) == 0.1


@pytest.mark.parametrize(
    ("precision", "scale", "data", "value"),
    [
        (10, 2, "8000 0000 00", "0.00"),
        (14, 4, "810dfb38d204d2", "1234567890.1234"),
        (14, 4, "7ef204c72dfb2d", "-1234567890.1234"),
        (5, 5, "80 0001".replace(" ", ""), "0.00001"),
        (1, 0, "87", "7"),
        (1, 0, "78", "-7"),
        (9, 0, "bb9ac9ff", "999999999"),
        (10, 0, "89 3b9ac9ff".replace(" ", ""), "9999999999"),
        (20, 10, "8000000000000000 00".replace(" ", "") + "00", "0.0000000000"),
    ],
)
def test_decimals(precision: int, scale: int, data: str, value: str) -> None:
    found = _read(T.NEWDECIMAL, precision | scale << 8, bytes.fromhex(data))
    assert isinstance(found, Decimal)
    assert format(found, "f") == value


def test_the_longest_decimal_keeps_every_digit() -> None:
    digits = "9" * 35 + "." + "9" * 30
    whole = bytes.fromhex("85f5e0ff") + bytes.fromhex("3b9ac9ff") * 3
    fraction = bytes.fromhex("3b9ac9ff") * 3 + bytes.fromhex("03e7")
    assert format(_read(T.NEWDECIMAL, 65 | 30 << 8, whole + fraction), "f") == digits


def test_a_decimal_with_too_many_digits_in_a_group_is_refused() -> None:
    with pytest.raises(BinlogError, match=r"DECIMAL\(9,0\).*9 digits"):
        _read(T.NEWDECIMAL, 9, bytes.fromhex("bfffffff"))


@given(
    st.integers(1, 65).flatmap(
        lambda p: st.tuples(st.just(p), st.integers(0, min(p, 30)), st.integers(0, 10**p - 1), st.booleans())
    )
)
def test_decimals_of_all_sizes_survive_being_packed(case: tuple[int, int, int, bool]) -> None:
    precision, scale, number, negative = case
    value = Decimal((1 if negative and number else 0, tuple(map(int, str(number))), -scale))
    assert (
        _read(T.NEWDECIMAL, precision | scale << 8, _packed(number, precision, scale, negative and number > 0)) == value
    )


def _packed(number: int, precision: int, scale: int, negative: bool) -> bytes:
    sizes = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
    text = str(number).zfill(precision)
    whole, fraction = text[: precision - scale], text[precision - scale :]
    groups = [whole[: len(whole) % 9]] + [whole[i : i + 9] for i in range(len(whole) % 9, len(whole), 9)]
    groups += [fraction[i : i + 9] for i in range(0, scale - scale % 9, 9)] + [fraction[scale - scale % 9 :]]
    data = bytearray(b"".join(int(g).to_bytes(sizes[len(g)], "big") for g in groups if g))
    data[0] ^= 0x80
    return bytes(b ^ 0xFF for b in data) if negative else bytes(data)


@pytest.mark.parametrize(
    ("bits", "data", "value"), [(1, "01", 1), (8, "ff", 255), (9, "01ff", 511), (64, "8000000000000001", 2**63 + 1)]
)
def test_bits_are_big_endian(bits: int, data: str, value: int) -> None:
    assert _read(T.BIT, bits % 8 | bits // 8 << 8, bytes.fromhex(data)) == value


def test_more_bits_than_the_column_has_are_refused() -> None:
    with pytest.raises(BinlogError, match=r"BIT\(3\)"):
        _read(T.BIT, 3, b"\x08")


@pytest.mark.parametrize(("data", "value"), [("00", 0), ("01", 1901), ("ff", 2155)])
def test_years(data: str, value: int) -> None:
    assert _read(T.YEAR, 0, bytes.fromhex(data)) == value


@pytest.mark.parametrize("column_type", [T.DATE, T.NEWDATE])
@pytest.mark.parametrize("value", [(0, 0, 0), (2020, 0, 10), (9999, 12, 31), (2024, 2, 29)])
def test_dates(column_type: T, value: tuple[int, int, int]) -> None:
    packed = value[0] << 9 | value[1] << 5 | value[2]
    assert _read(column_type, 0, packed.to_bytes(3, "little")) == value


def test_a_month_beyond_december_is_refused() -> None:
    with pytest.raises(BinlogError, match="Month 13"):
        _read(T.DATE, 0, (2020 << 9 | 13 << 5 | 1).to_bytes(3, "little"))


@pytest.mark.parametrize(
    ("fsp", "data", "value"),
    [
        (0, "8000000000", (0, 0, 0, 0, 0, 0, 0)),
        (0, "99a5460000", (2020, 1, 3, 0, 0, 0, 0)),
        (2, "99a5460000" + "63", (2020, 1, 3, 0, 0, 0, 990_000)),
        (3, "99a5460000" + "270e", (2020, 1, 3, 0, 0, 0, 999_800)),
        (6, "99a5460000" + "0f423f", (2020, 1, 3, 0, 0, 0, 999_999)),
    ],
)
def test_datetimes(fsp: int, data: str, value: tuple[int, ...]) -> None:
    assert _read(T.DATETIME2, fsp, bytes.fromhex(data)) == value


@pytest.mark.parametrize(("data", "message"), [("7fffffffff", "negative"), ("99a5463fff", "minute 63")])
def test_impossible_datetimes_are_refused(data: str, message: str) -> None:
    with pytest.raises(BinlogError, match=message):
        _read(T.DATETIME2, 0, bytes.fromhex(data))


@given(st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31), st.integers(0, 86399), st.integers(0, 999_999))
def test_datetimes_with_all_digits(year: int, month: int, day: int, second: int, microsecond: int) -> None:
    clock = (second // 3600, second // 60 % 60, second % 60)
    packed = (year * 13 + month) << 22 | day << 17 | clock[0] << 12 | clock[1] << 6 | clock[2]
    data = (packed + (1 << 39)).to_bytes(5, "big") + microsecond.to_bytes(3, "big")
    assert _read(T.DATETIME2, 6, data) == (year, month, day, *clock, microsecond)


@pytest.mark.parametrize(
    ("number", "value"),
    [(0, (0, 0, 0, 0, 0, 0, 0)), (20201231235958, (2020, 12, 31, 23, 59, 58, 0)), (10101000000, (1, 1, 1, 0, 0, 0, 0))],
)
def test_datetimes_before_mysql_5_6(number: int, value: tuple[int, ...]) -> None:
    assert _read(T.DATETIME, 0, number.to_bytes(8, "little")) == value


def test_an_impossible_old_datetime_is_refused() -> None:
    with pytest.raises(BinlogError, match="minute 75"):
        _read(T.DATETIME, 0, (20200101007500).to_bytes(8, "little"))


def test_timestamps() -> None:
    assert _read(T.TIMESTAMP, 0, (1_700_000_000).to_bytes(4, "little")) == 1_700_000_000_000_000
    assert _read(T.TIMESTAMP2, 0, (1_700_000_000).to_bytes(4, "big")) == 1_700_000_000_000_000
    assert _read(T.TIMESTAMP2, 0, bytes(4)) == 0
    assert _read(T.TIMESTAMP2, 1, (5).to_bytes(4, "big") + b"\x5a") == 5_900_000
    assert _read(T.TIMESTAMP2, 6, (5).to_bytes(4, "big") + (7).to_bytes(3, "big")) == 5_000_007
    assert _read(T.TIMESTAMP2, 4, (4_294_967_295).to_bytes(4, "big") + (1).to_bytes(2, "big")) == 4_294_967_295_000_100


@pytest.mark.parametrize(("fsp", "fraction"), [(2, b"\x64"), (3, b"\x27\x10"), (6, b"\x0f\x42\x40")])
def test_a_fraction_of_a_second_or_more_is_refused(fsp: int, fraction: bytes) -> None:
    with pytest.raises(BinlogError, match="second or more"):
        _read(T.TIMESTAMP2, fsp, bytes(4) + fraction)


@given(st.integers(-3_020_399_999_999, 3_020_399_999_999), st.sampled_from([0, 1, 2, 3, 4, 5, 6]))
def test_times_of_all_precisions(microseconds: int, fsp: int) -> None:
    size = (fsp + 1) // 2
    unit = (1_000_000, 10_000, 100, 1)[size]
    sign, rest = (-1, -microseconds) if microseconds < 0 else (1, microseconds)
    seconds, fraction = rest // 1_000_000, rest % 1_000_000 // unit
    clock = seconds // 3600 << 12 | seconds // 60 % 60 << 6 | seconds % 60
    packed = sign * (clock << size * 8 | fraction) + (1 << (size * 8 + 23))
    expected = sign * (seconds * 1_000_000 + (fraction * unit if size else 0))
    assert _read(T.TIME2, fsp, packed.to_bytes(3 + size, "big")) == expected


@pytest.mark.parametrize(("number", "value"), [(0, 0), (8_385_959, 3_020_399_000_000), (-10_203, -3_723_000_000)])
def test_times_before_mysql_5_6(number: int, value: int) -> None:
    assert _read(T.TIME, 0, number.to_bytes(3, "little", signed=True)) == value


@pytest.mark.parametrize(
    ("column_type", "metadata", "data"),
    [
        (T.TIME, 0, (6100).to_bytes(3, "little")),
        (T.TIME2, 0, (0x800000 | 60 << 6).to_bytes(3, "big")),
        (T.TIME2, 2, b"\x80\0\0\x64"),
    ],
)
def test_impossible_times_are_refused(column_type: T, metadata: int, data: bytes) -> None:
    with pytest.raises(BinlogError):
        _read(column_type, metadata, data)


@pytest.mark.parametrize(("length", "prefix"), [(255, b"\x03"), (256, b"\x03\x00"), (65535, b"\x03\x00")])
@pytest.mark.parametrize("column_type", [T.VARCHAR, T.VAR_STRING])
def test_varchars(column_type: T, length: int, prefix: bytes) -> None:
    assert _read(column_type, length, prefix + b"a\0\xff") == b"a\0\xff"


@pytest.mark.parametrize(
    ("metadata", "prefix"),
    [(0xFE | 20 << 8, b"\x02"), (0xFE | 255 << 8, b"\x02"), (0xCE | 0xFC << 8, b"\x02\x00"), (20 << 8, b"\x02")],
)
def test_chars_up_to_and_beyond_255_bytes(metadata: int, prefix: bytes) -> None:
    assert _read(T.STRING, metadata, prefix + b"ab") == b"ab"


@pytest.mark.parametrize("column_type", [T.STRING, None])
def test_enums_and_sets_are_numbers(column_type: T | None) -> None:
    assert _read(column_type or T.ENUM, T.ENUM | 1 << 8, b"\x03") == 3
    assert _read(column_type or T.ENUM, T.ENUM | 2 << 8, b"\x2c\x01") == 300
    assert _read(column_type or T.SET, T.SET | 1 << 8, b"\x05") == 5
    assert _read(column_type or T.SET, T.SET | 8 << 8, b"\xff" * 8) == 2**64 - 1


@pytest.mark.parametrize("column_type", [T.TINY_BLOB, T.BLOB, T.MEDIUM_BLOB, T.LONG_BLOB, T.GEOMETRY, T.VECTOR])
@pytest.mark.parametrize("length_bytes", [1, 2, 3, 4])
def test_blobs_and_their_like(column_type: T, length_bytes: int) -> None:
    assert _read(column_type, length_bytes, (5).to_bytes(length_bytes, "little") + b"ab\0\xffc") == b"ab\0\xffc"


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x00" + b"text" * 9,
        b"\x81\x24" + zlib.compress(b"text" * 9),
        b"\x89\x24" + zlib.compress(b"text" * 9, wbits=-15),
        b"\x82\x00\x24" + zlib.compress(b"text" * 9),
    ],
)
def test_mariadb_compressed_columns(stored: bytes) -> None:
    expected = b"text" * 9 if stored else b""
    assert _read(T.MARIADB_VARCHAR_COMPRESSED, 500, len(stored).to_bytes(2, "little") + stored) == expected
    assert _read(T.MARIADB_BLOB_COMPRESSED, 1, len(stored).to_bytes(1, "little") + stored) == expected


@pytest.mark.parametrize(
    "stored", [b"\x11\x05hello", b"\x87\x05", b"\x81\x05junk", b"\x81\x05" + zlib.compress(b"longer than that")]
)
def test_damaged_compressed_columns_are_refused(stored: bytes) -> None:
    with pytest.raises(BinlogError, match="compressed column"):
        _read(T.MARIADB_BLOB_COMPRESSED, 1, bytes([len(stored)]) + stored)


@pytest.mark.parametrize(
    ("column_type", "metadata", "message"),
    [
        (T.DECIMAL, 0, "MySQL 4"),
        (T.TYPED_ARRAY, 0, "typed array"),
        (99, 0, "unknown type 99"),
        (T.BLOB, 5, "impossible metadata"),
        (T.TIME2, 7, "impossible metadata"),
        (T.NEWDECIMAL, 5 | 6 << 8, "impossible metadata"),
        (T.NEWDECIMAL, 66, "impossible metadata"),
        (T.BIT, 1 | 8 << 8, "impossible metadata"),
        (T.STRING, T.ENUM | 3 << 8, "impossible metadata"),
        (T.SET, T.SET | 9 << 8, "impossible metadata"),
    ],
)
def test_columns_that_cannot_be_read_say_why(column_type: int, metadata: int, message: str) -> None:
    reader = value_reader(column_type, metadata)
    for use in (reader.read, reader.skip):
        with pytest.raises(BinlogError, match=message):
            use(Cursor(bytes(20)))
