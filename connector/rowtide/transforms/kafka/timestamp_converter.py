"""TimestampConverter: times as text, numbers since the epoch, and Connect's types of time, one into the other."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import cast

from rowtide.config.definition import REQUIRED, ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT64, STRING, Schema, SchemaType, Struct
from rowtide.errors import ConfigError, ConnectError, DataError
from rowtide.transforms.date_format import DateFormat
from rowtide.transforms.kafka.declare import REPLACE_NULL, one_of_exactly, string
from rowtide.transforms.logical import DATE, DAY_MS, TIME, TIMESTAMP
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    java_class,
    make_struct,
    rebuilt,
    require_fields,
    require_map,
    require_struct,
    values_of,
)

_PURPOSE = "converting timestamp formats"
_OPTIONS = ConfigDef(
    [
        string("field", "", "Name of the field; empty when the whole key or value is a time.", Importance.HIGH),
        string(
            "target.type",
            REQUIRED,
            "`string`, `unix` (a number), or Connect's `Date`, `Time` or `Timestamp`.",
            Importance.HIGH,
            one_of_exactly("string", "unix", "Date", "Time", "Timestamp"),
        ),
        string("format", "", "Pattern of Java's SimpleDateFormat, for texts that are read or written."),
        string(
            "unix.precision",
            "milliseconds",
            "Unit of numbers that are read or written: seconds, milliseconds, microseconds or nanoseconds. Times are "
            "kept in milliseconds in between.",
            Importance.LOW,
            one_of_exactly("nanoseconds", "microseconds", "milliseconds", "seconds"),
        ),
        REPLACE_NULL,
    ]
)
_SCHEMAS = {
    "string": STRING,
    "unix": INT64,
    "Date": Schema(SchemaType.INT32, name=DATE, version=1),
    "Time": Schema(SchemaType.INT32, name=TIME, version=1),
    "Timestamp": Schema(SchemaType.INT64, name=TIMESTAMP, version=1),
}
_OPTIONAL = {name: schema.as_optional() for name, schema in _SCHEMAS.items()}
_LOGICAL = {DATE: "Date", TIME: "Time", TIMESTAMP: "Timestamp"}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LONG_MIN, _LONG_MAX = -(1 << 63), (1 << 63) - 1
_PER_UNIT = {"seconds": (1000, 1), "milliseconds": (1, 1), "microseconds": (1, 1000), "nanoseconds": (1, 1_000_000)}
"""ms of one unit as a fraction."""


class TimestampConverter(PartTransformation):
    """Turns times as text, as numbers and as Connect's types of time into each other."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._field = str(options["field"])
        self._target = str(options["target.type"])
        self._format = _format(str(options["format"]), needed=self._target == "string")
        self._unit = _PER_UNIT[str(options["unix.precision"])]
        self._with_defaults = bool(options["replace.null.with.default"])
        self._schemas = SchemaCache(self._changed)

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if schema is None:
            return self.with_part(record, None, self._schemaless(value))
        if not self._field:
            kind = _kind(schema)
            made = (_OPTIONAL if schema.optional else _SCHEMAS)[self._target]
            return self.with_part(record, made, None if value is None else self._convert(kind, value))
        struct = None if value is None else require_struct(schema, value, _PURPOSE)
        made = self._schemas(schema)
        return self.with_part(record, made, None if struct is None else self._struct(struct, made))

    def _changed(self, schema: Schema) -> Schema:
        fields = [
            (field.name, (_OPTIONAL if field.schema.optional else _SCHEMAS)[self._target])
            if field.name == self._field
            else (field.name, field.schema)
            for field in require_fields(schema)
        ]
        made = rebuilt(schema, fields)
        if isinstance(schema.default, Struct):
            return replace(made, default=self._struct(schema.default, made))
        return made

    def _struct(self, struct: Struct, schema: Schema) -> Struct:
        values = values_of(struct, with_defaults=self._with_defaults)
        if self._field in struct:
            index = struct.schema.index_of(self._field)
            kind = _kind(struct.schema.fields[index].schema)
            values[index] = None if values[index] is None else self._convert(kind, values[index])
        return make_struct(schema, values)

    def _schemaless(self, value: object) -> object:
        if value is None or not self._field:
            return self._convert_schemaless(value)
        changed = dict(require_map(value, _PURPOSE))
        changed[self._field] = self._convert_schemaless(changed.get(self._field))
        return changed

    def _convert_schemaless(self, value: object) -> object:
        """Without a schema Connect's times are aware datetimes."""
        if value is None:
            return None
        if isinstance(value, datetime.datetime):
            converted = self._convert("Timestamp", (value - _EPOCH) // datetime.timedelta(milliseconds=1))
        elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            converted = self._convert("string" if isinstance(value, str) else "unix", value)
        else:
            raise DataError(
                f"TimestampConverter does not support class {java_class(None, value)} objects as timestamps"
            )
        if self._target in ("string", "unix"):
            return converted
        unit = DAY_MS if self._target == "Date" else 1
        try:
            return _EPOCH + datetime.timedelta(milliseconds=cast("int", converted) * unit)
        except OverflowError:
            raise DataError(f"The time {value} is before the year 1 or after the year 9999.") from None

    def _convert(self, kind: str, value: object) -> object:
        """A time of one of the option's kinds as the target's."""
        if isinstance(value, str):
            return self._write(self._parse(value))
        number = cast("int", value)
        if kind == "unix":
            return self._write(_scaled(number, *self._unit))
        return self._write(number * DAY_MS if kind == "Date" else number)

    def _parse(self, text: str) -> int:
        if self._format is None:
            raise DataError(f"Could not parse timestamp: value ({text}): the option format is not set")
        milliseconds = self._format.parse(text)
        if milliseconds is None:
            raise DataError(
                f"Could not parse timestamp: value ({text}) does not match pattern ({self._format.pattern})"
            )
        return milliseconds

    def _write(self, milliseconds: int) -> object:
        if self._target == "string":
            assert self._format is not None
            return self._format.format(milliseconds)
        if self._target == "unix":
            through, times = self._unit
            return _scaled(milliseconds, times, through)
        if self._target == "Timestamp":
            return milliseconds
        return milliseconds // DAY_MS if self._target == "Date" else milliseconds % DAY_MS


def _scaled(number: int, times: int, through: int) -> int:
    """As TimeUnit converts: cut toward zero, and the nearest limit beyond 64 bits."""
    product = abs(number) * times // through
    return max(_LONG_MIN, min(_LONG_MAX, product if number >= 0 else -product))


def _kind(schema: Schema) -> str:
    if schema.name in _LOGICAL:
        return _LOGICAL[schema.name]
    if schema.type in (SchemaType.STRING, SchemaType.INT64):
        return "string" if schema.type is SchemaType.STRING else "unix"
    name = f"{schema.name}:" if schema.name is not None else ""
    raise ConnectError(
        f"Schema Schema{{{name}{schema.type.name}}} does not correspond to a known timestamp type format"
    )


def _format(pattern: str, *, needed: bool) -> DateFormat | None:
    if not pattern.strip():
        if needed:
            raise ConfigError("TimestampConverter requires format option to be specified when using string timestamps")
        return None
    try:
        return DateFormat(pattern)
    except ConfigError as error:
        # Kafka's words got into the wrong places.
        raise ConfigError(
            f"Invalid value java.lang.IllegalArgumentException: {error} for configuration TimestampConverter requires "
            f"a SimpleDateFormat-compatible pattern for string timestamps: {pattern}"
        ) from error


class TimestampConverterKey(KeyPart, TimestampConverter):
    pass


class TimestampConverterValue(ValuePart, TimestampConverter):
    pass
