"""JSON text as Jackson writes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.connect.json_text import dumps, loads, quote
from rowtide.errors import DataError

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def test_dumps_escapes_like_jackson():
    text = "a\"b\\c/d\n\t\b\f\r\u0001\u001f\x7f é\u2028😀<>&'"
    expected = '"a\\"b\\\\c/d\\n\\t\\b\\f\\r\\u0001\\u001F\x7f é\u2028\\uD83D\\uDE00<>&\'"'
    assert dumps(text).decode() == expected
    assert quote(text) == expected


def test_dumps_leaves_escape_lookalikes_of_the_text_alone():
    assert dumps("\\u001f\\") == b'"\\\\u001f\\\\"'
    assert dumps("\\u001f\x1f") == b'"\\\\u001f\\u001F"'


def test_dumps_is_compact_and_keeps_key_order():
    assert dumps({"b": [1, None, True], "a": {}}) == b'{"b":[1,null,true],"a":{}}'


def test_dumps_prints_floats_as_java_doubles():
    assert dumps([100.0, 1e10, 1e-5, -0.0, float("nan"), float("inf"), float("-inf")]) == (
        b'[100.0,1.0E10,1.0E-5,-0.0,"NaN","Infinity","-Infinity"]'
    )


def test_dumps_prints_integers_of_any_size():
    assert dumps([1 << 64, -(1 << 70)]) == b"[18446744073709551616,-1180591620717411303424]"


@pytest.mark.parametrize("value", [b"bytes", {1: "x"}, "\ud800", object()])
def test_dumps_refuses_what_json_cannot_hold(value):
    with pytest.raises(DataError):
        dumps(value)


@pytest.mark.parametrize("data", [b"", b"{", b"NaN", b"[Infinity]", b'"\xff"', b"[" * 100_000])
def test_loads_refuses_what_is_not_json(data):
    with pytest.raises(DataError):
        loads(data)


def test_loads_keeps_big_integers_exact():
    assert loads(b"18446744073709551617") == 18446744073709551617


@given(VALUES)
def test_dumps_round_trips(value):
    data = dumps(value)
    assert loads(data) == value
    assert json.loads(data) == value


@given(TEXTS)
def test_text_beyond_the_basic_plane_is_escaped(text):
    assert all(ord(character) <= 0xFFFF for character in quote(text))
    assert json.loads(quote(text)) == text
