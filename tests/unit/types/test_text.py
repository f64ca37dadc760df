"""Cells of the text protocol become the raw values that the binlog gives."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.errors import DataError
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.text import raw_from_text


def read(type_name, number, cell, **facts):
    return raw_from_text(Column("c", 1, number, type_name, **facts))(cell)


@pytest.mark.parametrize(
    ("type_name", "number", "facts", "cell", "raw"),
    [
        ("INT", jdbc.INTEGER, {}, b"-7", -7),
        ("TINYINT UNSIGNED", jdbc.SMALLINT, {}, b"255", -1),
        ("BIGINT UNSIGNED ZEROFILL", jdbc.BIGINT, {}, b"18446744073709551615", -1),
        ("BIT", jdbc.BIT, {"length": 10}, b"\x02\x05", 0x205),
        ("FLOAT", jdbc.FLOAT, {}, b"1.1", 1.100000023841858),
        ("FLOAT", jdbc.FLOAT, {"length": 30}, b"1.1", 1.1),
        ("FLOAT", jdbc.FLOAT, {"length": 7, "scale": 3}, b"1.1", 1.100000023841858),
        ("DOUBLE", jdbc.DOUBLE, {}, b"1e22", 1e22),
        ("DECIMAL", jdbc.DECIMAL, {"length": 10, "scale": 2}, b"-1.50", Decimal("-1.50")),
        ("VARCHAR", jdbc.VARCHAR, {"charset": "latin1"}, "é".encode(), "é".encode()),
        ("ENUM", jdbc.CHAR, {"charset": "latin1", "enum_values": ("'a'", "'é'")}, "é".encode(), 2),
        ("ENUM", jdbc.CHAR, {"enum_values": ("'a\\\\b'",)}, b"a\\b", 1),
        ("ENUM", jdbc.CHAR, {"enum_values": ("'a'",)}, b"", 0),
        ("ENUM", jdbc.CHAR, {"enum_values": ("'a'",)}, b"later", "later"),
        ("SET", jdbc.CHAR, {"enum_values": ("'x'", "'y'")}, b"x,y", 3),
        ("SET", jdbc.CHAR, {"enum_values": ("'x'", "'y'")}, b"", 0),
        ("SET", jdbc.CHAR, {"enum_values": ("'x'", "'y'")}, b"x,later", "x,later"),
        ("YEAR", jdbc.INTEGER, {}, b"0000", 0),
        ("DATE", jdbc.DATE, {}, b"2026-00-10", (2026, 0, 10)),
        ("DATETIME", jdbc.TIMESTAMP, {}, b"2026-01-02 03:04:05", (2026, 1, 2, 3, 4, 5, 0)),
        ("DATETIME", jdbc.TIMESTAMP, {}, b"2026-01-02 03:04:05.5", (2026, 1, 2, 3, 4, 5, 500000)),
        ("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, {}, b"1970-01-01 00:00:01.000002", 1_000_002),
        ("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, {}, b"0000-00-00 00:00:00", 0),
        ("TIME", jdbc.TIME, {}, b"-838:59:59.5", -3_020_399_500_000),
        ("JSON", 1111, {}, '{"a": "한"}'.encode(), '{"a": "한"}'),
        ("INET6", 1111, {}, b"::1", bytes(15) + b"\x01"),
        ("GEOMETRY", 1111, {}, b"\0\0\0\0\x01", b"\0\0\0\0\x01"),
        ("BLOB", jdbc.BLOB, {}, b"\xff", b"\xff"),
    ],
)
def test_cells_become_raw_values(type_name, number, facts, cell, raw):
    assert read(type_name, number, cell, **facts) == raw
    assert read(type_name, number, None, **facts) is None


@pytest.mark.parametrize(
    ("type_name", "number"), [("INT", 4), ("DATE", 91), ("TIME", 92), ("DECIMAL", 3), ("TIMESTAMP", 2014)]
)
def test_cells_of_another_form_are_refused(type_name, number):
    with pytest.raises(DataError, match=f"column c of type {type_name}"):
        read(type_name, number, b"gibberish")


@given(st.integers(-3_020_399_999_999, 3_020_399_999_999))
def test_times_round_trip(micros):
    seconds, fraction = divmod(abs(micros), 1_000_000)
    sign = "-" if micros < 0 else ""
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"
    assert read("TIME", jdbc.TIME, text.encode()) == micros
