import logging

import pytest

from rowtide.errors import SchemaError
from rowtide.streaming.alerts import Alerts
from rowtide.tables.model import TableId

TABLE = TableId("shop", "orders")


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def alerts(now):
    return Alerts(lambda: now[0])


def test_statements_not_understood_are_counted_and_the_last_are_kept(alerts, caplog):
    for number in range(30):
        alerts.unread(f"b.1:{number}", "shop", f"ALTER TABLE t{number} " + "x" * 1000, "no column")
    figures = alerts.figures()
    assert figures["unparsed_statements"] == 30
    assert [one["place"] for one in figures["unparsed_statements_last"]] == [f"b.1:{n}" for n in range(10, 30)]
    assert all(len(one["statement"]) == 500 for one in figures["unparsed_statements_last"])
    assert "b.1:29" in caplog.text
    assert "no column" in caplog.text


def test_a_waiting_table_is_said_once_a_minute_with_its_cause_and_the_way_out(alerts, now, caplog):
    alerts.unread("b.1:4", "shop", "ALTER TABLE Orders FROBNICATE", "unknown clause")
    caplog.clear()
    for _ in range(5):
        alerts.left_out(TABLE, "b.1:90", SchemaError("It has 3 columns."))
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    for part in ("shop.orders waits since b.1:90", "It has 3 columns.", "b.1:4", "FROBNICATE", "new snapshot"):
        assert part in message
    now[0] += 61
    alerts.left_out(TABLE, "b.1:100", SchemaError("It has 3 columns."))
    assert len(caplog.records) == 2
    assert "6 row events" in caplog.records[1].getMessage()
    assert alerts.figures()["tables_waiting"] == 1
    assert alerts.figures()["tables_waiting_since"] == {"shop.orders": "b.1:90"}
    assert alerts.figures()["row_events_left_out"] == 6


def test_a_table_that_goes_on_no_longer_waits(alerts, caplog):
    caplog.set_level(logging.WARNING)
    alerts.read(TABLE, "b.1:1")
    assert not caplog.records
    alerts.left_out(TABLE, "b.1:2", SchemaError("?"))
    alerts.read(TABLE, "b.1:3")
    assert "goes on at b.1:3; 1 row events since b.1:2" in caplog.text
    assert alerts.figures()["tables_waiting"] == 0
    assert alerts.figures()["row_events_left_out"] == 1
