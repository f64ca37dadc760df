"""Events that servers write in their own ways, from statements whose changes are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.versions.conditions import comparable, has_marker, row_ends, streaming
from tests.integration.versions.conftest import Database

pytestmark = pytest.mark.servers

MEGABYTE = 1 << 20


@pytest.fixture
def marker(database):
    database.run("CREATE TABLE marker (id INT PRIMARY KEY) ENGINE=InnoDB")
    return lambda number: database.run(f"INSERT INTO marker VALUES ({number})")


@pytest.fixture
def stream(start):
    """A task that streams."""

    def run(**changes):
        running = start(snapshot__mode="no_data", **changes)
        running.until(streaming)
        return running

    return run


@contextmanager
def global_variable(database: Database, name: str, value: str) -> Iterator[bool]:
    """Set for a while; whether the server has such a variable."""
    rows = database.run(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
    if not rows:
        yield False
        return
    database.run(f"SET GLOBAL {name} = {value}")
    try:
        yield True
    finally:
        database.run(f"SET GLOBAL {name} = {rows[0][1]}")


def _write_some_of_everything(connection) -> None:
    statements = (
        "INSERT INTO item VALUES (1, 'one', REPEAT('a', 500)), (2, NULL, REPEAT('b', 300)), (3, 'three', '')",
        "UPDATE item SET name = CONCAT(id, '!') WHERE id > 1",
        "UPDATE item SET id = 30 WHERE id = 3",
        "DELETE FROM item WHERE id = 1",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


EXPECTED = [
    ("c", None, (1, "one", "a" * 500)),
    ("c", None, (2, None, "b" * 300)),
    ("c", None, (3, "three", "")),
    ("u", (2, None, "b" * 300), (2, "2!", "b" * 300)),
    ("u", (3, "three", ""), (3, "3!", "")),
    ("d", (3, "3!", ""), None),
    ("c", None, (30, "3!", "")),
    ("d", (1, "one", "a" * 500), None),
]


def _item(database: Database) -> None:
    database.run("CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20), text TEXT) ENGINE=InnoDB")


def _seen(running, table: str) -> list[tuple]:
    parts = ("before", "after")
    return [
        (value["op"], *(None if value[part] is None else tuple(value[part].values()) for part in parts))
        for value in running.values(table)
    ]


@pytest.mark.parametrize("checksum", ["NONE", "CRC32"])
def test_checksums_on_and_off(database, marker, stream, checksum) -> None:
    _item(database)
    with global_variable(database, "binlog_checksum", checksum):
        running = stream()
        _write_some_of_everything(database.connection)
        marker(1)
        running.until(has_marker(1))
    assert _seen(running, "item") == EXPECTED


def test_a_checksum_that_changes_while_the_stream_runs(database, marker, stream) -> None:
    _item(database)
    running = stream()
    other = {"CRC32": "NONE", "NONE": "CRC32"}
    rows = database.run("SHOW GLOBAL VARIABLES LIKE 'binlog_checksum'")
    with global_variable(database, "binlog_checksum", other[rows[0][1]] if rows else ""):
        _write_some_of_everything(database.connection)
        marker(1)
        running.until(has_marker(1))
    marker(2)
    running.until(has_marker(2))
    assert _seen(running, "item") == EXPECTED


def test_compressed_events_and_transactions(database, marker, stream) -> None:
    """MariaDB compresses single row and query events, MySQL whole transactions; older servers neither."""
    _item(database)
    running = stream(include__query="true")
    mysql = database.server.since((8, 0, 20), None)
    with (
        global_variable(database, "log_bin_compress", "ON"),
        global_variable(database, "log_bin_compress_min_len", "10"),
    ):
        with database.another(autocommit=False) as connection:
            if mysql:
                with connection.cursor() as cursor:
                    cursor.execute("SET SESSION binlog_transaction_compression = ON")
            with connection.cursor() as cursor:
                cursor.execute(
                    "CREATE TABLE with_a_long_statement (id INT PRIMARY KEY, "
                    + ", ".join(f"column_{i} VARCHAR(50) DEFAULT 'a default'" for i in range(20))
                    + ")"
                )
                cursor.execute("INSERT INTO with_a_long_statement (id) VALUES (1)")
            _write_some_of_everything(connection)
            connection.commit()
        marker(1)
        running.until(has_marker(1))
    assert _seen(running, "item") == EXPECTED
    assert _seen(running, "with_a_long_statement") == [("c", None, (1, *["a default"] * 20))]


def test_a_statement_that_changes_several_tables(database, marker, stream) -> None:
    """Several TABLE_MAPs in a row, by a multi-table UPDATE and by triggers."""
    database.run(
        "CREATE TABLE a (id INT PRIMARY KEY, v INT) ENGINE=InnoDB",
        "CREATE TABLE b (id INT PRIMARY KEY, w VARCHAR(5)) ENGINE=InnoDB",
        "CREATE TABLE logged (v INT, at INT) ENGINE=InnoDB",
        "INSERT INTO a VALUES (1, 1), (2, 2)",
        "INSERT INTO b VALUES (1, 'x'), (2, 'y')",
    )
    running = stream()
    database.run(
        "CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW INSERT INTO logged VALUES (NEW.v, OLD.v)",
        "UPDATE a JOIN b ON a.id = b.id SET a.v = a.v + 10, b.w = CONCAT(b.w, '!')",
    )
    marker(1)
    running.until(has_marker(1))
    assert sorted(_seen(running, "a")) == [("u", (1, 1), (1, 11)), ("u", (2, 2), (2, 12))]
    assert sorted(_seen(running, "b")) == [("u", (1, "x"), (1, "x!")), ("u", (2, "y"), (2, "y!"))]
    assert sorted(_seen(running, "logged")) == [("c", None, (11, 1)), ("c", None, (12, 2))]


def test_rows_of_one_statement_in_many_events(database, marker, stream) -> None:
    """binlog_row_event_max_size is 8 KiB by default."""
    database.run("CREATE TABLE many (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100)) ENGINE=InnoDB")
    database.run(f"INSERT INTO many (v) VALUES {', '.join(['(REPEAT(1, 90))'] * 1000)}")
    running = stream()
    database.run("INSERT INTO many (v) SELECT v FROM many", "UPDATE many SET v = id", "DELETE FROM many")
    marker(1)
    running.until(has_marker(1), limit_s=60)
    seen = _seen(running, "many")
    assert [op for op, *_ in seen] == ["c"] * 1000 + ["u"] * 2000 + ["d"] * 2000
    updated = [after for op, _, after in seen if op == "u"]
    assert all(str(number) == text for number, text in updated)
    assert len({offset["pos"] for offset in running.offsets}) >= 3


@pytest.mark.timeout(120)
@pytest.mark.parametrize("megabytes", [16, 40])
def test_a_row_longer_than_a_packet(database, marker, stream, megabytes) -> None:
    """A packet of the protocol holds 16 MiB - 1; longer events come in several."""
    database.run("CREATE TABLE large (id INT PRIMARY KEY, v LONGBLOB) ENGINE=MyISAM")
    running = stream()
    database.run(
        f"INSERT INTO large VALUES (1, CONCAT(REPEAT('x', {megabytes * MEGABYTE}), 'end')), (2, 'short')",
        "INSERT INTO large VALUES (3, 'after')",
    )
    marker(1)
    running.until(has_marker(1), limit_s=90)
    rows = [value["after"] for value in running.values("large")]
    assert [row["id"] for row in rows] == [1, 2, 3]
    assert len(rows[0]["v"]) == megabytes * MEGABYTE + 3
    assert rows[0]["v"].endswith(b"xend")
    assert [row["v"] for row in rows[1:]] == [b"short", b"after"]


@pytest.mark.parametrize("length", [16 * MEGABYTE - 200 + i * 25 for i in range(8)])
def test_events_about_as_long_as_a_packet(database, marker, stream, length) -> None:
    database.run("CREATE TABLE large (id INT PRIMARY KEY, v LONGBLOB) ENGINE=MyISAM")
    running = stream()
    database.run(f"INSERT INTO large VALUES (1, REPEAT('x', {length}))", "INSERT INTO large VALUES (2, 'after')")
    marker(1)
    running.until(has_marker(1), limit_s=60)
    assert [(row["id"], len(row["v"])) for row in (v["after"] for v in running.values("large"))] == [
        (1, length),
        (2, 5),
    ]


def test_rows_without_a_transactional_engine(database, marker, stream) -> None:
    database.run("CREATE TABLE loose (id INT PRIMARY KEY, v INT) ENGINE=MyISAM")
    running = stream(provide__transaction__metadata="true")
    database.run("INSERT INTO loose VALUES (1, 1), (2, 2)", "UPDATE loose SET v = 5", "DELETE FROM loose WHERE id = 1")
    marker(1)
    running.until(has_marker(1))
    assert [op for op, *_ in _seen(running, "loose")] == ["c", "c", "u", "u", "d"]


def _xa(connection, name: str, statements: list[str], end: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in (f"XA START '{name}'", *statements, f"XA END '{name}'", *end):
            cursor.execute(statement.format(name))


def test_xa_transactions_are_sent_once_in_order(database, marker, stream) -> None:
    """Rows come when the transaction is in the log: at XA PREPARE where the server logs it, else at XA COMMIT."""
    _item(database)
    running = stream()
    insert = "INSERT INTO item VALUES ({0}, '{0}', '')"
    with database.another() as connection:
        _xa(connection, "one", [insert.format(1), insert.format(2)], ["XA PREPARE '{}'", "XA COMMIT '{}'"])
        _xa(connection, "two", [insert.format(3)], ["XA COMMIT '{}' ONE PHASE"])
    database.run(insert.format(4))
    with database.another() as connection:
        _xa(connection, "three", [insert.format(5)], ["XA ROLLBACK '{}'"])
    database.run(insert.format(6))
    marker(1)
    running.until(has_marker(1))
    assert [after[0] for _, _, after in _seen(running, "item")] == [1, 2, 3, 4, 6]


def test_a_prepared_transaction_of_a_lost_client_is_committed_by_another(database, marker, stream) -> None:
    if not database.server.since((5, 7, 7), (10, 5)):
        return  # such a transaction was rolled back with its connection
    _item(database)
    running = stream()
    with database.another() as connection:
        _xa(connection, "left", ["INSERT INTO item VALUES (1, 'one', '')"], ["XA PREPARE '{}'"])
    marker(1)
    running.until(has_marker(1))
    database.run("XA COMMIT 'left'")
    marker(2)
    running.until(has_marker(2))
    assert _seen(running, "item") == [("c", None, (1, "one", ""))]


def test_a_restart_from_any_records_offset_gives_exactly_the_records_after_it(database, marker, start) -> None:
    _item(database)
    database.run("CREATE TABLE loose (v INT) ENGINE=MyISAM")
    running = start(snapshot__mode="no_data", provide__transaction__metadata="true")
    running.until(streaming)
    with database.another(autocommit=False) as connection:
        _write_some_of_everything(connection)
        connection.commit()
    database.run("INSERT INTO loose VALUES (1), (2)", "ALTER TABLE item ADD COLUMN w INT DEFAULT 5")
    database.run("INSERT INTO item VALUES (9, 'nine', '', 9)", "FLUSH LOGS", "INSERT INTO item VALUES (10, '', '', 9)")
    marker(1)
    running.until(has_marker(1))
    running.stop()
    last = next(i for i, record in enumerate(running.records) if record.topic.endswith(".marker"))
    for number in row_ends(running.offsets[:last]):
        again = start(running.offsets[number], provide__transaction__metadata="true")
        again.until(has_marker(1))
        again.stop()
        assert comparable(again.records) == comparable(running.records[number + 1 :]), running.offsets[number]


@contextmanager
def _gtid_mode_off(database: Database) -> Iterator[None]:
    steps = ("ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF")
    try:
        for step in steps:
            database.run(f"SET GLOBAL gtid_mode = {step}")
        yield
    finally:
        for step in ("OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"):
            database.run(f"SET GLOBAL gtid_mode = {step}")


def test_a_server_whose_gtids_are_off(database, marker, start) -> None:
    if not database.server.since((5, 7, 6), None):
        return  # cannot be changed while the server runs; 5.5 has none, and the tests above run on it
    with _gtid_mode_off(database):
        test_a_restart_from_any_records_offset_gives_exactly_the_records_after_it(database, marker, start)


def test_a_prepared_transaction_that_is_rolled_back_was_sent_and_is_told(database, marker, stream, caplog) -> None:
    """As Debezium does: its rows are in the log when it is prepared, and how it ends may come days later."""
    if not database.server.since((5, 7, 7), (10, 5)):
        return  # what is rolled back is not in the log
    _item(database)
    running = stream()
    with database.another() as connection:
        rows = ["INSERT INTO item VALUES (1, 'one', '')"]
        _xa(connection, "undone", rows, ["XA PREPARE '{}'", "XA ROLLBACK '{}'"])
    marker(1)
    running.until(has_marker(1))
    assert _seen(running, "item") == [("c", None, (1, "one", ""))]
    assert database.run("SELECT COUNT(*) FROM item") == [(0,)]
    assert "rolls a prepared XA transaction back" in caplog.text
