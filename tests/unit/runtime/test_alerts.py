"""What `GET /alerts` answers, from the figures that tasks report."""

from __future__ import annotations

from rowtide.errors import SchemaError
from rowtide.runtime.alerts import task_alerts
from rowtide.streaming.alerts import Alerts
from rowtide.tables.model import TableId


def test_statements_and_waiting_tables_are_listed_with_their_reasons() -> None:
    alerts = Alerts()
    alerts.unread("binlog.7:40", "shop", "ALTER TABLE orders ADD c NEWTYPE", "unknown data type NEWTYPE")
    alerts.left_out(TableId("shop", "orders"), "binlog.7:90", SchemaError("It has 3 columns."))
    own = {"records": 5, **alerts.figures()}
    answered = task_alerts({("shop", 1): {"task": own}, ("shop", 0): {"task": {"records": 1}}, ("a", 0): {}})
    assert answered == [
        {
            "connector": "shop",
            "task": 1,
            "unparsed_statements": 1,
            "tables_waiting": 1,
            "row_events_left_out": 1,
            "unparsed_statements_last": [
                {
                    "place": "binlog.7:40",
                    "database": "shop",
                    "statement": "ALTER TABLE orders ADD c NEWTYPE",
                    "reason": "unknown data type NEWTYPE",
                }
            ],
            "tables_waiting_since": {"shop.orders": "binlog.7:90"},
        }
    ]
