"""Columns shown as converters say: Debezium's own three, and others."""

from __future__ import annotations

import pytest

from rowtide.connect.schema import FLOAT64, STRING, SchemaType
from rowtide.errors import ConfigError, DataError
from rowtide.tables.model import Column, TableId
from rowtide.types import ValueModes, column_codec, jdbc
from rowtide.types.columns import family_of
from rowtide.types.custom import ColumnConverter, Conversion, custom_codec, facts_of
from rowtide.types.debezium_converters import SHIPPED

TABLE = TableId("db", "t")
BINLOG = "io.debezium.connector.binlog.converters."


def column(type_name, jdbc_type=4, **facts):
    return Column("c", 1, jdbc_type, type_name, **facts)


def codec(made: ColumnConverter, shown: Column, modes: ValueModes | None = None):
    """The codec that a converter makes of a column, None when it leaves it alone."""
    modes = modes or ValueModes()
    own = column_codec(shown, modes, TABLE)
    conversion = made.conversion_for(facts_of(shown, TABLE, own))
    return conversion and custom_codec(shown, TABLE, own, family_of(shown, modes), conversion, modes)


def shipped(name, **options):
    made = SHIPPED[BINLOG + name]()
    made.configure({key.replace("_", "."): value for key, value in options.items()})
    return made


def test_they_are_known_by_old_and_new_packages():
    for package in ("binlog", "mysql", "mariadb"):
        assert f"io.debezium.connector.{package}.converters.TinyIntOneToBooleanConverter" in SHIPPED


@pytest.mark.parametrize(("raw", "expected"), [(None, None), (0, False), (1, True), (-1, True), (7, True)])
def test_tinyint_of_length_one_becomes_boolean(raw, expected):
    made = codec(shipped("TinyIntOneToBooleanConverter"), column("TINYINT", length=1))
    assert made.schema.type is SchemaType.BOOLEAN
    assert made.schema.optional
    assert made.convert(raw) is made.convert_snapshot(raw) is expected


@pytest.mark.parametrize(
    ("type_name", "length", "options", "expected"),
    [
        ("TINYINT", 4, {}, False),
        ("TINYINT", None, {}, False),
        ("TINYINT", None, {"length_checker": "false"}, True),
        ("TINYINT UNSIGNED", 1, {}, True),
        ("SMALLINT", 1, {}, False),
        ("TINYINT", 1, {"selector": r"db\.t\.(c|d)"}, True),
        ("TINYINT", 1, {"selector": "db.t.x"}, False),
    ],
)
def test_which_columns_become_boolean(type_name, length, options, expected):
    made = shipped("TinyIntOneToBooleanConverter", **options)
    assert (codec(made, column(type_name, length=length)) is not None) is expected


def test_a_default_is_converted_and_stands_for_null():
    shown = column("TINYINT", 5, length=1, optional=False, has_default=True, default="1")
    made = codec(shipped("TinyIntOneToBooleanConverter"), shown)
    assert made.schema.default is True
    assert made.convert(None) is True


def test_types_for_the_jdbc_sink():
    booleans = shipped("JdbcSinkDataTypesConverter", selector_boolean="db.t.c")
    made = codec(booleans, column("BOOLEAN", jdbc.BOOLEAN))
    assert (made.schema.type, made.convert(1), made.convert(0)) == (SchemaType.INT16, 1, 0)
    reals = codec(shipped("JdbcSinkDataTypesConverter", selector_real="db.t.c"), column("REAL", jdbc.REAL))
    assert (reals.schema.type, reals.convert(1.1)) == (SchemaType.FLOAT64, 1.1)
    narrow = shipped("JdbcSinkDataTypesConverter", selector_real="db.t.c", treat_real_as_double="false")
    assert codec(narrow, column("REAL", jdbc.REAL)).convert(1.1) == 1.100000023841858
    texts = codec(
        shipped("JdbcSinkDataTypesConverter", selector_string="db.t.c"),
        column("VARCHAR", jdbc.VARCHAR, charset="latin1", optional=False),
    )
    assert texts.schema.parameters == (("__debezium.source.column.character_set", "latin1"),)
    assert (texts.convert(b"\xe4"), texts.convert(None)) == ("ä", "")


def test_zero_dates_take_the_fallback():
    made = shipped("ZeroDateFallbackConverter", fallback_date="1970-01-11", fallback_datetime="1970-01-01 00:00:01")
    dates = codec(made, column("DATE", jdbc.DATE, optional=False))
    assert (dates.convert((0, 0, 0)), dates.convert((1970, 1, 2)), dates.convert(None)) == (10, 1, 10)
    assert not dates.schema.optional
    times = codec(made, column("DATETIME", jdbc.TIMESTAMP, length=6))
    assert times.schema.name == "io.debezium.time.MicroTimestamp"
    assert times.convert((0, 0, 0, 0, 0, 0, 0)) == 1_000_000


def test_without_a_fallback_zero_dates_become_null_and_the_field_optional():
    made = codec(shipped("ZeroDateFallbackConverter"), column("TIMESTAMP", 2014, optional=False))
    assert made.schema.optional
    assert (made.convert(0), made.convert(1_500_000)) == (None, "1970-01-01T00:00:01.5Z")


def test_a_column_may_have_a_fallback_of_its_own():
    made = SHIPPED[BINLOG + "ZeroDateFallbackConverter"]()
    made.configure({"fallback.date": "1970-01-02", "column.db.t.c.fallback": "1970-01-03", "selector": ".*"})
    shown = column("DATE", jdbc.DATE, has_default=True, default="2020-01-01")
    assert codec(made, shown).convert((0, 0, 0)) == 2
    assert codec(made, shown).schema.default == 2, "Debezium shows the fallback as the default"


@pytest.mark.parametrize(
    "options", [{"fallback_date": "x"}, {"fallback_datetime": "2020-01-01"}, {"fallback_timestamp": "2020-01-01T00:00"}]
)
def test_a_fallback_of_another_form_is_refused(options):
    with pytest.raises(ConfigError, match="is not a"):
        shipped("ZeroDateFallbackConverter", **options)


class Shout(ColumnConverter):
    def configure(self, config):
        self.mark = config.get("mark", "!")

    def conversion_for(self, shown):
        if "INT" in shown.type_name:
            return Conversion(FLOAT64, lambda value: 1 / value)
        return Conversion(STRING, lambda value: value and str(value).upper() + self.mark)


def test_a_converter_sees_text_as_text_and_numbers_without_sign():
    made = Shout()
    made.configure({})
    assert codec(made, column("VARCHAR", jdbc.VARCHAR, charset="latin1")).convert(b"\xe4") == "Ä!"
    assert codec(made, column("ENUM", jdbc.CHAR, enum_values=("'a'", "'b'"))).convert(2) == "B!"
    assert codec(made, column("JSON", 1111)).convert('{"a":1}') == '{"A":1}!'
    assert codec(made, column("TINYINT UNSIGNED", 5)).convert(-1) == 1 / 255


def test_what_a_converter_raises_is_a_failed_conversion():
    made = Shout()
    made.configure({})
    assert codec(made, column("INT")).convert(0) is None
    with pytest.raises(DataError, match=r"db\.t\.c"):
        codec(made, column("INT"), ValueModes(conversion_failure="fail")).convert(0)


def test_comments_and_optionality_are_the_columns():
    made = Shout()
    made.configure({})
    shown = codec(made, column("TEXT", jdbc.VARCHAR, comment="words", optional=False)).schema
    assert (shown.doc, shown.optional) == ("words", False)
