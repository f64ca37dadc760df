"""MySQL's binary JSON and its text.

The documents are what MySQL 9.7 stored; the texts are what Debezium's binlog client prints for them, except for
4000000000 and the negative time, which it gets wrong.
"""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.reference.values.json import json_text
from rowtide.binlog.reference.values.registry import value_reader
from rowtide.errors import BinlogError

DOCUMENTS = [
    ("0400", "null"),
    ("0401", "true"),
    ("0402", "false"),
    ("050000", "0"),
    ("05ffff", "-1"),
    ("05ff7f", "32767"),
    ("07ff7fffff", "-32769"),
    ("090000008000000000", "2147483648"),
    ("0affffffffffffffff", "18446744073709551615"),
    ("0b000000000000f83f", "1.5"),
    ("0b0000000000000080", "-0.0"),
    ("0bfca9f1d24d62503f", "0.001"),
    ("0b2d431cebe2361a3f", "0.000100000000000000004792173602385929598312941379845142364501953125"),
    ("0b00000000d0126341", "10000000"),
    ("0b000000f0cf126341", "9999999.5"),
    ("0b92d54d06cff08044", "10000000000000000000000"),
    ("0c00", '""'),
    ("0c0161", '"a"'),
    ("0200000400", "[]"),
    ("0000000400", "{}"),
    ("0204001b000501000710000400000214007011010001000700040100", "[1,70000,null,[true]]"),
    ("000200290012000100130001000014000501006162010015000b000100020c0063010009000c07000178", '{"a":{"c":["x"]},"b":1}'),
    ("02010010000c07000871225c0a011f2f09", '["q\\"\\\\\\n\\u0001\\u001F/\\t"]'),
    ("0202000e0006ffff080a0000286bee", "[65535,4000000000]"),
    ("02020017000f0a000f1000f60404028c32f60504037ffffe", "[12.50,-0.001]"),
    ("0f0a08000000000086a519", '"2020-02-03"'),
    ("0f0c08bc0200464186a519", '"2020-02-03 04:05:06.0007"'),
    ("0f0c080000000000820300", '"0001-01-01 00:00:00"'),
    ("0f0b08e05ef8b13cffffff", '"-12:13:14.5"'),
    ("0f0b08000000fb6e340000", '"838:59:59"'),
    ("0f0f02cafe", '"yv4="'),
    ("0001000f000b0001000f0c00620f0105", '{"b":"BQ=="}'),
    ("02010011000c070009c3a4e6bca2f09f9880", '["ä漢😀"]'),
]


@pytest.mark.parametrize(("document", "text"), DOCUMENTS)
def test_documents_print_as_the_client_prints_them(document: str, text: str) -> None:
    assert json_text(bytes.fromhex(document)) == text


def test_an_empty_document_is_none() -> None:
    assert json_text(b"") is None
    assert value_reader(T.JSON, 4).read(Cursor(bytes(4))) is None


def test_a_column_value_is_its_document_behind_a_length() -> None:
    cursor = Cursor(b"\x03\0\0\0\x05\x07\0rest")
    assert value_reader(T.JSON, 4).read(cursor) == "7"
    assert cursor.rest() == b"rest"


def _large_array(count: int) -> bytes:
    """A large array of INT32s, which are inlined in four bytes."""
    size = 8 + count * 5
    return b"\x03" + struct.pack("<II", count, size) + b"".join(b"\x07" + struct.pack("<i", -i) for i in range(count))


def test_large_containers_have_four_byte_offsets_and_inline_more() -> None:
    assert json_text(_large_array(20_000)) == "[" + ",".join(str(-i) for i in range(20_000)) + "]"
    name = b"\x01" + struct.pack("<II", 1, 8 + 6 + 5 + 3) + struct.pack("<IH", 19, 3) + b"\x04\x01\0\0\0" + b"key"
    assert json_text(name) == '{"key":true}'


def test_a_string_of_128_bytes_or_more_has_a_longer_length() -> None:
    text = b"x" * 20_000
    assert json_text(b"\x0c\xa0\x9c\x01" + text) == '"' + text.decode() + '"'


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("10", "no type of JSON value"),
        ("0403", "no JSON literal"),
        ("0500", "too early"),
        ("0b000000000000f07f", "not finite"),
        ("0c0561", "longer than the document"),
        ("0cffffffffff01", "no end"),
        ("02ffff0400", "does not fit"),
        ("020100ff00040000", "does not fit"),
        ("02010007000c0700", "outside its container"),
        ("02010007000c0600", "outside its container"),
        ("0ff604010580aa", "is no type"),
        ("0f0a020102", "too early"),
    ],
)
def test_damaged_documents_are_refused(document: str, message: str) -> None:
    with pytest.raises(BinlogError, match=message):
        json_text(bytes.fromhex(document), 50)


def test_errors_tell_the_byte_of_the_event() -> None:
    with pytest.raises(BinlogError) as raised:
        json_text(bytes.fromhex("0403"), 50)
    assert raised.value.offset == 51


def test_nesting_is_bounded() -> None:
    document = b"\x04\x00"[1:]
    kind = b"\x04"
    for _ in range(150):
        document = struct.pack("<HH", 1, 7 + len(document)) + kind + struct.pack("<H", 7) + document
        kind = b"\x02"
    with pytest.raises(BinlogError, match="nested too deeply"):
        json_text(kind + document)


def test_values_that_refer_to_one_another_again_and_again_end_soon() -> None:
    levels = 60
    parts = [struct.pack("<HH", 2, 10 + 10) + (b"\x02" + struct.pack("<H", 10)) * 2 for _ in range(levels)]
    document = b"\x02" + b"".join(parts) + struct.pack("<HH", 0, 4)
    started = time.monotonic()
    with pytest.raises(BinlogError):
        json_text(document)
    assert time.monotonic() - started < 1


def _outcome(document: bytes) -> BinlogError | None:
    try:
        text = json_text(document)
    except BinlogError as error:
        return error
    assert text
    return None


@given(st.binary(min_size=1, max_size=60))
def test_any_bytes_are_a_document_or_refused(document: bytes) -> None:
    error = _outcome(document)
    assert error is None or 0 <= error.offset <= len(document)


@given(st.data())
def test_any_change_of_a_document_is_read_or_refused(data: st.DataObject) -> None:
    document = bytearray(bytes.fromhex(data.draw(st.sampled_from(DOCUMENTS))[0]))
    document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    error = _outcome(bytes(document))
    assert error is None or error.message
