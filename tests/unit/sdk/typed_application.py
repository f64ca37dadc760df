"""An application as type checkers see it; test_typing.py has mypy read it, strictly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never, assert_type

from rowtide_sdk import (
    Consumer,
    Decoding,
    Delete,
    Event,
    Heartbeat,
    Insert,
    Read,
    Registry,
    Row,
    Rows,
    SchemaChange,
    Tombstone,
    TransactionBoundary,
    Truncate,
    Unknown,
    Update,
    decode_message,
)
from rowtide_sdk.testing import MemorySource


@dataclass
class Order:
    id: int
    total: Decimal


@dataclass
class Customer:
    name: str


def of_one_class(consumer: Consumer[Order]) -> None:
    for event in consumer:
        match event:
            case Insert() | Read():
                assert_type(event.after, Order)
                assert_type(event.before, None)
            case Update():
                assert_type(event.before, Order | None)
                assert_type(event.after.total, Decimal)
                assert_type(event.changed, tuple[str, ...])
            case Delete():
                assert_type(event.before, Order)
                assert_type(event.after, None)
            case Truncate():
                assert_type(event.source.db, str | None)
            case Tombstone() | SchemaChange() | TransactionBoundary() | Heartbeat() | Unknown():
                assert_type(event.offset, int)
            case _:
                assert_never(event)


def by_table(event: Event[Order | Customer]) -> str:
    match event:
        case Insert(after=Order() as order):
            assert_type(order, Order)
            return str(order.total)
        case Insert(after=Customer(name=name)):
            return name
    return ""


def handler(event: Event[Order]) -> None: ...


def sources(source: MemorySource) -> None:
    assert_type(Consumer("t", group_id="g"), Consumer[Row])
    assert_type(Consumer("t", group_id="g", rows=Order), Consumer[Order])
    assert_type(Consumer(["t"], group_id="g", rows={"shop.orders": Order}), Consumer[Order | Row])
    assert_type(Consumer("t", group_id="g", rows=Rows(Order, extra="error")), Consumer[Order])
    assert_type(Consumer.of(source), Consumer[Row])
    assert_type(Consumer.of(source, rows=Order), Consumer[Order])
    assert_type(decode_message("t", None, b""), Event[Row])
    assert_type(decode_message("t", None, b"", rows=Order), Event[Order])
    both: dict[str, type[Order | Customer]] = {"shop.orders": Order, "shop.customers": Customer}
    for event in Consumer("t", group_id="g", rows=both):
        if isinstance(event, Insert):
            assert_type(event.after, Order | Customer | Row)
    Consumer("t", group_id="g", rows=Order).run(handler)


def of_decoding(source: MemorySource) -> None:
    assert_type(Decoding(), Decoding[Row])
    assert_type(Decoding(Order, registry=Registry("http://registry")), Decoding[Order])
    assert_type(Decoding({"db.orders": Order}), Decoding[Order | Row])
    assert_type(Consumer.of(source, rows=Decoding(Order)), Consumer[Order])
    assert_type(decode_message("t", None, None, rows=Decoding(Order)), Event[Order])
