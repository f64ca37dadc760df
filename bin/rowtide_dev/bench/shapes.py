"""Tables of the races, and how they are filled."""

from __future__ import annotations

import json
import random
from abc import ABC, abstractmethod
from typing import Any

Cursor = Any
"""PyMySQL's."""

_ORDERS = """CREATE TABLE {name} (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL,
  status ENUM('NEW','PAID','SHIPPED','DONE') NOT NULL, amount DECIMAL(12,2) NOT NULL, sku VARCHAR(40),
  note VARCHAR(255), created_at DATETIME(3) NOT NULL, updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  qty INT UNSIGNED, active TINYINT(1), score DOUBLE, doc JSON)"""
_ORDER_COLUMNS = "customer_id,status,amount,sku,note,created_at,qty,active,score,doc"


def _order(dice: random.Random) -> tuple[object, ...]:
    day, minute, second = dice.randint(1, 28), dice.randint(0, 59), dice.randint(0, 59)
    return (
        dice.randint(1, 10**6),
        dice.choice(("NEW", "PAID", "SHIPPED", "DONE")),
        f"{dice.randint(1, 10**8) / 100:.2f}",
        f"SKU-{dice.randint(1, 10**9):010d}",
        "note " * dice.randint(0, 12),
        f"2026-03-{day:02d} 12:{minute:02d}:{second:02d}.{dice.randint(0, 999):03d}",
        dice.randint(0, 1000),
        dice.randint(0, 1),
        dice.random() * 1000,
        json.dumps({"a": dice.randint(1, 1000), "tags": ["x", "y"], "n": "한국"}, ensure_ascii=False),
    )


class Shape(ABC):
    """Some tables in the current database, and one kind of change of their rows.

    Attributes:
        tables: those that get records.
    """

    tables: tuple[str, ...] = ("orders",)

    @abstractmethod
    def create(self, cursor: Cursor, rows: int) -> None:
        """Makes the tables, ready for `rows` changes."""

    @abstractmethod
    def probe(self, cursor: Cursor) -> None:
        """One change in each table, making one record."""

    @abstractmethod
    def write(self, cursor: Cursor, rows: int, transaction: int) -> None:
        """Makes `rows` changes, each making one record, so many a transaction. Autocommit is off."""


class Orders(Shape):
    """Inserts into tables of 12 columns of usual types, a transaction each in turn."""

    def __init__(self, tables: int = 1) -> None:
        if tables > 1:
            self.tables = tuple(f"orders{number:02d}" for number in range(tables))

    def create(self, cursor: Cursor, rows: int) -> None:
        for table in self.tables:
            cursor.execute(_ORDERS.format(name=table))

    def probe(self, cursor: Cursor) -> None:
        for table in self.tables:
            self._insert(cursor, table, [_order(random.Random(1))])

    def write(self, cursor: Cursor, rows: int, transaction: int) -> None:
        dice = random.Random(7)
        for number in range(0, rows, transaction):
            table = self.tables[number // transaction % len(self.tables)]
            self._insert(cursor, table, [_order(dice) for _ in range(min(transaction, rows - number))])
            cursor.connection.commit()

    def _insert(self, cursor: Cursor, table: str, rows: list[tuple[object, ...]]) -> None:
        marks = ",".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} ({_ORDER_COLUMNS}) VALUES ({marks})", rows)


class Updates(Orders):
    """Updates of rows that were there before."""

    _BLOCK = 1000

    def create(self, cursor: Cursor, rows: int) -> None:
        super().create(cursor, rows)
        super().write(cursor, rows, self._BLOCK)

    def write(self, cursor: Cursor, rows: int, transaction: int) -> None:
        for number in range(0, rows, transaction):
            ids = (number + 1, min(number + transaction, rows))
            cursor.execute("UPDATE orders SET qty = qty + 1, note = 'seen' WHERE id BETWEEN %s AND %s", ids)
            cursor.connection.commit()


class Wide(Shape):
    """Inserts into a table of 100 columns: numbers, decimals, texts and times in turn."""

    tables = ("wide",)
    _TYPES = (
        "INT",
        "BIGINT",
        "DECIMAL(14,4)",
        "VARCHAR(60)",
        "DATETIME(6)",
        "DOUBLE",
        "DATE",
        "VARCHAR(200)",
        "TINYINT",
    )

    def create(self, cursor: Cursor, rows: int) -> None:
        columns = (f"c{number:02d} {self._TYPES[number % len(self._TYPES)]}" for number in range(99))
        cursor.execute(f"CREATE TABLE wide (id BIGINT PRIMARY KEY AUTO_INCREMENT, {', '.join(columns)})")

    def probe(self, cursor: Cursor) -> None:
        self._insert(cursor, [self._row(random.Random(1))])

    def write(self, cursor: Cursor, rows: int, transaction: int) -> None:
        dice = random.Random(7)
        some = [self._row(dice) for _ in range(1000)]
        for number in range(0, rows, transaction):
            self._insert(cursor, dice.choices(some, k=min(transaction, rows - number)))
            cursor.connection.commit()

    def _insert(self, cursor: Cursor, rows: list[tuple[object, ...]]) -> None:
        names = ",".join(f"c{number:02d}" for number in range(99))
        cursor.executemany(f"INSERT INTO wide ({names}) VALUES ({','.join(['%s'] * 99)})", rows)

    def _row(self, dice: random.Random) -> tuple[object, ...]:
        makers = (
            lambda: dice.randint(-(2**31), 2**31 - 1),
            lambda: dice.randint(-(2**62), 2**62),
            lambda: f"{dice.randint(0, 10**9)}.{dice.randint(0, 9999):04d}",
            lambda: f"name {dice.randint(0, 10**9)}",
            lambda: f"2026-03-{dice.randint(1, 28):02d} 12:00:00.{dice.randint(0, 999_999):06d}",
            lambda: dice.random() * 1e6,
            lambda: f"2026-{dice.randint(1, 12):02d}-11",
            lambda: "word " * dice.randint(0, 20),
            lambda: dice.randint(-128, 127),
        )
        return tuple(makers[number % len(makers)]() for number in range(99))
