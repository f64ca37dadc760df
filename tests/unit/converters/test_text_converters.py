"""StringConverter, SimpleHeaderConverter and ByteArrayConverter."""

from decimal import Decimal

import pytest

from rowtide.connect.schema import (
    BYTES,
    FLOAT32,
    FLOAT64,
    INT32,
    OPTIONAL_BYTES,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    array,
    struct,
)
from rowtide.converters.byte_array import ByteArrayConverter
from rowtide.converters.simple_header import SimpleHeaderConverter
from rowtide.converters.string import StringConverter
from rowtide.errors import ConfigError, DataError

CONNECT = "org.apache.kafka.connect.data."
DATE = Schema(SchemaType.INT32, name=CONNECT + "Date", version=1)
TIMESTAMP = Schema(SchemaType.INT64, name=CONNECT + "Timestamp", version=1)
INNER = struct("i", ("s", Schema(SchemaType.STRING, optional=True, default="d")))
OUTER = struct(
    "o", ("a", INT32), ("n", OPTIONAL_STRING), ("i", INNER), ("f", FLOAT32), ("b", BYTES), ("l", array(STRING))
)
VALUE = Struct(OUTER, [1, None, Struct(INNER, [None]), 0.10000000149011612, b"\xff", ['x"y\\', "z"]])


def test_strings_are_printed_as_java_does():
    made = StringConverter()
    assert made.from_connect("t", STRING, "é") == "é".encode()
    assert made.from_connect("t", None, None) is None
    assert made.from_connect("t", FLOAT64, 1e10) == b"1.0E10"
    assert made.from_connect("t", None, True) == b"true"
    assert made.from_connect("t", OUTER, VALUE) == (
        b'Struct{a=1,i=Struct{},f=0.1,b=java.nio.HeapByteBuffer[pos=0 lim=1 cap=1],l=[x"y\\, z]}'
    )
    assert made.from_connect("t", DATE, 1) == b"Fri Jan 02 00:00:00 UTC 1970"
    assert made.from_connect("t", None, {"a": [1]}) == b"{a=[1]}"


def test_strings_in_another_character_set():
    made = StringConverter()
    made.configure({"converter.encoding": "ISO-8859-1"}, is_key=True)
    assert made.from_connect("t", STRING, "é한") == b"\xe9?"
    assert made.to_connect("t", b"\xe9") == (OPTIONAL_STRING, "é")
    with pytest.raises(ConfigError, match="klingon"):
        made.configure({"converter.encoding": "klingon"}, is_key=True)


def test_text_that_is_none_is_refused():
    with pytest.raises(DataError):
        StringConverter().to_connect("t", b"\xff")


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (STRING, 'plain "text"', 'plain "text"'),
        (INT32, 5, "5"),
        (FLOAT64, 1e7, "1.0E7"),
        (BYTES, b"\xff", "/w=="),
        (None, True, "true"),
        (None, Decimal("-1.00"), "-1.00"),
        (array(STRING), ['a"b', "c\\d"], '["a\\"b","c\\\\d"]'),
        (None, {"k": None, "l": [1]}, '{"k":null,"l":[1]}'),
        (OUTER, VALUE, '{"a":1,"n":null,"i":{"s":"d"},"f":0.1,"b":"/w==","l":["x\\"y\\\\","z"]}'),
        (DATE, 20779, "2026-11-22"),
        (TIMESTAMP, 1795350896789, "2026-11-22T12:34:56.789Z"),
        (TIMESTAMP, 1000, "00:00:01.000Z"),
        (array(TIMESTAMP), [1000, 1795350896789], "[00:00:01.000Z,2026-11-22T12:34:56.789Z]"),
    ],
)
def test_header_values(schema, value, text):
    assert SimpleHeaderConverter().from_connect_header("t", "h", schema, value).decode() == text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (b"127", "int8", 127),
        (b"-129", "int16", -129),
        (b"2147483648", "int64", 2147483648),
        (b"1.5", "double", 1.5),
        (b"true", "boolean", True),
        (b"some text", "string", "some text"),
    ],
)
def test_header_types_are_inferred(text, kind, value):
    schema, read = SimpleHeaderConverter().to_connect("t", text)
    assert (schema.type.value, read) == (kind, value)


def test_header_without_schema():
    made = SimpleHeaderConverter()
    assert made.from_connect("t", None, None) is None
    assert made.to_connect("t", None) == (None, None)
    assert made.to_connect("t", b"null") == (None, None)
    assert made.to_connect("t", b'{"a":[1]}') == (None, {"a": [1]})
    assert made.to_connect("t", b"{not json") == (STRING, "{not json")


def test_bytes_pass():
    made = ByteArrayConverter()
    assert made.from_connect("t", BYTES, b"x") == b"x"
    assert made.from_connect("t", None, None) is None
    assert made.to_connect("t", b"x") == (OPTIONAL_BYTES, b"x")
    with pytest.raises(DataError, match="Invalid schema type for ByteArrayConverter: STRING"):
        made.from_connect("t", STRING, "x")
    with pytest.raises(DataError, match="not compatible with objects of type str"):
        made.from_connect("t", None, "x")
