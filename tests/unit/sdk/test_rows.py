"""Rows as `Row` objects, dataclasses and attrs classes."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType

import attrs
import pytest

from rowtide_sdk import Column, ConfigError, DecodeError, Geometry, Insert, Point, Row, Rows, decode_message

SOURCE = {"db": "shop", "table": "orders", "name": "shop"}
OrderId = NewType("OrderId", int)


def inserted(rows: Any, **columns: Any) -> Any:
    value = json.dumps({"before": None, "after": columns, "source": SOURCE, "op": "c"}).encode()
    event = decode_message("prefix.shop.orders", None, value, rows=rows)
    assert isinstance(event, Insert)
    return event.after


class State(Enum):
    NEW = "new"
    PAID = "paid"


class Level(IntEnum):
    LOW = 1


@dataclass(frozen=True, slots=True)
class Order:
    id: OrderId
    total: Annotated[Decimal, Column(scale=2)]
    state: State = State.NEW
    note: str | None = None


@attrs.frozen
class AttrsOrder:
    number: int = attrs.field(alias="id")
    total: Decimal = attrs.field(metadata={"scale": 2})
    customer: str = attrs.field(default="nobody", metadata={"column": "customer_name"})
    seen: list[int] = attrs.field(factory=list, init=False)
    tags: list[str] = attrs.field(factory=list)


@attrs.define
class Positive:
    id: int = attrs.field(validator=attrs.validators.gt(0))


@dataclass
class Values:
    value: Any = None


def values_class(annotation: Any) -> type[Values]:
    """A dataclass with one column `value` of that type."""
    cls: type[Values] = dataclass(type("Values", (), {"__annotations__": {"value": annotation}}))
    return cls


def test_a_dataclass_by_field_names():
    assert inserted(Order, id=5, total="CAI=", state="paid") == Order(OrderId(5), Decimal("20.50"), State.PAID)


def test_unknown_columns_are_ignored_unless_they_are_an_error():
    assert inserted(Order, id=5, total="AA==", other=1) == Order(OrderId(5), Decimal("0.00"))
    with pytest.raises(DecodeError, match=r'column other: Order has no field for it and extra="error"'):
        inserted(Rows(Order, extra="error"), id=5, total="AA==", other=1)


def test_an_attrs_class_by_alias_and_metadata():
    row = inserted(AttrsOrder, id=5, total="CAI=", customer_name="Ada", tags="a,b")
    assert row == AttrsOrder(id=5, total=Decimal("20.50"), customer="Ada", tags=["a", "b"])
    assert inserted(AttrsOrder, id=5, total="CAI=").customer == "nobody"


def test_messages_do_not_tell_the_values():
    with pytest.raises(DecodeError) as caught:
        inserted(Order, id="secret", total="CAI=")
    assert "secret" not in str(caught.value)


def test_a_missing_column_names_position_class_and_column():
    with pytest.raises(DecodeError) as caught:
        inserted(Order, total="CAI=")
    assert str(caught.value) == "prefix.shop.orders: column id: missing, but Order.id has no default"


def test_null_where_the_field_is_not_optional():
    with pytest.raises(DecodeError, match=r"column total: NULL, but Order.total is not Optional"):
        inserted(Order, id=1, total=None)


def test_a_value_that_does_not_fit_names_the_field():
    with pytest.raises(DecodeError, match=r"column id: does not fit Order.id"):
        inserted(Order, id="abc", total="CAI=")


def test_a_validator_of_the_class_is_a_decode_error():
    with pytest.raises(DecodeError, match="Positive refused the row with ValueError"):
        inserted(Positive, id=0)


def test_errors_survive_pickling():
    with pytest.raises(DecodeError) as caught:
        inserted(Order, total="CAI=")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.topic == "prefix.shop.orders"


def test_classes_are_chosen_by_topic_then_by_table():
    assert isinstance(inserted({"shop.orders": Order}, id=1, total="AA=="), Order)
    both = {"shop.orders": Order, "prefix.shop.orders": AttrsOrder}
    assert isinstance(inserted(both, id=1, total="AA=="), AttrsOrder)
    assert isinstance(inserted({"shop.customers": Order}, id=1), Row)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, 7, 7),
        (int, True, 1),
        (int, "18446744073709551615", 18446744073709551615),
        (int, 3.0, 3),
        (OrderId, 7, 7),
        (float, 7, 7.0),
        (float, 0.1, 0.1),
        (float, "NaN", pytest.approx(float("nan"), nan_ok=True)),
        (bool, 1, True),
        (bool, False, False),
        (str, "x", "x"),
        (Decimal, "12.50", Decimal("12.50")),
        (Decimal, 5, Decimal(5)),
        (Decimal, 0.1, Decimal("0.1")),
        (Annotated[Decimal, Column(scale=2)], "CAI=", Decimal("20.50")),
        (Annotated[Decimal, Column(scale=2)] | None, "CAI=", Decimal("20.50")),
        (bytes, "AAE=", b"\0\1"),
        (Annotated[bytes, Column(encoding="hex")], "00ff", b"\0\xff"),
        (Annotated[bytes, Column(encoding="base64-url-safe")], "-_8=", b"\xfb\xff"),
        (date, 20779, date(2026, 11, 22)),
        (date, "2026-11-22Z", date(2026, 11, 22)),
        (datetime, 1795370400123, datetime.fromisoformat("2026-11-22T18:00:00.123000")),
        (Annotated[datetime, Column(unit="us")], 1000001, datetime.fromisoformat("1970-01-01T00:00:01.000001")),
        (Annotated[datetime, Column(unit="ns")], -1, datetime.fromisoformat("1969-12-31T23:59:59.999999")),
        (Annotated[datetime, Column(unit="s")], 1, datetime.fromisoformat("1970-01-01T00:00:01")),
        (datetime, "2026-11-22T18:00:00.5+01:00", datetime.fromisoformat("2026-11-22T17:00:00.5+00:00")),
        (timedelta, -1, timedelta(microseconds=-1)),
        (timedelta, "01:01:01Z", timedelta(hours=1, minutes=1, seconds=1)),
        (Annotated[timedelta, Column(unit="ms")], 5, timedelta(milliseconds=5)),
        (time, 3_600_000_000, time(1)),
        (time, "01:01:01Z", time(1, 1, 1)),
        (State, "paid", State.PAID),
        (State, "PAID", State.PAID),
        (Level, 1, Level.LOW),
        (Literal["a", "b"], "b", "b"),
        (Literal["a"] | None, None, None),
        (list[str], "a,b", ["a", "b"]),
        (set[str], "", set()),
        (frozenset[State], "new,paid", frozenset(State)),
        (tuple[str, ...], "a", ("a",)),
        (list[int], [1, 2], [1, 2]),
        (list[Any], '[1,"x"]', [1, "x"]),
        (dict[str, Any], '{"a":[1.5]}', {"a": [1.5]}),
        (dict, {"a": 1}, {"a": 1}),
        (int | str, "x", "x"),
        (str | int, 5, 5),
        (int | None, None, None),
        (Any, None, None),
        (Any, "x", "x"),
        (object, [1], [1]),
        (Row, {"a": 1}, Row({"a": 1})),
        (Point, {"x": 1, "y": 2, "wkb": "AAE="}, Point(b"\0\1", None, 1.0, 2.0)),
        (Geometry, {"wkb": "AAE=", "srid": 4326}, Geometry(b"\0\1", 4326)),
    ],
)
def test_values_without_schema_become_what_the_annotation_says(annotation, value, expected):
    cls = values_class(annotation)
    seen = inserted(cls, value=value).value
    assert seen == expected
    assert type(seen) is type(expected) or not isinstance(expected, int | str | bytes | date | set | list | tuple)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 1.5),
        (int, "x"),
        (int, [1]),
        (float, "x"),
        (float, [1]),
        (bool, 2),
        (bool, "true"),
        (str, 5),
        (Decimal, "AQ=="),
        (Decimal, [1]),
        (Decimal, True),
        (bytes, 5),
        (bytes, {"wkb": "AAE="}),
        (bytes, "%"),
        (date, 1.5),
        (date, "x"),
        (datetime, "x"),
        (datetime, [1]),
        (datetime, 10**18),
        (time, 86_400_000_000),
        (time, -1),
        (timedelta, "x"),
        (timedelta, [1]),
        (State, "gone"),
        (Literal["a"], "b"),
        (list[int], "a,b"),
        (list[int], 5),
        (dict[str, Any], "x"),
        (dict[str, Any], "[1]"),
        (int | date, "x"),
        (Row, 5),
        (Point, {"wkb": "AAE="}),
        (Geometry, {"wkb": "%"}),
        (Geometry, {}),
    ],
)
def test_values_that_do_not_fit_are_decode_errors(annotation, value):
    with pytest.raises(DecodeError, match=r"column value: does not fit Values\.value: "):
        inserted(values_class(annotation), value=value)


CONNECT, DEBEZIUM = "org.apache.kafka.connect.data.", "io.debezium."
MICROS = {"type": "int64", "name": DEBEZIUM + "time.MicroTimestamp"}
MICRO_TIME = {"type": "int64", "name": DEBEZIUM + "time.MicroTime"}
DECIMAL_2 = {"type": "bytes", "name": CONNECT + "Decimal", "parameters": {"scale": "2"}}
SET = {"type": "string", "name": DEBEZIUM + "data.EnumSet"}
GEOMETRY = {"type": "struct", "name": DEBEZIUM + "data.geometry.Geometry", "fields": []}


@pytest.mark.parametrize(
    ("annotation", "schema", "wire", "expected"),
    [
        (bool, {"type": "int16"}, 1, True),
        (Decimal, {"type": "int32"}, 5, Decimal(5)),
        (float, {"type": "int32"}, 5, 5.0),
        (Level, {"type": "int32"}, 1, Level.LOW),
        (int, {"type": "boolean"}, True, 1),
        (bytes, {"type": "bytes", "name": DEBEZIUM + "data.Bits"}, "BQI=", b"\5\2"),
        (int, {"type": "bytes", "name": DEBEZIUM + "data.Bits"}, "BQI=", 517),
        (int, DECIMAL_2, "CJg=", 22),
        (float, DECIMAL_2, "CAI=", 20.5),
        (str, DECIMAL_2, "CAI=", "20.50"),
        (Decimal, DECIMAL_2, "CAI=", Decimal("20.50")),
        (Decimal, {"type": "double"}, 0.1, Decimal("0.1")),
        (int, {"type": "int32", "name": DEBEZIUM + "time.Date"}, 20779, 20779),
        (int, MICROS, 1_000_001, 1_000_001),
        (datetime, MICROS, 1_000_001, datetime.fromisoformat("1970-01-01T00:00:01.000001")),
        (int, MICRO_TIME, -5, -5),
        (time, MICRO_TIME, 3_600_000_000, time(1)),
        (timedelta, {"type": "int32", "name": CONNECT + "Time"}, 1000, timedelta(seconds=1)),
        (
            str,
            {"type": "string", "name": DEBEZIUM + "time.ZonedTimestamp"},
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
        ),
        (State, {"type": "string", "name": DEBEZIUM + "data.Enum"}, "paid", State.PAID),
        (set[State], SET, "paid,new", {State.NEW, State.PAID}),
        (str, SET, "a,b", "a,b"),
        (tuple[str, ...], SET, "a,b", ("a", "b")),
        (
            str,
            {"type": "string", "name": DEBEZIUM + "data.Uuid"},
            "6CCD780c-baba-1026-9564-5b8c656024db",
            "6CCD780c-baba-1026-9564-5b8c656024db",
        ),
        (dict[str, Any], {"type": "string", "name": DEBEZIUM + "data.Json"}, '{"a":1}', {"a": 1}),
        (bytes, GEOMETRY, {"wkb": "AAE="}, b"\0\1"),
        (list[float], {"type": "array", "items": {"type": "float"}}, [0.5], [0.5]),
        (Annotated[datetime, Column(unit="s")], MICROS, 1_000_000, datetime.fromisoformat("1970-01-01T00:00:01")),
    ],
)
def test_values_with_schema_become_what_the_annotation_says(annotation, schema, wire, expected):
    row = {"type": "struct", "fields": [schema | {"field": "value"}], "field": "after"}
    payload = {"after": {"value": wire}, "source": SOURCE, "op": "c"}
    document = {"schema": {"type": "struct", "fields": [row]}, "payload": payload}
    event = decode_message("t", None, json.dumps(document).encode(), rows=values_class(annotation))
    assert isinstance(event, Insert)
    assert event.after.value == expected
    assert isinstance(event.after.value, type(expected))


@pytest.mark.parametrize("annotation", [complex, list[complex], int | complex, type, State | complex])
def test_types_that_no_column_can_be_are_found_before_reading(annotation):
    with pytest.raises(ConfigError, match=r"Values.value: .*complex|Values.value: .*type"):
        Rows(values_class(annotation))


@pytest.mark.parametrize("cls", [int, Row, "Order", {"shop.orders": dict}])
def test_what_is_no_row_class_is_found_before_reading(cls):
    with pytest.raises(ConfigError, match="neither a dataclass nor an attrs class"):
        Rows(cls)


def test_annotations_that_cannot_be_resolved_are_found_before_reading():
    @dataclass
    class Local:
        other: NoSuchName  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ConfigError, match="cannot be resolved"):
        Rows(Local)


@pytest.mark.parametrize("metadata", [{"unit": "minutes"}, {"encoding": "rot13"}])
def test_wrong_metadata_is_found_before_reading(metadata):
    @dataclass
    class Local:
        other: int = field(metadata=metadata)

    with pytest.raises(ConfigError, match=r"Local.other: .* is none of"):
        Rows(Local)


def test_wrong_extra_is_found_before_reading():
    with pytest.raises(ConfigError, match='extra is "ignore" or "error"'):
        Rows(Order, extra="drop")  # type: ignore[call-overload]


def test_a_row_is_a_mapping_with_attributes():
    row = inserted(None, id=1, keys=2, document='{"a": 1}', nothing=None)
    assert list(row) == ["id", "keys", "document", "nothing"]
    assert (row.id, row["id"], row["keys"]) == (1, 1, 2)
    assert row.json("document") == {"a": 1}
    assert row.json("nothing") is None
    assert row == {"id": 1, "keys": 2, "document": '{"a": 1}', "nothing": None}
    assert repr(Row({"id": 1, "name": "x"})) == "Row(id=1, name='x')"


def test_a_row_tells_its_columns_when_one_is_missing():
    with pytest.raises(AttributeError, match="no column 'totl'; the row has id, total"):
        _ = Row({"id": 1, "total": 2}).totl


def test_a_row_cannot_be_changed_but_copied_and_pickled():
    row = Row({"id": 1})
    with pytest.raises(AttributeError, match="immutable"):
        row.id = 2
    assert copy.deepcopy(row) == pickle.loads(pickle.dumps(row)) == row
    assert hash(row) == hash(Row({"id": 1}))
