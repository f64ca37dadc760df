"""The task on a real server: consistent snapshots, restarts from every offset, lost connections, lost positions."""

from __future__ import annotations

import threading
import time

import pytest

from rowtide.errors import PositionLostError, SchemaError, ServerError

pytestmark = pytest.mark.servers


def has_marker(number):
    """Whether the row `number` of the table `marker` has come."""

    def came(running):
        return any(value["after"] == {"id": number} for value in running.values("marker"))

    return came


def streaming(running):
    return running.task.metrics().get("connected") is True


@pytest.fixture
def marker(database):
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)")
    return lambda number: database.run(f"INSERT INTO marker VALUES ({number})")


def test_a_snapshot_under_load_is_one_moment_and_the_stream_goes_on_from_it(database, marker, start):
    database.run("CREATE TABLE account (id INT PRIMARY KEY, amount INT)")
    database.run("INSERT INTO account SELECT seq, 100 FROM seq_1_to_3000")
    stop = threading.Event()
    writer = threading.Thread(target=_move_money, args=(database.another(), stop))
    writer.start()
    try:
        running = start(snapshot__fetch__size="200")
        running.until(lambda r: len([v for v in r.values("account") if v["op"] == "r"]) >= 3000)
    finally:
        stop.set()
        writer.join()
    read = [value["after"] for value in running.values("account") if value["op"] == "r"]
    assert len(read) == 3000
    assert sum(row["amount"] for row in read) == 300_000
    marker(1)
    running.until(has_marker(1))
    state = {row["id"]: row["amount"] for row in read}
    for value in running.values("account"):
        if value["op"] == "u":
            assert state[value["before"]["id"]] == value["before"]["amount"]
            state[value["after"]["id"]] = value["after"]["amount"]
    assert state == dict(database.run("SELECT id, amount FROM account"))


def _move_money(connection, stop):
    with connection, connection.cursor() as cursor:
        number = 0
        while not stop.is_set():
            number += 1
            giver, taker = number % 3000 + 1, (number * 7) % 3000 + 1
            cursor.execute("UPDATE account SET amount = amount - 1 WHERE id = %s", (giver,))
            cursor.execute("UPDATE account SET amount = amount + 1 WHERE id = %s", (taker,))
            connection.commit()


def test_a_restart_from_any_records_offset_gives_exactly_the_records_after_it(database, marker, start):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v INT)", "CREATE TABLE loose (v INT)")
    running = start(provide__transaction__metadata="true")
    running.until(streaming)
    running.records.clear()
    running.offsets.clear()
    database.run(
        "INSERT INTO item VALUES (1, 1), (2, 2), (3, 3)",
        "BEGIN",
        "UPDATE item SET v = v + 1",
        "UPDATE item SET id = id + 10 WHERE id > 1",
        "INSERT INTO loose VALUES (1), (2)",
        "DELETE FROM item WHERE id = 13",
        "COMMIT",
        "ALTER TABLE item ADD COLUMN w INT DEFAULT 5",
        "INSERT INTO item VALUES (4, 4, 4)",
        "DELETE FROM loose",
    )
    marker(1)
    running.until(has_marker(1))
    running.stop()
    assert len(running.records) > 25
    before_marker = next(i for i, record in enumerate(running.records) if record.topic.endswith(".marker"))
    for number in _row_ends(running.offsets[:before_marker]):
        offset = running.offsets[number]
        again = start(offset, provide__transaction__metadata="true")
        again.until(has_marker(1))
        again.stop()
        assert _rows(again.records) == _rows(running.records[number + 1 :]), offset


def _row_ends(offsets):
    """Indexes of the records after which the restart point moves; those of one row are acknowledged together."""
    points = [tuple(offset.get(name, 0) for name in ("gtids", "event", "row")) for offset in offsets]
    return [i for i, point in enumerate(points) if i + 1 == len(points) or points[i + 1] != point]


def _rows(records):
    """Data records as they can be compared; the boundary of a transaction may come again."""
    return [_comparable(record) for record in records if not record.topic.endswith(".transaction")]


def _comparable(record):
    value = record.value
    payload = None
    if value is not None:
        clocks = ("ts_ms", "ts_us", "ts_ns", "source")
        payload = {name: repr(part) for name, part in value.items() if name not in clocks}
        if "source" in value:
            payload["pos"] = (value["source"]["pos"], value["source"]["row"])
    return record.topic, repr(record.key), payload


def test_a_lost_connection_is_opened_again_and_nothing_is_missing_or_twice(database, marker, start):
    database.run("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v INT)")
    running = start()
    running.until(streaming)
    for round_ in range(5):
        with database.another() as writer, writer.cursor() as cursor:
            for _ in range(20):
                cursor.execute("INSERT INTO item (v) VALUES (1), (2), (3)")
            running.poll()
            for thread in _dump_threads(database):
                database.run(f"KILL {thread}")
            for _ in range(20):
                cursor.execute("UPDATE item SET v = v + 1 ORDER BY id DESC LIMIT 2")
            writer.commit()
        marker(round_)
        running.until(has_marker(round_))
    changes = [value for value in running.values("item") if value["op"] in "cu"]
    assert len([value for value in changes if value["op"] == "c"]) == 5 * 60
    assert len([value for value in changes if value["op"] == "u"]) == 5 * 40


def _purge_to(database, newest):
    """The server keeps files that it sends, also to a reader that is gone, and those that a crash would need."""
    deadline = time.monotonic() + 30
    while database.run("SHOW BINARY LOGS")[0][0] != newest:
        assert time.monotonic() < deadline, "the server does not purge its log"
        for thread in _dump_threads(database):
            database.run(f"KILL {thread}")
        database.run(f"PURGE BINARY LOGS TO '{newest}'")
        time.sleep(0.2)


def _dump_threads(database):
    rows = database.run("SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump' AND USER = 'cdc'")
    return [row[0] for row in rows]


def test_a_purged_position_is_an_error_that_says_what_to_do(database, marker, start):
    running = start()
    running.until(streaming)
    marker(1)
    running.until(has_marker(1))
    running.stop()
    offset = running.offsets[-1]
    marker(2)
    database.run("FLUSH BINARY LOGS")
    marker(3)
    database.run("FLUSH BINARY LOGS")
    newest = database.run("SHOW MASTER STATUS")[0][0]
    _purge_to(database, newest)
    again = start(offset)
    with pytest.raises(PositionLostError, match="snapshot"):
        again.until(has_marker(3))


def test_two_readers_with_one_server_id_are_told(database, marker, start):
    first, second = start(), start(topic__prefix="other")

    def fight():
        for _ in range(200):
            first.poll(0.05)
            second.poll(0.05)

    with pytest.raises(ServerError, match=r"database\.server\.id"):
        fight()


def test_a_missing_history_is_an_error_not_a_guess(database, marker, start, tmp_path):
    running = start()
    running.until(streaming)
    marker(1)
    running.until(has_marker(1))
    running.stop()
    (tmp_path / "history.jsonl").unlink()
    with pytest.raises(SchemaError, match="schema history"):
        start(running.offsets[-1])


def test_heartbeats_move_the_offset_while_nothing_is_captured(database, marker, start):
    running = start(heartbeat__interval__ms="100", table__include__list=f"{database.name}.marker")
    running.until(streaming)
    running.until(lambda r: any("heartbeat" in record.topic for record in r.records))
    before = running.offsets[-1]["gtids"]
    database.run(
        "CREATE TABLE unwatched (id INT)", "INSERT INTO unwatched VALUES (1)", "INSERT INTO unwatched VALUES (2)"
    )
    running.until(lambda r: r.offsets[-1]["gtids"] != before)


def test_rows_written_while_the_task_was_away_come_at_the_next_start(database, marker, start):
    running = start()
    running.until(streaming)
    marker(1)
    running.until(has_marker(1))
    running.stop()
    database.run(
        "CREATE TABLE made_meanwhile (id INT PRIMARY KEY, v TEXT)", "INSERT INTO made_meanwhile VALUES (1, 'x')"
    )
    marker(2)
    again = start(running.offsets[-1])
    again.until(has_marker(2))
    assert again.values("made_meanwhile") == [{"op": "c", "before": None, "after": {"id": 1, "v": "x"}}]
