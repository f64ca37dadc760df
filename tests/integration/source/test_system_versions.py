"""MariaDB's system-versioned tables: what comes is what happens to the rows that a SELECT shows."""

from __future__ import annotations

import pytest

from tests.integration.source.test_task import has_marker, streaming

pytestmark = pytest.mark.servers


def _run(database):
    database.run(
        "INSERT INTO item VALUES (1, 1), (2, 2), (3, 3)",
        "UPDATE item SET v = v + 10 WHERE id < 3",
        "DELETE FROM item WHERE id = 2",
        "REPLACE INTO item VALUES (3, 30)",
        "ALTER TABLE item ADD w INT DEFAULT 7",
        "UPDATE item SET w = 8 WHERE id = 1",
        "SET SESSION system_versioning_insert_history = 1",
        "DELETE HISTORY FROM item",
        "DELETE FROM item",
        "INSERT INTO marker VALUES (1)",
    )


EXPECTED = [
    ("c", None, (1, 1)),
    ("c", None, (2, 2)),
    ("c", None, (3, 3)),
    ("u", (1, 1), (1, 11)),
    ("u", (2, 2), (2, 12)),
    ("d", (2, 12), None),
    ("d", (3, 3), None),
    ("c", None, (3, 30)),
    ("u", (1, 11, 7), (1, 11, 8)),
    ("d", (1, 11, 8), None),
    ("d", (3, 30, 7), None),
]


@pytest.fixture
def versioned(database):
    database.run(
        "SET SESSION system_versioning_alter_history = KEEP",
        "CREATE TABLE marker (id INT PRIMARY KEY)",
        "CREATE TABLE item (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING",
    )


def _changes(running):
    return [(value["op"], _cells(value["before"]), _cells(value["after"])) for value in running.values("item")]


def _cells(row):
    return None if row is None else tuple(row.values())


def test_history_is_no_change_and_an_ended_row_is_deleted(database, versioned, start):
    running = start()
    running.until(streaming)
    _run(database)
    running.until(has_marker(1))
    assert _changes(running) == EXPECTED


def test_deletes_come_without_updates(database, versioned, start):
    running = start(skipped__operations="u,c")
    running.until(streaming)
    _run(database)
    running.until(lambda r: len(_changes(r)) >= 4)
    assert _changes(running) == [change for change in EXPECTED if change[0] == "d"]


def test_a_restart_after_any_row_goes_on_with_the_next(database, versioned, start):
    running = start()
    running.until(streaming)
    first = len(running.records)
    _run(database)
    running.until(has_marker(1))
    running.stop()
    items = [i for i in range(first, len(running.records)) if running.records[i].topic.endswith(".item")]
    for i in [i for i in items if running.records[i].value is not None]:
        again = start(running.offsets[i])
        again.until(has_marker(1))
        done = sum(1 for j in items if j <= i and running.records[j].value is not None)
        assert _changes(again)[-(len(EXPECTED) - done) or len(EXPECTED) :] == EXPECTED[done:]
        assert len(_changes(again)) <= len(EXPECTED) - done + 1, "no more than a row comes again"
        again.stop()
