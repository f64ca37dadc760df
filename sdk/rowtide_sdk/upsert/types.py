"""Kinds of column values, between the source's schemas and the targets' types."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from rowtide_sdk.schema import ColumnSchema

POSITION_COLUMN = "_rowtide_position"
"""Where the row's last change stands in the source's log (`Position.to_bytes`), in each target table."""

_PROPAGATED_LENGTH = "__debezium.source.column.length"
_PRECISION = "connect.decimal.precision"


class Kind(Enum):
    """What a column holds, as Python has it: the classes in brackets."""

    SMALLINT = auto()  # int
    INTEGER = auto()
    BIGINT = auto()
    DECIMAL = auto()  # Decimal
    REAL = auto()  # float
    DOUBLE = auto()
    BOOLEAN = auto()  # bool
    TEXT = auto()  # str
    BYTES = auto()  # bytes
    DATE = auto()  # date
    TIME = auto()  # timedelta or time
    DATETIME = auto()  # naive datetime
    INSTANT = auto()  # aware datetime
    JSON = auto()  # str
    UUID = auto()  # UUID
    OTHER = auto()  # anything else, kept as JSON


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """
    Attributes:
        precision, scale: of a DECIMAL, where known.
        length: characters or bytes of TEXT and BYTES, where known.
    """

    name: str
    kind: Kind
    optional: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None


_LOGICAL = {
    "org.apache.kafka.connect.data.Decimal": Kind.DECIMAL,
    "org.apache.kafka.connect.data.Date": Kind.DATE,
    "org.apache.kafka.connect.data.Time": Kind.TIME,
    "org.apache.kafka.connect.data.Timestamp": Kind.DATETIME,
    "io.debezium.time.Date": Kind.DATE,
    "io.debezium.time.IsoDate": Kind.DATE,
    "io.debezium.time.Time": Kind.TIME,
    "io.debezium.time.MicroTime": Kind.TIME,
    "io.debezium.time.NanoTime": Kind.TIME,
    "io.debezium.time.IsoTime": Kind.TIME,
    "io.debezium.time.Timestamp": Kind.DATETIME,
    "io.debezium.time.MicroTimestamp": Kind.DATETIME,
    "io.debezium.time.NanoTimestamp": Kind.DATETIME,
    "io.debezium.time.IsoTimestamp": Kind.DATETIME,
    "io.debezium.time.ZonedTimestamp": Kind.INSTANT,
    "io.debezium.time.Year": Kind.INTEGER,
    "io.debezium.data.Json": Kind.JSON,
    "io.debezium.data.Enum": Kind.TEXT,
    "io.debezium.data.EnumSet": Kind.OTHER,
    "io.debezium.data.Uuid": Kind.UUID,
    "io.debezium.data.VariableScaleDecimal": Kind.DECIMAL,
    "io.debezium.data.Bits": Kind.OTHER,
    "io.debezium.data.geometry.Point": Kind.BYTES,
    "io.debezium.data.geometry.Geometry": Kind.BYTES,
}
_BY_TYPE = {
    "int8": Kind.SMALLINT,
    "int16": Kind.SMALLINT,
    "int32": Kind.INTEGER,
    "int64": Kind.BIGINT,
    "float": Kind.REAL,
    "double": Kind.DOUBLE,
    "boolean": Kind.BOOLEAN,
    "string": Kind.TEXT,
    "bytes": Kind.BYTES,
}


def target_column(column: ColumnSchema, name: str) -> TargetColumn:
    """The target's column for a source's, under its name there."""
    kind = _LOGICAL.get(column.logical or "") or _BY_TYPE.get(column.type, Kind.OTHER)
    length = column.parameters.get(_PROPAGATED_LENGTH)
    precision = column.parameters.get(_PRECISION)
    scale = column.parameters.get("scale")
    return TargetColumn(
        name,
        kind,
        column.optional,
        precision=int(precision) if precision else None,
        scale=int(scale) if scale else None,
        length=int(length) if length and kind in (Kind.TEXT, Kind.BYTES) else None,
    )


def as_json(value: Any) -> str:
    """Text of a value that has no type of its own in a target: bits, vectors, sets, structs."""
    return json.dumps(value, default=_json_value, ensure_ascii=False, separators=(",", ":"))


def _json_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return dict(value) if hasattr(value, "keys") else str(value)
