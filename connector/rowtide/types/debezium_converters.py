"""The column converters that Debezium ships, by its class names and with its options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from rowtide.connect.java_numbers import to_float32
from rowtide.connect.schema import Schema, SchemaType
from rowtide.errors import ConfigError
from rowtide.tables.model import Column
from rowtide.tables.patterns import NameList
from rowtide.types import jdbc
from rowtide.types.codec import Convert
from rowtide.types.custom import ColumnConverter, ColumnFacts, Conversion
from rowtide.types.dates import date_family, datetime_family
from rowtide.types.modes import ValueModes
from rowtide.types.timestamps import timestamp_family

_CHARACTER_SET = "__debezium.source.column.character_set"
_TEMPORAL = ("DATE", "DATETIME", "TIMESTAMP")
_AS_STORED = ValueModes(time_adjuster=False)


def _flag(config: Mapping[str, str], name: str) -> bool:
    return (config.get(name) or "true").strip().lower() == "true"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class TinyIntOneToBoolean(ColumnConverter):
    """TINYINT(1) as boolean. Options: `selector`, expressions of `db.table.column`; `length.checker`, whether other
    lengths than 1 stay numbers.
    """

    def configure(self, config: Mapping[str, str]) -> None:
        self._selector = NameList(config.get("selector"), "selector")
        self._length_matters = _flag(config, "length.checker")

    def conversion_for(self, column: ColumnFacts) -> Conversion | None:
        if column.type_name.upper() not in ("TINYINT", "TINYINT UNSIGNED"):
            return None
        if self._length_matters and column.length != 1:
            return None
        if self._selector and not self._selector.matches(column.full_name):
            return None

        def convert(value: object) -> object:
            if value is None:
                return None if column.optional else bool(column.default)
            return _number_or_word(value, lambda number: number != 0)

        return Conversion(Schema(SchemaType.BOOLEAN), convert)


def _number_or_word(value: object, test: Callable[[float], bool]) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return test(value)
    word = _text(value)
    return test(int(word)) if re.fullmatch(r"[+-]?\d+", word) else word.lower() == "true"


class JdbcSinkDataTypes(ColumnConverter):
    """Columns as Debezium's JDBC sink wants them. Options: `selector.boolean` (int16), `selector.real` (float64, or
    float32 with `treat.real.as.double=false`), `selector.string` (with the character set as a parameter).
    """

    def configure(self, config: Mapping[str, str]) -> None:
        self._booleans, self._reals, self._strings = (
            NameList(config.get(name), name) for name in ("selector.boolean", "selector.real", "selector.string")
        )
        self._double = _flag(config, "treat.real.as.double")

    def conversion_for(self, column: ColumnFacts) -> Conversion | None:
        if self._booleans.matches(column.full_name):
            return Conversion(Schema(SchemaType.INT16), _or_default(column, _zero_or_one, 0))
        if self._reals.matches(column.full_name):
            kind = SchemaType.FLOAT64 if self._double else SchemaType.FLOAT32
            return Conversion(Schema(kind), _or_default(column, self._real, 0.0))
        if self._strings.matches(column.full_name):
            known = ((_CHARACTER_SET, column.charset),) if column.charset is not None else ()
            return Conversion(Schema(SchemaType.STRING, parameters=known), _or_default(column, _text, ""))
        return None

    def _real(self, value: object) -> float:
        number = float(value) if isinstance(value, int | float) else float(_text(value))
        return number if self._double else to_float32(number)


def _zero_or_one(value: object) -> int:
    return int(_number_or_word(value, lambda number: number > 0))


def _or_default(column: ColumnFacts, convert: Convert, fallback: object) -> Convert:
    def value(given: object) -> object:
        if given is not None:
            return convert(given)
        if column.optional:
            return None
        return fallback if column.default is None else convert(column.default)

    return value


class ZeroDateFallback(ColumnConverter):
    """Zero dates, and nulls, as a value of one's choice. Options: `target.types`, some of DATE, DATETIME, TIMESTAMP;
    `fallback.date` (`2000-01-31`), `fallback.datetime` (`2000-01-31 10:00:00`), `fallback.timestamp`
    (`2000-01-31T10:00:00Z`), each NULL when unset; `selector`; `column.<db.table.column>.fallback`.

    The schema is that of `time.precision.mode=adaptive_time_microseconds`; without a fallback it is optional.
    """

    def configure(self, config: Mapping[str, str]) -> None:
        words = (config.get("target.types") or ",".join(_TEMPORAL)).upper().split(",")
        self._types = {word.strip() for word in words} & set(_TEMPORAL)
        self._selector = NameList(config.get("selector") or ".*", "selector")
        self._config = config
        for kind in _TEMPORAL:
            self._fallback(kind, None)

    def conversion_for(self, column: ColumnFacts) -> Conversion | None:
        kind = _temporal_kind(column)
        if kind not in self._types or not self._selector.matches(column.full_name):
            return None
        stand_in = Column(column.name, 1, column.jdbc_type, column.type_name, length=column.length)
        family = _FAMILIES[kind](stand_in, _AS_STORED)
        show = family.convert_snapshot or family.convert
        given = self._fallback(kind, column)
        fallback = None if given is None else show(given)

        def convert(value: object) -> object:
            shown = None if value is None else show(value)
            return fallback if shown is None else shown

        schema = family.schema if fallback is not None else family.schema.as_optional()
        return Conversion(schema, convert, lambda _default: fallback)

    def _fallback(self, kind: str, column: ColumnFacts | None) -> object:
        """A raw value, None for NULL. Raises ConfigError for a text of another form."""
        option = f"fallback.{kind.lower()}"
        if column is not None and f"column.{column.full_name}.fallback" in self._config:
            option = f"column.{column.full_name}.fallback"
        text = (self._config.get(option) or "").strip()
        if not text or text.upper() == "NULL":
            return None
        try:
            return _PARSERS[kind](text)
        except ValueError as error:
            raise ConfigError(f"{option}: {text} is not a {kind} such as {_EXAMPLES[kind]}.") from error


def _temporal_kind(column: ColumnFacts) -> str:
    if column.jdbc_type == jdbc.DATE:
        return "DATE"
    if column.jdbc_type == jdbc.TIMESTAMP and column.type_name.upper() == "DATETIME":
        return "DATETIME"
    return "TIMESTAMP" if column.jdbc_type == jdbc.TIMESTAMP_WITH_TIMEZONE else ""


def _date(text: str) -> tuple[int, int, int]:
    parsed = date.fromisoformat(text)
    return parsed.year, parsed.month, parsed.day


def _datetime(text: str) -> tuple[int, ...]:
    parsed = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - DATETIME has no zone
    return parsed.year, parsed.month, parsed.day, parsed.hour, parsed.minute, parsed.second, 0


def _timestamp(text: str) -> int:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("no zone")
    return int((parsed - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


_FAMILIES = {"DATE": date_family, "DATETIME": datetime_family, "TIMESTAMP": timestamp_family}
_PARSERS: Mapping[str, Callable[[str], object]] = {"DATE": _date, "DATETIME": _datetime, "TIMESTAMP": _timestamp}
_EXAMPLES = {"DATE": "2000-01-31", "DATETIME": "2000-01-31 10:00:00", "TIMESTAMP": "2000-01-31T10:00:00Z"}

_BY_SIMPLE_NAME: Mapping[str, Callable[[], ColumnConverter]] = {
    "TinyIntOneToBooleanConverter": TinyIntOneToBoolean,
    "JdbcSinkDataTypesConverter": JdbcSinkDataTypes,
    "ZeroDateFallbackConverter": ZeroDateFallback,
}

SHIPPED: Mapping[str, Callable[[], ColumnConverter]] = {
    f"io.debezium.connector.{package}.converters.{name}": make
    for package in ("binlog", "mysql", "mariadb")
    for name, make in _BY_SIMPLE_NAME.items()
}
"""By the name of `<name>.type`; older configurations have the package of a connector."""
