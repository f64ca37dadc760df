"""Rows that neither history, event nor server can explain: their table alone waits."""

from __future__ import annotations

import pytest

from rowtide.errors import SchemaError
from tests.integration.source.test_task import has_marker, streaming

pytestmark = pytest.mark.servers


@pytest.fixture
def stopped(database, start):
    """An offset after which rows of `item` have more columns than its history knows and fewer than it has now."""
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)", "CREATE TABLE item (id INT PRIMARY KEY)")
    running = start()
    running.until(streaming)
    database.run("INSERT INTO marker VALUES (1)")
    running.until(has_marker(1))
    running.stop()
    hidden = ["SET SESSION sql_log_bin=0", "ALTER TABLE item ADD v INT", "SET SESSION sql_log_bin=1"]
    database.run(*hidden, "INSERT INTO item VALUES (1, 1), (2, 2)", "INSERT INTO marker VALUES (2)")
    database.run(*(text.replace("ADD v", "ADD w") for text in hidden), "INSERT INTO item VALUES (3, 3, 3)")
    database.run("INSERT INTO marker VALUES (3)")
    return running.offsets[-1]


def test_a_table_that_nobody_can_tell_waits_alone_and_goes_on_by_itself(database, start, stopped, caplog):
    running = start(stopped)
    running.until(has_marker(3))
    assert has_marker(2)(running)
    assert [value["after"] for value in running.values("item")] == [{"id": 3, "v": 3, "w": 3}]
    assert running.task.metrics()["row_events_left_out"] == 1
    assert running.task.metrics()["tables_waiting"] == 0
    assert f"{database.name}.item waits since" in caplog.text
    assert f"{database.name}.item goes on" in caplog.text


def test_the_task_fails_where_that_is_asked_for(start, stopped):
    running = start(stopped, inconsistent__schema__handling__mode="fail")
    with pytest.raises(SchemaError, match="does not tell which"):
        running.until(has_marker(3))
