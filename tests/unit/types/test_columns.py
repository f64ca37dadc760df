"""Schemas, values and defaults of column types in all modes."""

import contextlib
import logging
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.connect.schema import SchemaType
from rowtide.errors import DataError
from rowtide.tables.model import Column, TableId
from rowtide.types import ValueModes, column_codec, identity, jdbc


def column(type_name, jdbc_type, **facts):
    facts.setdefault("has_default", "default" in facts)
    return Column("c", 1, jdbc_type, type_name, type_name, **facts)


def codec(type_name, jdbc_type, modes=None, **facts):
    return column_codec(column(type_name, jdbc_type, **facts), modes or ValueModes())


@pytest.mark.parametrize(
    ("type_name", "number", "schema", "raw", "value"),
    [
        ("TINYINT", jdbc.SMALLINT, SchemaType.INT16, -128, -128),
        ("TINYINT UNSIGNED", jdbc.SMALLINT, SchemaType.INT16, -1, 255),
        ("SMALLINT", jdbc.SMALLINT, SchemaType.INT16, -32768, -32768),
        ("SMALLINT UNSIGNED ZEROFILL", jdbc.SMALLINT, SchemaType.INT32, -1, 65535),
        ("MEDIUMINT", jdbc.INTEGER, SchemaType.INT32, -8388608, -8388608),
        ("MEDIUMINT UNSIGNED", jdbc.INTEGER, SchemaType.INT32, -1, 16777215),
        ("INT", jdbc.INTEGER, SchemaType.INT32, -1, -1),
        ("INTEGER UNSIGNED", jdbc.INTEGER, SchemaType.INT64, -1, 4294967295),
        ("BIGINT", jdbc.BIGINT, SchemaType.INT64, -1, -1),
        ("BIGINT UNSIGNED", jdbc.BIGINT, SchemaType.INT64, -1, -1),
        ("BOOLEAN", jdbc.BOOLEAN, SchemaType.BOOLEAN, 2, True),
        ("BIT", jdbc.BIT, SchemaType.BOOLEAN, 0, False),
        ("FLOAT", jdbc.FLOAT, SchemaType.FLOAT32, 0.5, 0.5),
        ("REAL", jdbc.REAL, SchemaType.FLOAT32, 1.1, 1.100000023841858),
        ("DOUBLE", jdbc.DOUBLE, SchemaType.FLOAT64, 1.1, 1.1),
    ],
)
def test_numbers(type_name, number, schema, raw, value):
    made = codec(type_name, number)
    assert made.schema.type is schema
    assert made.schema.optional
    assert made.convert(raw) == value
    assert made.convert(None) is None


def test_float_with_digits_after_the_point_is_a_double():
    assert codec("FLOAT", jdbc.FLOAT, length=7, scale=3).schema.type is SchemaType.FLOAT64
    assert codec("FLOAT", jdbc.FLOAT, length=25).schema.type is SchemaType.FLOAT64
    assert codec("FLOAT", jdbc.FLOAT, length=24).schema.type is SchemaType.FLOAT32


def test_unsigned_bigint_precise_is_a_decimal_of_twenty_digits():
    made = codec("BIGINT UNSIGNED", jdbc.BIGINT, ValueModes(bigint_unsigned="precise", decimal="string"), default="5")
    assert made.schema.parameters == (("scale", "0"), ("connect.decimal.precision", "20"))
    assert made.convert(-1) == Decimal(18446744073709551615)
    assert made.schema.default == Decimal(5)


@pytest.mark.parametrize(("raw", "data"), [(0b1000000101, b"\x05\x02"), (0, b"\0\0")])
def test_bits_are_little_endian(raw, data):
    made = codec("BIT", jdbc.BIT, length=10)
    assert (made.schema.name, made.schema.parameters) == ("io.debezium.data.Bits", (("length", "10"),))
    assert made.convert(raw) == data


@pytest.mark.parametrize(
    ("mode", "kind", "value"),
    [
        ("precise", SchemaType.BYTES, Decimal("-1.50")),
        ("string", SchemaType.STRING, "-1.50"),
        ("double", SchemaType.FLOAT64, -1.5),
    ],
)
def test_decimal_modes(mode, kind, value):
    made = codec("DECIMAL", jdbc.DECIMAL, ValueModes(decimal=mode), length=10, scale=2, default="1.005")
    assert made.schema.type is kind
    assert made.convert(Decimal("-1.50")) == value
    assert float(made.schema.default) == 1.01


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, max_value=10**50, min_value=-(10**50)))
def test_decimal_text_keeps_every_digit(number):
    made = codec("DECIMAL", jdbc.DECIMAL, ValueModes(decimal="string"), length=65, scale=10)
    text = made.convert(number)
    assert Decimal(text) == number
    assert "E" not in text


def test_text_is_decoded_by_its_character_set():
    assert codec("VARCHAR", jdbc.VARCHAR, charset="latin1").convert(b"caf\xe9\x80") == "café€"
    assert codec("VARCHAR", jdbc.VARCHAR, charset="utf8mb4").convert(b"\xff") == "\ufffd"
    assert codec("TEXT", jdbc.VARCHAR).convert("日".encode()) == "日"


def test_binary_is_padded_but_its_default_is_not():
    made = codec("BINARY", jdbc.BINARY, length=4, default="ab")
    assert made.convert(b"\x01") == b"\x01\0\0\0"
    assert made.schema.default == b"ab"
    assert codec("VARBINARY", jdbc.VARBINARY, length=4).convert(b"\x01") == b"\x01"


@pytest.mark.parametrize(
    ("mode", "text"), [("hex", "fbff"), ("base64", "+/8="), ("base64-url-safe", "-_8="), ("bytes", b"\xfb\xff")]
)
def test_binary_modes(mode, text):
    assert codec("BLOB", jdbc.BLOB, ValueModes(binary=mode)).convert(b"\xfb\xff") == text


TIMES = {
    "adaptive_time_microseconds": ("io.debezium.time.MicroTime", 1_500_000),
    "microseconds": ("io.debezium.time.MicroTime", 1_500_000),
    "nanoseconds": ("io.debezium.time.NanoTime", 1_500_000_000),
    "connect": ("org.apache.kafka.connect.data.Time", 1500),
    "isostring": ("io.debezium.time.IsoTime", "00:00:01.5Z"),
}


@pytest.mark.parametrize("mode", TIMES)
def test_time_modes(mode):
    made = codec("TIME", jdbc.TIME, ValueModes(time=mode), length=6)
    assert (made.schema.name, made.convert(1_500_000)) == TIMES[mode]


@pytest.mark.parametrize("mode", ["connect", "isostring"])
@pytest.mark.parametrize("raw", [-1, 86_400_000_001])
def test_times_outside_of_a_day_become_null_where_they_cannot_be_shown(mode, raw, caplog):
    made = codec("TIME", jdbc.TIME, ValueModes(time=mode))
    with caplog.at_level(logging.WARNING):
        assert made.convert(raw) is None
    assert "cannot be converted" in caplog.text
    failing = codec("TIME", jdbc.TIME, ValueModes(time=mode, conversion_failure="fail"))
    with pytest.raises(DataError, match="column c of type TIME"):
        failing.convert(raw)


DATETIMES = {
    ("adaptive_time_microseconds", 3): ("io.debezium.time.Timestamp", -1),
    ("adaptive_time_microseconds", 4): ("io.debezium.time.MicroTimestamp", -1),
    ("microseconds", 0): ("io.debezium.time.MicroTimestamp", -1),
    ("nanoseconds", 0): ("io.debezium.time.NanoTimestamp", -1000),
    ("connect", 6): ("org.apache.kafka.connect.data.Timestamp", -1),
    ("isostring", 6): ("io.debezium.time.IsoTimestamp", "1969-12-31T23:59:59.999999Z"),
}


@pytest.mark.parametrize(("mode", "length"), DATETIMES)
def test_datetime_modes(mode, length):
    made = codec("DATETIME", jdbc.TIMESTAMP, ValueModes(time=mode), length=length)
    assert (made.schema.name, made.convert((1969, 12, 31, 23, 59, 59, 999999))) == DATETIMES[mode, length]


def test_nanoseconds_beyond_64_bits_become_null():
    made = codec("DATETIME", jdbc.TIMESTAMP, ValueModes(time="nanoseconds"))
    assert made.convert((2263, 1, 1, 0, 0, 0, 0)) is None
    assert made.convert((1677, 1, 1, 0, 0, 0, 0)) is None


@pytest.mark.parametrize("raw", [(0, 0, 0), (2020, 0, 10), (2020, 10, 0), (0, 1, 1)])
def test_zero_dates_are_null_or_the_epoch(raw):
    assert codec("DATE", jdbc.DATE).convert(raw) is None
    assert codec("DATE", jdbc.DATE, optional=False).convert(raw) == 0
    assert codec("DATE", jdbc.DATE, optional=False, default="2001-02-03").convert(raw) == 11356


@pytest.mark.parametrize(("length", "epoch"), [(None, "1970-01-01T00:00:00Z"), (2, "1970-01-01T00:00:00.00Z")])
def test_zero_timestamps_are_null_or_the_epoch_of_the_log(length, epoch):
    made = codec("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, length=length)
    assert (made.convert(0), made.convert_snapshot(0)) == (None, None)
    made = codec("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, ValueModes(zero_timestamps="epoch"), length=length)
    assert (made.convert(0), made.convert_snapshot(0)) == (epoch, None)


@pytest.mark.parametrize(("optional", "value"), [(True, None), (False, 0)])
def test_a_default_whose_date_is_in_part_zero_is_none_or_the_epoch_also_with_a_time_of_day(optional, value):
    made = codec("DATETIME", jdbc.TIMESTAMP, optional=optional, default="0000-00-00 01:00:00.000")
    assert made.schema.default == value


@pytest.mark.parametrize(("year", "day"), [(1, 11323), (69, 36160), (70, 0), (99, 10592), (100, -683003)])
def test_years_of_two_digits_are_adjusted(year, day):
    assert codec("DATE", jdbc.DATE).convert((year, 1, 1)) == day
    assert codec("DATE", jdbc.DATE, ValueModes(time_adjuster=False)).convert((1, 1, 1)) == -719162


def test_invalid_dates_fail():
    assert codec("DATE", jdbc.DATE).convert((2026, 2, 31)) is None
    with pytest.raises(DataError):
        codec("DATE", jdbc.DATE, ValueModes(conversion_failure="fail")).convert((2026, 2, 31))


def test_timestamps_of_the_binlog_have_the_digits_of_their_column():
    made = codec("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, length=3)
    assert made.convert(1_500_000) == "1970-01-01T00:00:01.500Z"
    assert made.convert_snapshot(1_500_000) == "1970-01-01T00:00:01.5Z"
    assert made.convert(0) is None
    plain = codec("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, optional=False)
    assert (plain.convert(1_000_000), plain.convert(0)) == ("1970-01-01T00:00:01Z", "1970-01-01T00:00:00Z")


def test_zero_years_differ_between_binlog_and_snapshot():
    made = codec("YEAR", jdbc.INTEGER)
    assert (made.convert(0), made.convert_snapshot(0), made.convert(2155)) == (1900, 2000, 2155)


def test_enums_show_their_items():
    made = codec("ENUM", jdbc.CHAR, enum_values=("'a'", "'b,c'", "'d''e'", "'f\\\\g'"))
    assert made.schema.parameters == (("allowed", "a,b\\,c,d'e,f\\\\g"),)
    assert [made.convert(i) for i in range(4)] == ["", "a", r"b\,c", "d'e"]
    assert (made.convert(4), made.convert_snapshot(4)) == ("f\\\\g", "f\\g")
    assert made.convert(5) is None
    assert made.convert("text of a snapshot") == "text of a snapshot"


def test_sets_show_their_items_in_the_order_of_the_definition():
    made = codec("SET", jdbc.CHAR, enum_values=("'x'", "'y'", "'z z'"))
    assert [made.convert(bits) for bits in (0, 5, 7)] == ["", "x,z z", "x,y,z z"]


def test_json_and_uuid():
    assert codec("JSON", 1111).convert('{"a":1}') == '{"a":1}'
    assert codec("JSON", 1111).convert(b'{"a": 1}') == '{"a": 1}'
    assert codec("JSON", 1111, optional=False).convert("") == "{}"
    made = codec("UUID", 1111)
    assert made.schema.name == "io.debezium.data.Uuid"
    assert made.convert(b"\x12\x3e" + bytes(12)) == "123e0000-0000-0000-0000-000000000000"


def test_json_of_a_converted_table_is_in_the_tables_character_set():
    assert codec("JSON", 1111, charset="latin1").convert(b'"\xe9"') == '"é"'
    assert codec("JSON", 1111).convert(b'"\xc3\xa9"') == '"é"'


def test_points_and_geometries():
    wkb = struct.pack("<BIdd", 1, 1, 1.5, -2.0)
    point = codec("POINT", 1111)
    assert point.schema.doc == "Geometry (POINT)"
    assert list(point.convert(b"\0\0\0\0" + wkb).values) == [1.5, -2.0, wkb, None]
    geometry = codec("POLYGON", 1111)
    assert codec("POLYGON", 1111, optional=False).schema.optional
    assert not codec("POINT", 1111, optional=False).schema.optional
    assert list(geometry.convert(b"\xe6\x10\0\0" + wkb).values) == [wkb, 4326]
    assert point.convert(b"\0\0\0\0" + wkb[:-1]) is None


def test_vectors():
    made = codec("VECTOR", 1111, length=2)
    assert made.schema.name == "io.debezium.data.FloatVector"
    assert made.convert(struct.pack("<2f", 0.5, -1.0)) == [0.5, -1.0]


def test_network_addresses():
    assert codec("INET4", 1111).convert(b"\x0a") == "10.0.0.0"
    assert codec("INET6", 1111).convert(bytes(15) + b"\x01") == "::1"


def test_unknown_types_are_left_out_with_one_warning(caplog):
    unknown = column("XMLTYPE", 1111)
    with caplog.at_level(logging.WARNING):
        assert column_codec(unknown, ValueModes(), TableId("d", "odd1")) is None
        assert column_codec(unknown, ValueModes(), TableId("d", "odd1")) is None
    assert caplog.text.count("d.odd1.c has the unknown type XMLTYPE") == 1


@pytest.mark.parametrize(
    ("type_name", "number", "default", "facts", "value"),
    [
        ("INT", jdbc.INTEGER, "1.6", {}, 2),
        ("INT", jdbc.INTEGER, "-1.5", {}, -1),
        ("TINYINT", jdbc.SMALLINT, "TRUE", {}, 1),
        ("BIGINT", jdbc.BIGINT, "9007199254740993", {}, 9007199254740992),
        ("BIGINT UNSIGNED", jdbc.BIGINT, "18446744073709551615", {}, 9223372036854775807),
        ("INT", jdbc.INTEGER, "0x10", {}, None),
        ("BOOLEAN", jdbc.BOOLEAN, "true", {}, True),
        ("BIT", jdbc.BIT, "1", {"length": 1}, True),
        ("BIT", jdbc.BIT, "1010101", {"length": 10}, b"\x55\0"),
        ("BIT", jdbc.BIT, "3", {"length": 10}, None),
        ("VARCHAR", jdbc.VARCHAR, "it''s", {}, "it''s"),
        ("VARCHAR", jdbc.VARCHAR, "_utf8'abc'", {}, "abc"),
        ("VARCHAR", jdbc.VARCHAR, " x ", {}, " x "),
        ("DATE", jdbc.DATE, "2001-02-03", {}, 11356),
        ("DATE", jdbc.DATE, "0000-00-00", {}, None),
        ("DATE", jdbc.DATE, "0000-00-00", {"optional": False}, 0),
        ("DATE", jdbc.DATE, "gibberish", {"optional": False}, 0),
        ("DATETIME", jdbc.TIMESTAMP, "2001-02-03", {}, 981158400000),
        ("DATETIME", jdbc.TIMESTAMP, "1970-01-01 00:00:00", {}, 0),
        ("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, "1970-01-01 00:00:00", {}, None),
        ("TIMESTAMP", jdbc.TIMESTAMP_WITH_TIMEZONE, "1970-01-01 00:00:00", {"optional": False}, "1970-01-01T00:00:00Z"),
        ("TIME", jdbc.TIME, "-01:02:03.5", {}, -3_723_500_000),
        ("YEAR", jdbc.INTEGER, "70", {}, 1970),
        ("YEAR", jdbc.INTEGER, "0", {}, 2000),
        ("UUID", 1111, "123e4567-e89b-12d3-a456-426655440001", {}, None),
        ("FLOAT", jdbc.FLOAT, "1.1", {}, 1.100000023841858),
    ],
)
def test_defaults(type_name, number, default, facts, value):
    assert codec(type_name, number, default=default, **facts).schema.default == value


def test_default_that_cannot_be_read_fails_when_asked_to():
    with pytest.raises(DataError, match="default of column c"):
        codec("INT", jdbc.INTEGER, ValueModes(conversion_failure="fail"), default="x")


def test_null_in_a_required_column_shows_the_default_or_the_fallback_of_its_type():
    assert codec("INT", jdbc.INTEGER, optional=False).convert(None) == 0
    assert codec("INT", jdbc.INTEGER, optional=False, default="7").convert(None) == 7
    assert codec("VARCHAR", jdbc.VARCHAR, optional=False).convert(None) == ""
    assert codec("DECIMAL", jdbc.DECIMAL, optional=False, length=5, scale=2).convert(None) == Decimal("0.00")
    assert codec("DATE", jdbc.DATE, ValueModes(time="isostring"), optional=False).convert(None) == "1970-01-01Z"


def test_columns_whose_raw_form_is_their_value_convert_by_identity():
    assert codec("INT", jdbc.INTEGER).convert is identity
    assert codec("DECIMAL", jdbc.DECIMAL, length=5, scale=2).convert is identity


def test_comments_become_docs():
    assert codec("INT", jdbc.INTEGER, comment="why").schema.doc == "why"


INTEGERS = st.integers(-(2**63), 2**64)
DATES = st.tuples(st.integers(0, 9999), st.integers(0, 15), st.integers(0, 31))
CLOCKS = st.tuples(st.integers(0, 63), st.integers(0, 63), st.integers(0, 63), st.integers(0, 999_999))
RAW_VALUES = {
    "DATE": (91, DATES),
    "DATETIME": (93, st.builds(lambda date, clock: date + clock, DATES, CLOCKS)),
    "TIMESTAMP": (2014, st.integers(0, 2**32 * 1_000_000)),
    "TIME": (92, st.integers(-(2**43), 2**43)),
    "BIT": (-7, INTEGERS),
    "ENUM": (1, INTEGERS),
    "SET": (1, INTEGERS),
    "POINT": (1111, st.binary(max_size=30)),
    "GEOMETRY": (1111, st.binary(max_size=30)),
    "VECTOR": (1111, st.binary(max_size=30)),
    "UUID": (1111, st.binary(max_size=20)),
    "INET6": (1111, st.binary(max_size=20)),
    "CHAR": (1, st.binary(max_size=30)),
}


@pytest.mark.parametrize("type_name", RAW_VALUES)
@pytest.mark.parametrize("time", TIMES)
@given(data=st.data())
def test_conversions_raise_nothing_but_data_errors(type_name, time, data):
    number, values = RAW_VALUES[type_name]
    modes = ValueModes(time=time, conversion_failure="fail")
    made = codec(type_name, number, modes, length=3, charset="utf16", enum_values=("'a'",))
    for convert in (made.convert, made.convert_snapshot):
        with contextlib.suppress(DataError):
            convert(data.draw(values))
