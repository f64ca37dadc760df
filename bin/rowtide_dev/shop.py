"""The quickstart's shop: tables, row classes, the transactions to apply and what a consumer must see of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

DATABASE = "shop"

TABLES = (
    f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4",
    f"""CREATE TABLE {DATABASE}.customers (
        id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
        name VARCHAR(100) NOT NULL,
        email VARCHAR(200) NOT NULL UNIQUE,
        city VARCHAR(100) NULL)""",
    f"""CREATE TABLE {DATABASE}.orders (
        id BIGINT PRIMARY KEY,
        customer_id INT UNSIGNED NOT NULL REFERENCES {DATABASE}.customers (id),
        status ENUM('NEW', 'PAID', 'SHIPPED', 'CANCELLED') NOT NULL DEFAULT 'NEW',
        total DECIMAL(10, 2) NOT NULL,
        placed_at DATETIME(3) NOT NULL)""",
    f"""CREATE TABLE {DATABASE}.order_lines (
        order_id BIGINT NOT NULL REFERENCES {DATABASE}.orders (id),
        line TINYINT UNSIGNED NOT NULL,
        product VARCHAR(100) NOT NULL,
        quantity INT NOT NULL,
        price DECIMAL(10, 2) NOT NULL,
        PRIMARY KEY (order_id, line))""",
)


@attrs.frozen
class Customer:
    id: int
    name: str
    email: str
    city: str | None


@attrs.frozen
class Order:
    id: int
    customer_id: int
    status: str
    total: Decimal
    placed_at: datetime


@attrs.frozen
class OrderLine:
    order_id: int
    line: int
    product: str
    quantity: int
    price: Decimal


Row: TypeAlias = Customer | Order | OrderLine

ROW_CLASSES: dict[str, type[Any]] = {
    f"{DATABASE}.customers": Customer,
    f"{DATABASE}.orders": Order,
    f"{DATABASE}.order_lines": OrderLine,
}
_TABLE_OF = {cls: table for table, cls in ROW_CLASSES.items()}
_KEYS = {Customer: ("id",), Order: ("id",), OrderLine: ("order_id", "line")}


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change; which of the images are there says whether it is an insert, an update or a delete."""

    before: Row | None
    after: Row | None

    @property
    def table(self) -> str:
        row = self.after or self.before
        assert row is not None
        return _TABLE_OF[type(row)]

    def statement(self) -> tuple[str, list[Any]]:
        """The SQL that makes this change, and its arguments."""
        if self.after is None:
            assert self.before is not None
            condition, key = _condition(self.before)
            return f"DELETE FROM {self.table} WHERE {condition}", key
        values = attrs.asdict(self.after)
        if self.before is None:
            places = ", ".join(["%s"] * len(values))
            return f"INSERT INTO {self.table} ({', '.join(values)}) VALUES ({places})", list(values.values())
        condition, key = _condition(self.before)
        old = attrs.asdict(self.before)
        changed = {name: value for name, value in values.items() if value != old[name]}
        assignments = ", ".join(f"{name} = %s" for name in changed)
        return f"UPDATE {self.table} SET {assignments} WHERE {condition}", [*changed.values(), *key]


def _condition(row: Row) -> tuple[str, list[Any]]:
    names = _KEYS[type(row)]
    return " AND ".join(f"{name} = %s" for name in names), [getattr(row, name) for name in names]


def insert(row: Row) -> Change:
    return Change(None, row)


def update(row: Row, **values: Any) -> Change:
    return Change(row, attrs.evolve(row, **values))


def delete(row: Row) -> Change:
    return Change(row, None)


ADA = Customer(1, "Ada Lovelace", "ada@example.com", "London")
GRACE = Customer(2, "Grace Hopper", "grace@example.com", None)
FIRST_ORDER = Order(1001, 1, "NEW", Decimal("27.50"), datetime.fromisoformat("2026-11-02T09:30:00.250"))
FIRST_LINE = OrderLine(1001, 1, "notebook", 5, Decimal("5.50"))

# What the tables hold before the connector comes: its snapshot has to find it.
BEFORE: tuple[Row, ...] = (ADA, GRACE, FIRST_ORDER, FIRST_LINE)


@dataclass(frozen=True, slots=True)
class ShopTransaction:
    title: str
    changes: tuple[Change, ...]


def transactions() -> Iterator[ShopTransaction]:
    """What happens in the shop while the connector streams."""
    kim = Customer(3, "김하나", "hana@example.com", "서울")
    order = Order(1002, 3, "NEW", Decimal("48.00"), datetime.fromisoformat("2026-11-03T14:05:59.999"))
    pens = OrderLine(1002, 1, "fountain pen", 1, Decimal("30.00"))
    ink = OrderLine(1002, 2, "ink", 3, Decimal("6.00"))
    yield ShopTransaction("a new customer orders two things", (insert(kim), insert(order), insert(pens), insert(ink)))
    yield ShopTransaction(
        "the first order is paid, and Grace moves", (_paid(FIRST_ORDER), update(GRACE, city="Arlington"))
    )
    smaller = update(order, total=Decimal("42.00"))
    yield ShopTransaction("one ink less", (update(ink, quantity=2), smaller))
    changed = smaller.after
    assert isinstance(changed, Order)
    lines = (delete(pens), delete(attrs.evolve(ink, quantity=2)))
    yield ShopTransaction("the second order is withdrawn", (*lines, delete(changed)))


def _paid(order: Order) -> Change:
    return update(order, status="PAID")
