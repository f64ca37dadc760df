"""Partial JSON values: the document before, and what the server logged of the document after."""

from __future__ import annotations

import struct

import pytest

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.reference.values.json_diff import changed_document
from rowtide.binlog.values import UNAVAILABLE
from rowtide.errors import BinlogError

REPLACE, INSERT, REMOVE = range(3)
NINE = b"\x05\x09\x00"
TEXT = b"\x0c\x05say \xc3"  # its last character is cut


def change(operation: int, path: str, value: bytes | None = None) -> bytes:
    name = path.encode()
    return bytes([operation, len(name)]) + name + (b"" if value is None else bytes([len(value)]) + value)


def applied(before: object, *changes: bytes) -> object:
    body = b"".join(changes)
    cursor = Cursor(struct.pack("<I", len(body)) + body + b"next")
    result = changed_document(before, cursor)
    assert cursor.rest() == b"next"
    return result


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ([], '{"a":1.50,"bb":["x",{"c":null}],"k.k":1e2}'),
        ([change(REPLACE, "$", NINE)], "9"),
        ([change(REPLACE, "$.a", NINE)], '{"a":9,"bb":["x",{"c":null}],"k.k":1e2}'),
        ([change(REPLACE, "$.bb[1].c", NINE)], '{"a":1.50,"bb":["x",{"c":9}],"k.k":1e2}'),
        ([change(REPLACE, '$."k.k"', TEXT)], '{"a":1.50,"bb":["x",{"c":null}],"k.k":"say �"}'),
        ([change(REMOVE, "$.bb[0]")], '{"a":1.50,"bb":[{"c":null}],"k.k":1e2}'),
        ([change(REMOVE, "$.bb"), change(REMOVE, "$.a")], '{"k.k":1e2}'),
        ([change(INSERT, "$.b", NINE)], '{"a":1.50,"b":9,"bb":["x",{"c":null}],"k.k":1e2}'),
        ([change(INSERT, '$."a\\"z"', NINE)], '{"a":1.50,"bb":["x",{"c":null}],"a\\"z":9,"k.k":1e2}'),
        ([change(INSERT, "$.bb[0]", NINE)], '{"a":1.50,"bb":[9,"x",{"c":null}],"k.k":1e2}'),
        ([change(INSERT, "$.bb[2]", NINE)], '{"a":1.50,"bb":["x",{"c":null},9],"k.k":1e2}'),
    ],
)
def test_changes_are_applied_in_turn(changes: list[bytes], after: str) -> None:
    assert applied('{"a":1.50,"bb":["x",{"c":null}],"k.k":1e2}', *changes) == after


@pytest.mark.parametrize(
    "bad",
    [
        change(3, "$.a"),
        change(REMOVE, "$.none"),
        change(REMOVE, "$.a[0]"),
        change(REMOVE, "$.bb[7]"),
        change(REMOVE, "$.bb.c"),
        change(REMOVE, "$"),
        change(REMOVE, "a"),
        change(REMOVE, ""),
        change(REMOVE, "$.a."),
        change(REMOVE, "$**"),
        change(INSERT, "$.a", NINE),
        change(INSERT, "$.bb.x", NINE),
        change(REPLACE, "$.none", NINE),
        change(REPLACE, "$.a", b""),
        change(REPLACE, "$.a", b"\x33"),
        change(REPLACE, "$.a"),
        b"\x00",
    ],
)
def test_changes_that_do_not_fit_are_refused(bad: bytes) -> None:
    with pytest.raises(BinlogError):
        applied('{"a":1,"bb":["x"]}', bad)


def test_without_the_document_before_the_one_after_is_not_known() -> None:
    assert applied(None, change(REMOVE, "$.a")) is UNAVAILABLE
