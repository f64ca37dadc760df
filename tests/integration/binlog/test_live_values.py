"""Random values of all types, written to a real server: what its binlog says must be what its SELECT says."""

from __future__ import annotations

import os
import random

import pytest

from rowtide.binlog.events import Rows
from tests.integration.binlog.columns import COMMON, ColumnCase, mariadb_columns, mysql_columns
from tests.integration.binlog.conftest import Server

pytestmark = pytest.mark.servers

ROWS = 40


def _columns(server: Server) -> dict[str, ColumnCase]:
    special = mysql_columns if server.settings.flavor == "mysql" else mariadb_columns
    columns = {**COMMON, **special(server.version)}
    if server.settings.flavor == "mysql" and server.version < (5, 6, 4):
        fractional = {f"{kind}{fsp}" for kind in ("time", "datetime", "timestamp") for fsp in range(1, 7)}
        columns = {name: c for name, c in columns.items() if name not in fractional | {"g"}}
    return columns


def _insert(server: Server, table: str, columns: dict[str, ColumnCase], generator: random.Random) -> None:
    for row in range(ROWS):
        values = ["NULL" if generator.random() < 0.1 else column.literal(generator) for column in columns.values()]
        server.execute(f"INSERT INTO {table} VALUES ({row}, {', '.join(values)})")


def _selected(server: Server, table: str, columns: dict[str, ColumnCase]) -> list[list[object]]:
    expressions = ", ".join(column.select.format(f"`{name}`") for name, column in columns.items())
    rows = server.select(f"SELECT id, {expressions} FROM {table} ORDER BY id")
    return [
        [
            row[0],
            *(None if value is None else c.expected(value) for value, c in zip(row[1:], columns.values(), strict=True)),
        ]
        for row in rows
    ]


def _compared(image: list[object], columns: dict[str, ColumnCase]) -> list[object]:
    return [image[0], *(column.compare(raw) for raw, column in zip(image[1:], columns.values(), strict=True))]


def _check(expected: list[list[object]], got: list[list[object]], columns: dict[str, ColumnCase]) -> None:
    assert len(got) == len(expected)
    for wanted, found in zip(expected, got, strict=True):
        for name, want, have in zip(["id", *columns], wanted, found, strict=True):
            assert have == want, f"row {wanted[0]}, column {name}"
            assert type(have) is type(want), f"row {wanted[0]}, column {name}"


def test_inserted_values_of_all_types_are_read_as_select_reads_them(server: Server) -> None:
    seed = int(os.environ.get("ROWTIDE_TEST_SEED", random.randrange(10**6)))
    print(f"ROWTIDE_TEST_SEED={seed}")
    columns = _columns(server)
    table = f"{server.database}.alltypes"
    definitions = ", ".join(f"`{name}` {column.ddl}" for name, column in columns.items())
    server.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, {definitions}) CHARACTER SET utf8mb4 ROW_FORMAT=DYNAMIC")
    start = server.position()
    _insert(server, table, columns, random.Random(seed))
    expected = _selected(server, table, columns)
    rows = [event for event in server.events_since(start) if isinstance(event, Rows)]
    got = [_compared(after, columns) for event in rows for _, after in event.images()]
    _check(expected, got, columns)
    assert [len(event) for event in rows] == [len(list(event.images())) for event in rows]


def test_updates_and_deletes_have_the_rows_before_and_after(server: Server) -> None:
    table = f"{server.database}.changes"
    server.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, name VARCHAR(20), amount DECIMAL(10,2))")
    start = server.position()
    server.execute(
        f"INSERT INTO {table} VALUES (1, 'one', 1.5), (2, NULL, NULL), (3, 'three', -3)",
        f"UPDATE {table} SET name = CONCAT(id, '!') WHERE id > 1",
        f"DELETE FROM {table} WHERE id <> 2",
    )
    rows = [event for event in server.events_since(start) if isinstance(event, Rows)]
    found = [(e.kind, b and (b[0], b[1]), a and (a[0], a[1])) for e in rows for b, a in e.images()]
    assert found == [
        ("c", None, (1, b"one")),
        ("c", None, (2, None)),
        ("c", None, (3, b"three")),
        ("u", (2, None), (2, b"2!")),
        ("u", (3, b"three"), (3, b"3!")),
        ("d", (1, b"one"), None),
        ("d", (3, b"3!"), None),
    ]
    update = next(event for event in rows if event.kind == "u")
    assert [after[0] for _, after in update.images(1)] == [3]
    assert len(update.images(1)) == 1


@pytest.mark.parametrize("image", ["MINIMAL", "NOBLOB"])
def test_columns_left_out_of_an_image_are_told(server: Server, image: str) -> None:
    if server.settings.flavor == "mysql" and server.version < (5, 6, 2):
        return  # has full images only
    table = f"{server.database}.images"
    server.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT, b BLOB)")
    start = server.position()
    server.execute(
        f"SET SESSION binlog_row_image = {image}",
        f"INSERT INTO {table} VALUES (1, 5, 'x')",
        f"UPDATE {table} SET a = 6",
        f"DELETE FROM {table}",
        "SET SESSION binlog_row_image = FULL",
    )
    inserted, updated, deleted = [e for e in server.events_since(start) if isinstance(e, Rows)]
    assert list(inserted.images()) == [(None, [1, 5, b"x"])]
    assert updated.columns_before == (True, image == "NOBLOB", False)
    assert updated.columns_after == (image == "NOBLOB", True, False)
    assert not updated.complete
    assert [(after or [])[1] for _, after in updated.images()] == [6]
    assert [(before or [])[0] for before, _ in deleted.images()] == [1]


def test_an_insert_of_defaults_with_a_minimal_image_is_one_row(server: Server) -> None:
    if server.settings.flavor == "mysql" and server.version < (5, 6, 2):
        return  # has full images only
    table = f"{server.database}.defaults"
    server.execute(f"CREATE TABLE {table} (a INT NULL DEFAULT 5, b INT NULL DEFAULT 6)")
    start = server.position()
    server.execute("SET SESSION binlog_row_image = MINIMAL", f"INSERT INTO {table} VALUES ()")
    server.execute("SET SESSION binlog_row_image = FULL")
    (rows,) = [event for event in server.events_since(start) if isinstance(event, Rows)]
    assert len(rows) == 1
    assert len(list(rows.images())) == 1
