"""A target equals its source, whatever is sent again, in whatever batches, and after any crash."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide_sdk import ConfigError, Consumer, DecodeError, RawMessage, TargetError
from rowtide_sdk.testing import MemorySource
from rowtide_sdk.upsert import TargetTable, Upserter
from rowtide_sdk.upsert.durations import duration_text
from rowtide_sdk.upsert.sqlite import SqliteTarget
from tests.unit.sdk.source_table import COLUMNS, SourceTable, change_at_random


class CrashError(Exception):
    """Stands for the end of the process."""


class Crashing(SqliteTarget):
    """Ends with a crash at the n-th statement."""

    left = -1

    def execute_many(self, sql: str, rows: Iterable[Any]) -> None:
        self.left -= 1
        if self.left == 0:
            raise CrashError
        super().execute_many(sql, rows)


def follow(target: SqliteTarget, messages: list[RawMessage], *, items: int = 3, **settings: Any) -> None:
    with Upserter(target, **{"consumer": "test", **settings}) as upserter:
        reader = Consumer.of(MemorySource(messages), commit=upserter.offsets)
        upserter.follow(reader, items=items, idle_s=0, wait_s=0)


def rows_of(path: Path, table: str = "orders") -> list[dict[str, Any]]:
    target = SqliteTarget(path)
    target.connect()
    names = [name for name in target.columns(table) if not name.startswith("_")]
    rows = target.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")
    target.close()
    return [dict(zip(names, row, strict=True)) for row in rows]


def expected(table: SourceTable) -> list[dict[str, Any]]:
    def shown(row: dict[str, Any]) -> dict[str, Any]:
        day = row["day"]
        return row | {"day": None if day is None else (date(1970, 1, 1) + timedelta(day)).isoformat()}

    return [shown(row) for _, row in sorted(table.rows.items())]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 12))
def test_the_target_equals_the_source(seed: int, changes: int, items: int) -> None:
    chooser = random.Random(seed)
    table = SourceTable()
    for _ in range(changes):
        change_at_random(table, chooser)
    table.put(1, name="last")
    table.sent_again(chooser)
    target = SqliteTarget(":memory:")
    target.connect()
    target.connect, target.close = (lambda: None), (lambda: None)  # type: ignore[method-assign] # stays in memory
    follow(target, table.messages, items=items)
    names = [column["field"] for column in COLUMNS]
    rows = target.execute(f"SELECT {', '.join(names)} FROM orders ORDER BY id")
    assert [dict(zip(names, row, strict=True)) for row in rows] == expected(table)


def test_after_any_crash_the_target_goes_on_where_it_was(tmp_path: Path) -> None:
    chooser = random.Random(7)
    table = SourceTable()
    for _ in range(150):
        change_at_random(table, chooser)
        if chooser.random() < 0.05:
            table.sent_again(chooser)
    table.put(1, name="last")
    path = tmp_path / "target.db"
    crashes = 0
    while True:
        target = Crashing(path)
        target.left = chooser.randrange(3, 25)
        try:
            follow(target, table.messages)
            break
        except CrashError:
            crashes += 1
    assert crashes > 3
    assert rows_of(path) == expected(table)


def test_an_older_change_leaves_a_newer_row_and_a_delete_alone(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="old")
    table.put(2, name="old")
    table.put(1, name="new")
    table.delete(2)
    path = tmp_path / "target.db"
    follow(SqliteTarget(path), table.messages)
    # Another consumer of the same topic, which knows nothing of what the first one has read.
    follow(SqliteTarget(path), table.messages[:2], consumer="other")
    assert [row["name"] for row in rows_of(path)] == ["new"]


def test_what_is_truncated_goes(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="old")
    table.put(2, name="old")
    table.truncate()
    table.put(2, name="new")
    path = tmp_path / "target.db"
    follow(SqliteTarget(path), table.messages, items=1)
    assert [row["name"] for row in rows_of(path)] == ["new"]


def test_columns_that_the_source_got_are_added(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a")
    table.columns = [*COLUMNS, {"field": "note", "type": "string", "optional": True}]
    table.put(2, name="b", note="new")
    path = tmp_path / "target.db"
    follow(SqliteTarget(path), table.messages)
    assert [(row["id"], row["note"]) for row in rows_of(path)] == [(1, None), (2, "new")]


def test_without_evolution_a_new_column_is_an_error_and_nothing_of_the_batch_is_there(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a")
    table.columns = [*COLUMNS, {"field": "note", "type": "string", "optional": True}]
    table.put(2, name="b", note="new")
    table.put(3, name="c", note="new")
    path = tmp_path / "target.db"
    with pytest.raises(TargetError, match=r"table orders of SQLite .* lacks note: add them"):
        follow(SqliteTarget(path), table.messages, create="missing", items=1)
    assert [row["id"] for row in rows_of(path)] == [1]


def test_tables_and_columns_can_be_called_otherwise(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a", day=3)
    path = tmp_path / "target.db"
    mapped = TargetTable("copies", columns={"name": "label"}, only=["id", "name"])
    follow(SqliteTarget(path), table.messages, tables={"shop.orders": mapped})
    assert rows_of(path, "copies") == [{"id": 1, "label": "a"}]


def test_tables_without_a_target_are_left_out(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a")
    path = tmp_path / "target.db"
    follow(SqliteTarget(path), table.messages, tables={"shop.others": "others"})
    target = SqliteTarget(path)
    target.connect()
    assert target.columns("orders") == ()


def test_a_table_that_cannot_be_made_is_an_error_that_says_why(tmp_path: Path) -> None:
    table = SourceTable(schemas=False)
    table.put(1, name="a")
    with pytest.raises(TargetError, match="no table orders, and the messages have no schema"):
        follow(SqliteTarget(tmp_path / "target.db"), table.messages)


def test_rows_without_a_key_need_one(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a")
    keyless = [RawMessage(m.topic, m.partition, m.offset, 0, (), None, m.value) for m in table.messages]
    with pytest.raises(DecodeError, match=r"shop\.orders has no key"):
        follow(SqliteTarget(tmp_path / "target.db"), keyless)
    mapped = {"shop.orders": TargetTable("orders", key=("id",))}
    follow(SqliteTarget(tmp_path / "target.db"), keyless, tables=mapped)
    assert [row["id"] for row in rows_of(tmp_path / "target.db")] == [1]


def test_columns_that_were_not_sent_keep_their_values(tmp_path: Path) -> None:
    table = SourceTable()
    table.put(1, name="a", day=3)
    short = SourceTable(columns=[COLUMNS[0], COLUMNS[1]], pos=1000, gtid=10)
    short.put(1, name="b")
    again = short.messages[0]
    messages = [*table.messages, RawMessage(again.topic, again.partition, 1, 0, (), again.key, again.value)]
    path = tmp_path / "target.db"
    follow(SqliteTarget(path), messages)
    assert rows_of(path) == [{"id": 1, "name": "b", "total": None, "day": "1970-01-04"}]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"consumer": ""}, "1 to 100 characters"), ({"create": "always"}, '"missing", "evolve" or "never"')],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Upserter(SqliteTarget(":memory:"), **{"consumer": "test", **wrong})


def test_durations_are_spelled_as_the_server_does() -> None:
    assert duration_text(timedelta(hours=-838, minutes=-59, seconds=-59)) == "-838:59:59"
    assert duration_text(timedelta(microseconds=1)) == "00:00:00.000001"
