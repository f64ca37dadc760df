"""Readers of JSON and Avro values, compiled from the Connect schema that a message carries or names.

The names are Kafka Connect's (`org.apache.kafka.connect.data`) and Debezium's (`io.debezium.data`, `io.debezium.time`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from rowtide_sdk import values
from rowtide_sdk.geometry import Geometry, Point
from rowtide_sdk.row import Row

Reader: TypeAlias = Callable[[Any], Any]
"""From a JSON or bare Avro value that is not null to the Python value.

Raises ValueError, TypeError, KeyError or OverflowError."""

Schema: TypeAlias = Mapping[str, Any]

MAPPED_BY_TYPE = ("int8", "int16", "int32", "int64", "boolean", "string")


class ColumnError(ValueError):
    """A value that does not fit what is known of its column; the decoder adds the message's position."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"column {column}: {problem}")


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """What a message's schema tells of a column.

    Attributes:
        type: Connect's type: int8, int16, int32, int64, float, double, boolean, string, bytes, array, map or struct.
        logical: the semantic name, such as `io.debezium.time.Date`; None without.
        parameters: of the semantic name (a Decimal's `scale`, an Enum's `allowed`), and those that the connector's
            `column.propagate.source.type` adds.
    """

    name: str
    type: str
    logical: str | None
    optional: bool
    parameters: Mapping[str, str]
    default: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class RowSchema:
    """A table's columns. The same object as long as a topic's schema stays the same."""

    columns: tuple[ColumnSchema, ...]

    @classmethod
    def of(cls, schema: Schema) -> RowSchema:
        """
        Raises:
            KeyError, TypeError: not a struct's schema of Connect.
        """
        return cls(
            tuple(
                ColumnSchema(
                    field["field"],
                    field["type"],
                    field.get("name"),
                    field.get("optional", False),
                    field.get("parameters") or {},
                    field.get("default"),
                )
                for field in schema["fields"]
            )
        )


class RowReader:
    """Reads the columns of one struct schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = RowSchema.of(schema)
        self._columns = [(field["field"], reader_of(field), field) for field in schema["fields"]]

    def read(self, wire: Mapping[str, Any]) -> dict[str, Any]:
        """Python values by column; those that need no conversion are the JSON values themselves.

        Raises:
            ColumnError: a value does not fit the schema.
        """
        result: dict[str, Any] = {}
        for name, reader, schema in self._columns:
            value = wire.get(name)
            if value is not None and reader is not None:
                try:
                    value = reader(value)
                except (ValueError, TypeError, KeyError, OverflowError, ArithmeticError) as error:
                    kind = schema.get("name") or schema["type"]
                    raise ColumnError(name, f"a {type(value).__name__} in the message is no valid {kind}") from error
            result[name] = value
        return result


def read_plain(wire: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a row without schema: fractions become float again, all else is as JSON has it."""
    return {name: _plain(value) for name, value in wire.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def reader_of(schema: Schema) -> Reader | None:
    """The reader for a schema; None where the JSON value already is the Python value."""
    by_name = _BY_NAME.get(schema.get("name") or "")
    return by_name(schema) if by_name else _by_type(schema)


def _by_type(schema: Schema) -> Reader | None:
    kind = schema["type"]
    if kind in MAPPED_BY_TYPE:
        return None
    if kind == "float":
        return values.single
    if kind == "double":
        return float  # from the exact text of the number, or from "NaN" and "Infinity"
    if kind == "bytes":
        return values.as_bytes
    if kind == "array":
        return _array(schema)
    if kind == "map":
        return _map(schema)
    if kind == "struct":
        return _struct(schema)
    raise ValueError(f"no Connect type is called {kind}")


def _array(schema: Schema) -> Reader:
    item = reader_of(schema["items"]) or _same
    return lambda wire: [None if value is None else item(value) for value in wire]


def _map(schema: Schema) -> Reader:
    """Maps with string keys are objects, all others lists of pairs; in Avro of objects with `key` and `value`."""
    key = reader_of(schema["keys"]) or _same
    item = reader_of(schema["values"]) or _same

    def read(wire: Any) -> dict[Any, Any]:
        pairs = wire.items() if isinstance(wire, dict) else map(_pair, wire)
        return {key(name): None if value is None else item(value) for name, value in pairs}

    return read


def _pair(entry: Any) -> tuple[Any, Any]:
    key, value = (entry["key"], entry["value"]) if isinstance(entry, dict) else entry
    return key, value


def _struct(schema: Schema) -> Reader:
    fields = RowReader(schema)
    return lambda wire: Row(fields.read(wire), wire)


def _same(value: Any) -> Any:
    return value


def _decimal(schema: Schema) -> Reader:
    scale = int(schema["parameters"]["scale"])

    def read(wire: Any) -> Decimal:
        if isinstance(wire, str | bytes):
            return values.decimal_from_wire(wire, scale)
        return Decimal(wire)  # the converter's decimal.format=NUMERIC

    return read


def _variable_scale_decimal(schema: Schema) -> Reader:
    return lambda wire: values.decimal_from_wire(wire["value"], wire["scale"])


def _geometry(schema: Schema) -> Reader:
    return lambda wire: Geometry(values.as_bytes(wire["wkb"]), wire.get("srid"))


def _point(schema: Schema) -> Reader:
    def read(wire: Any) -> Point:
        wkb = wire.get("wkb")
        x, y = float(wire["x"]), float(wire["y"])
        return Point(b"" if wkb is None else values.as_bytes(wkb), wire.get("srid"), x, y)

    return read


def _singles(schema: Schema) -> Reader:
    return lambda wire: [values.single(value) for value in wire]


def _doubles(schema: Schema) -> Reader:
    return lambda wire: [float(value) for value in wire]


def _always(reader: Reader | None) -> Callable[[Schema], Reader | None]:
    return lambda _: reader


def _datetime(unit: str) -> Callable[[Schema], Reader | None]:
    return _always(lambda wire: values.naive_datetime(wire, unit))


def _duration(unit: str) -> Callable[[Schema], Reader | None]:
    return _always(lambda wire: values.duration(wire, unit))


_BY_NAME: Mapping[str, Callable[[Schema], Reader | None]] = {
    "org.apache.kafka.connect.data.Decimal": _decimal,
    "org.apache.kafka.connect.data.Date": _always(values.date_from_days),
    "org.apache.kafka.connect.data.Time": _always(lambda wire: values.time_of_day(values.duration(wire, "ms"))),
    "org.apache.kafka.connect.data.Timestamp": _datetime("ms"),
    "io.debezium.time.Date": _always(values.date_from_days),
    "io.debezium.time.Time": _duration("ms"),
    "io.debezium.time.MicroTime": _duration("us"),
    "io.debezium.time.NanoTime": _duration("ns"),
    "io.debezium.time.Timestamp": _datetime("ms"),
    "io.debezium.time.MicroTimestamp": _datetime("us"),
    "io.debezium.time.NanoTimestamp": _datetime("ns"),
    "io.debezium.time.ZonedTimestamp": _always(values.zoned_datetime),
    "io.debezium.time.Year": _always(None),
    "io.debezium.time.IsoDate": _always(values.iso_date),
    "io.debezium.time.IsoTime": _always(values.iso_time),
    "io.debezium.time.IsoTimestamp": _always(values.iso_naive_datetime),
    "io.debezium.data.Bits": _always(values.bits_from_wire),
    "io.debezium.data.Json": _always(None),
    "io.debezium.data.Enum": _always(values.enum_item),
    "io.debezium.data.EnumSet": _always(values.set_items),
    "io.debezium.data.Uuid": _always(UUID),
    "io.debezium.data.VariableScaleDecimal": _variable_scale_decimal,
    "io.debezium.data.FloatVector": _singles,
    "io.debezium.data.DoubleVector": _doubles,
    "io.debezium.data.geometry.Point": _point,
    "io.debezium.data.geometry.Geometry": _geometry,
}
