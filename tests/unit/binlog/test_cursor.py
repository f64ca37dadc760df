"""Checked reading."""

from __future__ import annotations

import pytest

from rowtide.binlog.cursor import Cursor
from rowtide.errors import BinlogError


def test_numbers_are_read_in_their_byte_order_and_sign() -> None:
    cursor = Cursor(bytes.fromhex("01 0203 feff 0405 ff"))
    assert cursor.u8() == 1
    assert cursor.uint(2) == 0x0302
    assert cursor.sint(2) == -2
    assert cursor.uint_be(2) == 0x0405
    assert cursor.remaining == 1
    assert cursor.rest() == b"\xff"


@pytest.mark.parametrize(
    ("data", "value"),
    [("00", 0), ("fa", 250), ("fc0001", 256), ("fd000001", 65536), ("fe0000000000000001", 1 << 56)],
)
def test_length_encoded_integers(data: str, value: int) -> None:
    cursor = Cursor(bytes.fromhex(data))
    assert cursor.lenenc() == value
    assert not cursor.remaining


@pytest.mark.parametrize("data", ["fb", "ff"])
def test_marks_that_are_no_length_are_refused(data: str) -> None:
    with pytest.raises(BinlogError, match=f"0x{data}"):
        Cursor(bytes.fromhex(data)).lenenc()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("0c", 6),
        ("2502", 0x89),
        ("a104", 296),
        ("430f0b", 90600),
        ("7f1cf3b814244a06", 0x064A2414B8F31C),
        ("ffffffffffffffffff", (1 << 64) - 1),
    ],
)
def test_integers_of_the_serialization_library(data: str, value: int) -> None:
    cursor = Cursor(bytes.fromhex(data))
    assert cursor.varlen() == value
    assert not cursor.remaining


def test_reading_beyond_the_end_tells_how_much_is_missing_and_where() -> None:
    cursor = Cursor(b"abcd", 1, 3, origin=100)
    assert cursor.take(1) == b"b"
    with pytest.raises(BinlogError, match=r"4 bytes too early: 5 wanted, 1 left \(byte 102 of the event\)") as raised:
        cursor.take(5)
    assert raised.value.offset == 102
    with pytest.raises(BinlogError, match="too early"):
        cursor.skip(2)
    with pytest.raises(BinlogError, match="too early"):
        cursor.skip(-1)
    cursor.skip(1)
    with pytest.raises(BinlogError, match="too early"):
        cursor.u8()


def test_an_end_beyond_the_bytes_is_cut() -> None:
    assert Cursor(b"ab", 0, 99).remaining == 2


def test_leftovers_and_missing_zero_bytes_are_told() -> None:
    with pytest.raises(BinlogError, match="2 bytes are left after the list"):
        Cursor(b"ab").expect_end("the list")
    with pytest.raises(BinlogError, match="The name is not followed by a zero byte"):
        Cursor(b"a").skip_nul("The name")


def test_text_that_does_not_fit_its_codec_is_marked_not_refused() -> None:
    assert Cursor(b"a\xffb").text(3) == "a\ufffdb"
