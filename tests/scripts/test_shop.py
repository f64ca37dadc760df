"""The quickstart's shop makes the statements that lead to the rows it expects."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rowtide_dev import shop


def test_statements_say_what_the_changes_are() -> None:
    assert shop.insert(shop.FIRST_LINE).statement() == (
        "INSERT INTO shop.order_lines (order_id, line, product, quantity, price) VALUES (%s, %s, %s, %s, %s)",
        [1001, 1, "notebook", 5, Decimal("5.50")],
    )
    assert shop.update(shop.FIRST_LINE, quantity=4).statement() == (
        "UPDATE shop.order_lines SET quantity = %s WHERE order_id = %s AND line = %s",
        [4, 1001, 1],
    )
    assert shop.delete(shop.ADA).statement() == ("DELETE FROM shop.customers WHERE id = %s", [1])


def test_transactions_start_from_rows_that_are_there() -> None:
    rows = list(shop.BEFORE)
    for transaction in shop.transactions():
        for change in transaction.changes:
            if change.before is not None:
                rows.remove(change.before)
            if change.after is not None:
                rows.append(change.after)
    assert shop.FIRST_LINE in rows
    with pytest.raises(StopIteration):
        next(row for row in rows if isinstance(row, shop.Order) and row.id == 1002)
