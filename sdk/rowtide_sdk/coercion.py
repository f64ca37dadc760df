"""From a column's value to the type a row class asks for, compiled from the annotation.

Works on what the schema's reader made and, without a schema, on plain JSON values; `Column` says what those mean.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, TypeAlias, Union, get_args, get_origin, is_typeddict
from uuid import UUID

from rowtide_sdk import values
from rowtide_sdk.column import Column
from rowtide_sdk.errors import ConfigError
from rowtide_sdk.geometry import Geometry, Point
from rowtide_sdk.row import Row
from rowtide_sdk.unset import Unset

Coercer: TypeAlias = Callable[[Any, Any], Any]
"""(value as the schema's reader made it, value as it stood in the JSON) -> value of the annotated type.

Never called for NULL; raises ValueError or TypeError. Without a schema both arguments are the same."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one field asks for: a coercer, and whether NULL and UNSET may stand there."""

    coerce: Coercer
    nullable: bool
    unset: bool = False


def target_of(annotation: Any, column: Column) -> Target:
    """Compiles an annotation.

    Raises:
        ConfigError: no column value can become that type.
    """
    if annotation in (Any, object):
        return Target(_anything, nullable=True, unset=True)
    if get_origin(annotation) in (Union, types.UnionType):
        given = get_args(annotation)
        members = [member for member in given if member not in (type(None), Unset)]
        targets = [_coercer(member, column) for member in members]
        coerce = targets[0] if len(targets) == 1 else _first_of(members, targets)
        return Target(coerce, type(None) in given, Unset in given)
    if get_origin(annotation) is Literal:
        return Target(_literal(get_args(annotation)), nullable=None in get_args(annotation))
    return Target(_coercer(annotation, column), nullable=False)


def _coercer(annotation: Any, column: Column) -> Coercer:
    if isinstance(annotation, NewType):
        return _coercer(annotation.__supertype__, column)
    if get_origin(annotation) is Annotated:  # one member of a union: Annotated[Decimal, Column(...)] | None
        bare, *notes = get_args(annotation)
        return _coercer(bare, next((note for note in notes if isinstance(note, Column)), column))
    origin = get_origin(annotation) or annotation
    if origin in (list, set, frozenset, tuple):
        return _collection(origin, get_args(annotation), column)
    if origin is Literal:
        return _literal(get_args(annotation))
    if origin in (dict, Mapping) or is_typeddict(annotation):
        return _json_object
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return _enum(annotation)
        factory = _SCALARS.get(annotation)
        if factory is not None:
            return factory(column)
        if issubclass(annotation, Row | Geometry):
            return _instance_of(annotation)
    if annotation in (Any, object):
        return _anything
    raise ConfigError(
        f"{annotation!r} is nothing a column's value can become; use int, float, bool, str, bytes, Decimal, date, "
        "time, datetime, timedelta, UUID, an Enum, list, set, dict, Geometry, Row, an optional or union of them, or Any"
    )


class MisfitError(ValueError):
    """A reason in our own words, free of the row's values, so that it may stand in error messages."""


def _unexpected(value: Any, wanted: str, hint: str = "") -> MisfitError:
    return MisfitError(f"a {type(value).__name__} is no {wanted}{hint and '; ' + hint}")


def _anything(value: Any, wire: Any) -> Any:
    return value


def _first_of(members: list[Any], coercers: list[Coercer]) -> Coercer:
    """Union members in their order; one that the value already is an instance of goes first."""
    pairs = list(zip(members, coercers, strict=True))

    def coerce(value: Any, wire: Any) -> Any:
        for _, coercer in sorted(pairs, key=lambda pair: type(value) is not pair[0]):
            try:
                return coercer(value, wire)
            except (ValueError, TypeError, ArithmeticError):
                continue
        raise _unexpected(value, " or ".join(getattr(member, "__name__", str(member)) for member in members))

    return coerce


def _int(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> int:
        if isinstance(value, int):
            return int(value)
        if isinstance(wire, int) and not isinstance(wire, bool):
            return wire  # days, microseconds, ... of a temporal column
        if isinstance(value, Decimal | float) and value == int(value):
            return int(value)
        if isinstance(value, str):
            return int(value)  # BIGINT UNSIGNED or DECIMAL(n,0) with decimal.handling.mode=string
        raise _unexpected(value, "int")

    return coerce


def _float(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> float:
        if isinstance(value, bytes):
            raise _unexpected(value, "float")
        return float(value)  # text too: "NaN", "Infinity"

    return coerce


def _bool(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> bool:
        if value in (0, 1) and isinstance(value, int):
            return bool(value)
        raise _unexpected(value, "bool", "only true, false, 0 and 1 are")

    return coerce


def _str(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(wire, str) and not isinstance(value, bytes):
            return wire  # SET, UUID and texts of time, as they are written
        raise _unexpected(value, "str")

    return coerce


def _decimal(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(wire, int | Decimal) and not isinstance(wire, bool):
            return Decimal(wire)
        if isinstance(value, float):
            return Decimal(repr(value))
        if not isinstance(value, str):
            raise _unexpected(value, "Decimal")
        if column.scale is not None:
            return values.decimal_from_wire(value, column.scale)
        try:
            return Decimal(value)
        except ArithmeticError:
            raise MisfitError("no number; if it is base64, give the column's scale: Column(scale=...)") from None

    return coerce


def _bytes(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, Geometry):
            return value.wkb
        if isinstance(wire, bytes):
            return wire
        if isinstance(wire, str):
            return values.bytes_from_text(wire, column.encoding)
        raise _unexpected(value, "bytes")

    return coerce


def _date(column: Column) -> Coercer:
    unit = column.unit or "days"

    def coerce(value: Any, wire: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, int):
            return values.naive_datetime(value, unit).date()
        if isinstance(value, str):
            return values.iso_date(value)
        raise _unexpected(value, "date")

    return coerce


def _datetime(column: Column) -> Coercer:
    unit = column.unit or "ms"

    def coerce(value: Any, wire: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, int):
            return values.naive_datetime(value, unit)
        if isinstance(value, str):
            return values.zoned_datetime(value)  # TIMESTAMP columns in every mode
        raise _unexpected(value, "datetime")

    return coerce


def _timedelta(column: Column) -> Coercer:
    unit = column.unit or "us"

    def coerce(value: Any, wire: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        if isinstance(value, str):
            value = values.iso_time(value)
        if isinstance(value, time):
            return timedelta(
                hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
            )
        if isinstance(value, int):
            return values.duration(value, unit)
        raise _unexpected(value, "timedelta")

    return coerce


def _time(column: Column) -> Coercer:
    as_timedelta = _timedelta(column)

    def coerce(value: Any, wire: Any) -> time:
        return value if isinstance(value, time) else values.time_of_day(as_timedelta(value, wire))

    return coerce


def _uuid(column: Column) -> Coercer:
    def coerce(value: Any, wire: Any) -> UUID:
        return value if isinstance(value, UUID) else UUID(value)

    return coerce


def _enum(cls: type[Enum]) -> Coercer:
    """By value, then by name; text is also tried as Debezium spells items that have a comma."""

    def coerce(value: Any, wire: Any) -> Enum:
        candidates = (value, values.enum_item(value)) if isinstance(value, str) else (value,)
        for candidate in candidates:
            try:
                return cls(candidate)
            except ValueError:
                continue
        if isinstance(value, str) and value in cls.__members__:
            return cls.__members__[value]
        raise MisfitError(f"the value is no member of {cls.__name__}")

    return coerce


def _literal(allowed: tuple[Any, ...]) -> Coercer:
    def coerce(value: Any, wire: Any) -> Any:
        if value in allowed:
            return value
        raise MisfitError("the value is none of those the annotation allows")

    return coerce


def _collection(kind: Any, arguments: tuple[Any, ...], column: Column) -> Coercer:
    """Items of a SET, of an array or of a JSON array."""
    item = _anything if not arguments or arguments[0] is Any else target_of(arguments[0], column).coerce

    def coerce(value: Any, wire: Any) -> Any:
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else values.set_items(value)
        if not isinstance(value, list):
            raise _unexpected(value, kind.__name__)
        return kind(item(element, element) for element in value)

    return coerce


def _json_object(value: Any, wire: Any) -> Any:
    value = json.loads(value) if isinstance(value, str) else value
    if isinstance(value, Row):
        return dict(value)
    if not isinstance(value, dict):
        raise _unexpected(value, "JSON object")
    return value


def _instance_of(cls: type[Any]) -> Coercer:
    def coerce(value: Any, wire: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(wire, dict):
            return _from_object(cls, wire)
        raise _unexpected(value, cls.__name__)

    return coerce


def _from_object(cls: type[Any], wire: Mapping[str, Any]) -> Any:
    """A spatial value or nested row that came without a schema."""
    if issubclass(cls, Row):
        return Row(wire)
    wkb, srid = values.bytes_from_text(wire["wkb"]), wire.get("srid")
    if "x" in wire:
        return Point(wkb, srid, float(wire["x"]), float(wire["y"]))
    if cls is Point:
        raise _unexpected(wire, "Point")
    return Geometry(wkb, srid)


_SCALARS: Mapping[type, Callable[[Column], Coercer]] = {
    int: _int,
    float: _float,
    bool: _bool,
    str: _str,
    Decimal: _decimal,
    bytes: _bytes,
    date: _date,
    datetime: _datetime,
    time: _time,
    timedelta: _timedelta,
    UUID: _uuid,
}
