"""JsonConverter, by golden records of the Java class and by round trips."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.connect.logical import from_unscaled_bytes, unscaled_bytes
from rowtide.connect.schema import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    array,
    struct,
)
from rowtide.converters.json import JsonConverter
from rowtide.errors import ConfigError, DataError

CONNECT = "org.apache.kafka.connect.data."
DECIMAL = Schema(
    SchemaType.BYTES,
    optional=True,
    name=CONNECT + "Decimal",
    version=1,
    parameters=(("scale", "2"), ("connect.decimal.precision", "10")),
)
ENUM = Schema(
    SchemaType.STRING,
    optional=True,
    name="io.debezium.data.Enum",
    version=1,
    parameters=(("allowed", "a,b"),),
    default="a",
)
EVERY_TYPE = struct(
    "srv.db.t.Value",
    ("i8", INT8),
    ("i16", Schema(SchemaType.INT16, default=7)),
    ("i32", INT32),
    ("i64", INT64),
    ("f32", FLOAT32),
    ("f64", FLOAT64),
    ("b", BOOLEAN),
    ("s", OPTIONAL_STRING),
    ("by", BYTES),
    ("arr", array(INT32)),
    ("map", Schema(SchemaType.MAP, key_schema=STRING, value_schema=INT32)),
    ("imap", Schema(SchemaType.MAP, key_schema=INT32, value_schema=STRING)),
    ("in", struct("inner", ("a", OPTIONAL_INT32), optional=True)),
    ("dec", DECIMAL),
    ("date", Schema(SchemaType.INT32, name=CONNECT + "Date", version=1)),
    ("time", Schema(SchemaType.INT32, name=CONNECT + "Time", version=1)),
    ("ts", Schema(SchemaType.INT64, name=CONNECT + "Timestamp", version=1)),
    ("enm", ENUM),
    version=3,
    doc="d",
)
VALUES = (
    *(-1, 7, 5, 9007199254740993, 1.100000023841858, 1e10, True, None, b"\0\x01\xff", [1, 2]),
    *({"k": 1}, {1: "x"}, None, Decimal("-123.45"), 3, 1234, 1700000000123, None),
)
# Recorded from org.apache.kafka.connect.json.JsonConverter 4.3.
SCHEMA_JSON = (
    '{"type":"struct","fields":[{"type":"int8","optional":false,"field":"i8"},{"type":"int16","optional":false,'
    '"default":7,"field":"i16"},{"type":"int32","optional":false,"field":"i32"},{"type":"int64","optional":false,'
    '"field":"i64"},{"type":"float","optional":false,"field":"f32"},{"type":"double","optional":false,"field":"f64"},'
    '{"type":"boolean","optional":false,"field":"b"},{"type":"string","optional":true,"field":"s"},{"type":"bytes",'
    '"optional":false,"field":"by"},{"type":"array","items":{"type":"int32","optional":false},"optional":false,'
    '"field":"arr"},{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"int32",'
    '"optional":false},"optional":false,"field":"map"},{"type":"map","keys":{"type":"int32","optional":false},'
    '"values":{"type":"string","optional":false},"optional":false,"field":"imap"},{"type":"struct","fields":[{"type":'
    '"int32","optional":true,"field":"a"}],"optional":true,"name":"inner","field":"in"},{"type":"bytes","optional":'
    'true,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2",'
    '"connect.decimal.precision":"10"},"field":"dec"},{"type":"int32","optional":false,"name":'
    '"org.apache.kafka.connect.data.Date","version":1,"field":"date"},{"type":"int32","optional":false,"name":'
    '"org.apache.kafka.connect.data.Time","version":1,"field":"time"},{"type":"int64","optional":false,"name":'
    '"org.apache.kafka.connect.data.Timestamp","version":1,"field":"ts"},{"type":"string","optional":true,"name":'
    '"io.debezium.data.Enum","version":1,"parameters":{"allowed":"a,b"},"default":"a","field":"enm"}],'
    '"optional":false,"name":"srv.db.t.Value","version":3,"doc":"d"}'
)
PAYLOAD_JSON = (
    '{"i8":-1,"i16":7,"i32":5,"i64":9007199254740993,"f32":1.1,"f64":1.0E10,"b":true,"s":null,"by":"AAH/","arr":[1,2],'
    '"map":{"k":1},"imap":[[1,"x"]],"in":null,"dec":"z8c=","date":3,"time":1234,"ts":1700000000123,"enm":"a"}'
)


def converter(**options):
    made = JsonConverter()
    made.configure({key.replace("_", "."): value for key, value in options.items()}, is_key=False)
    return made


def test_golden_record_with_schema():
    data = converter().from_connect("t", EVERY_TYPE, Struct(EVERY_TYPE, VALUES))
    assert data.decode() == '{"schema":' + SCHEMA_JSON + ',"payload":' + PAYLOAD_JSON + "}"


def test_golden_record_without_schema():
    made = converter(schemas_enable="false")
    assert made.from_connect("t", EVERY_TYPE, Struct(EVERY_TYPE, VALUES)).decode() == PAYLOAD_JSON


def test_reading_gives_back_what_was_written():
    made = converter()
    schema, value = made.to_connect("t", made.from_connect("t", EVERY_TYPE, Struct(EVERY_TYPE, VALUES)))
    assert list(value.values)[:4] == list(VALUES[:4])
    assert list(value.values)[5:-1] == list(VALUES[5:-1])
    assert value["enm"] == "a"
    assert made.from_connect("t", schema, value) == made.from_connect("t", EVERY_TYPE, Struct(EVERY_TYPE, VALUES))


def test_nulls():
    assert converter().from_connect("t", None, None) is None
    assert converter(schemas_enable="false").from_connect("t", None, None) is None
    assert converter(schemas_enable="false").from_connect("t", OPTIONAL_STRING, None) == b"null"
    data = converter().from_connect("t", OPTIONAL_STRING, None)
    assert data == b'{"schema":{"type":"string","optional":true},"payload":null}'
    assert converter().to_connect("t", None) == (None, None)


def test_null_in_a_required_field_is_refused():
    schema = struct("s", ("inner", struct("i", ("a", INT32))))
    with pytest.raises(DataError, match="Field inner: Field a: Conversion error: null value for field"):
        converter().from_connect("t", schema, Struct(schema, [Struct(schema.fields[0].schema, [None])]))


def test_defaults_replace_nulls_unless_told_otherwise():
    schema = struct("s", ("e", ENUM))
    assert converter(schemas_enable="false").from_connect("t", schema, Struct(schema, [None])) == b'{"e":"a"}'
    keeping = JsonConverter()
    keeping.configure({"schemas.enable": "false", "replace.null.with.default": "false"}, is_key=False)
    assert keeping.from_connect("t", schema, Struct(schema, [None])) == b'{"e":null}'


@pytest.mark.parametrize(
    ("number", "scale", "text"),
    [
        ("-123.45", 2, b"-123.45"),
        ("1E+3", -3, b"1E+3"),
        ("0.00", 2, b"0.00"),
        ("-0.00", 2, b"0.00"),
        ("1E-7", 7, b"1E-7"),
    ],
)
def test_numeric_decimals(number, scale, text):
    schema = Schema(SchemaType.BYTES, name=CONNECT + "Decimal", version=1, parameters=(("scale", str(scale)),))
    made = JsonConverter()
    made.configure({"schemas.enable": "false", "decimal.format": "numeric"}, is_key=False)
    assert made.from_connect("t", schema, Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**40), max_value=10**40))
def test_decimals_round_trip(number):
    data = unscaled_bytes(number, 4)
    assert from_unscaled_bytes(data, 4) == number
    unscaled = int(number.scaleb(4) if number == 0 else Decimal(str(number).replace(".", "")))
    assert int.from_bytes(data, "big", signed=True) == unscaled
    assert len(data) == 1 or data[:2] not in (b"\0\0", b"\xff\xff")


def test_decimal_with_too_many_digits_is_refused():
    with pytest.raises(DataError, match="more than the 1 decimal digits"):
        unscaled_bytes(Decimal("1.25"), 1)


@pytest.mark.parametrize("text", ["Infinity", "-Infinity", "NaN"])
def test_what_is_no_finite_number_is_no_decimal(text: str) -> None:
    with pytest.raises(DataError):
        unscaled_bytes(Decimal(text), 1)


def test_data_without_schema():
    made = converter()
    value = {"a": [1, 2.5, b"x", None, Decimal("1.5")], "m": {1: True}}
    expected = b'{"schema":null,"payload":{"a":[1,2.5,"eA==",null,"Dw=="],"m":[[1,true]]}}'
    assert made.from_connect("t", None, value) == expected
    assert converter(schemas_enable="false").to_connect("t", b'{"a":[1,2.5]}') == (None, {"a": [1, 2.5]})


@pytest.mark.parametrize("data", [b"1", b"{}", b'{"schema":null}', b'{"schema":null,"payload":1,"more":2}'])
def test_reading_without_schema_where_one_is_expected_is_refused(data):
    with pytest.raises(DataError, match='requires "schema" and "payload" fields and may not contain additional fields'):
        converter().to_connect("t", data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"schema":{"type":"int32","optional":false},"payload":null}',
        b'{"schema":{"type":"int32","optional":false},"payload":"x"}',
        b'{"schema":{"type":"int33"},"payload":1}',
        b'{"schema":{"type":"struct","fields":1},"payload":{}}',
        b'{"schema":{"type":"bytes"},"payload":"\xc3\xa9"}',
        b'{"schema":[],"payload":1}',
    ],
)
def test_reading_what_does_not_fit_is_refused(data):
    with pytest.raises(DataError):
        converter().to_connect("t", data)


def test_cache_of_schemas_is_bounded():
    made = JsonConverter()
    made.configure({"schemas.cache.size": "2"}, is_key=False)
    for i in range(10):
        schema = struct(f"s{i}", ("a", INT32))
        assert json.loads(made.from_connect("t", schema, Struct(schema, [i])))["payload"] == {"a": i}
    assert len(made._encoders._entries) == 2


def test_given_schema_is_used_to_read_bare_values():
    made = JsonConverter()
    made.configure({"schema.content": '{"type":"bytes","optional":true}'}, is_key=False)
    assert made.to_connect("t", b'"eA=="')[1] == b"x"


@pytest.mark.parametrize(
    "options",
    [{"decimal.format": "hex"}, {"schemas.cache.size": "-1"}, {"schemas.enable": "1"}, {"schema.content": "{}"}],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        JsonConverter().configure(options, is_key=False)


def test_special_floats_round_trip():
    schema = array(FLOAT64)
    made = converter()
    data = made.from_connect("t", schema, [float("inf"), float("-inf"), float("nan"), -0.0])
    assert data.endswith(b'"payload":["Infinity","-Infinity","NaN",-0.0]}')
    assert str(made.to_connect("t", data)[1]) == "[inf, -inf, nan, -0.0]"
