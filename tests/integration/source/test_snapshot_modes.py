"""Snapshot modes beside `initial` on a real server, at first starts and at later ones."""

from __future__ import annotations

import pytest

from rowtide.errors import ConnectError, PositionLostError, ServerError
from tests.integration.source.test_task import _purge_to, has_marker, streaming

pytestmark = pytest.mark.servers

BASED = "snapshot__mode__configuration__based"
CHANGES_ON = {"include__schema__changes": "true"}


@pytest.fixture
def marker(database):
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)")
    return lambda number: database.run(f"INSERT INTO marker VALUES ({number})")


def stopped_at(start, marker, number=1, **options):
    """The offset of a task that was stopped behind a row."""
    running = start(**options)
    running.until(streaming)
    marker(number)
    running.until(has_marker(number))
    running.stop()
    return running.offsets[-1]


def operations(running, table="marker"):
    return [(value["op"], value["after"]["id"]) for value in running.values(table) if value["after"]]


def ddl(running):
    return [record.value["ddl"] for record in running.records if record.topic == "t"]


def test_always_reads_everything_at_every_start(database, marker, start):
    offset = stopped_at(start, marker, snapshot__mode="always")
    marker(2)
    again = start(offset, snapshot__mode="always", **CHANGES_ON)
    again.until(streaming)
    marker(3)
    again.until(has_marker(3))
    assert operations(again) == [("r", 1), ("r", 2), ("c", 3)]
    assert any(text.startswith("CREATE TABLE `marker`") for text in ddl(again))


def test_recovery_reads_definitions_and_goes_on_from_the_stored_offset(database, marker, start, tmp_path):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v INT)", "INSERT INTO item VALUES (1, 1)")
    offset = stopped_at(start, marker)
    marker(2)
    database.run("UPDATE item SET v = 2")
    (tmp_path / "history.jsonl").unlink()
    again = start(offset, snapshot__mode="recovery", **CHANGES_ON)
    again.until(has_marker(2))
    assert operations(again) == [("c", 2)]
    again.until(lambda r: r.values("item"))
    assert [value["after"] for value in again.values("item")] == [{"id": 1, "v": 2}]
    assert any(text.startswith("CREATE TABLE `item`") for text in ddl(again))
    positions = {record.value["source"]["pos"] for record in again.records if record.topic == "t"}
    assert positions == {offset["pos"]}, "definitions belong to the stored offset, so that later starts find them"
    again.stop()
    marker(3)
    third = start(again.offsets[-1])
    third.until(has_marker(3))
    assert ("c", 3) in operations(third)


def test_recovery_in_the_middle_of_a_transaction_sends_nothing_twice(database, marker, start, tmp_path):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v INT)")
    running = start()
    running.until(streaming)
    database.run("BEGIN", *(f"INSERT INTO item VALUES ({i}, {i})" for i in range(5)), "COMMIT")
    running.until(lambda r: len(r.values("item")) == 5)
    running.stop()
    rows = [number for number, record in enumerate(running.records) if record.topic.endswith(".item")]
    (tmp_path / "history.jsonl").unlink()
    again = start(running.offsets[rows[2]], snapshot__mode="recovery")
    marker(1)
    again.until(has_marker(1))
    assert operations(again, "item") == [("c", 3), ("c", 4)]


def test_recovery_needs_an_offset(database, marker, start):
    with pytest.raises(ConnectError, match="needs a stored offset"):
        start(snapshot__mode="recovery")


def test_when_needed_goes_on_where_it_was_while_it_can(database, marker, start):
    offset = stopped_at(start, marker, snapshot__mode="when_needed")
    marker(2)
    again = start(offset, snapshot__mode="when_needed")
    again.until(has_marker(2))
    assert operations(again) == [("c", 2)]


def test_when_needed_takes_a_new_snapshot_when_the_log_is_gone(database, marker, start):
    offset = stopped_at(start, marker)
    marker(2)
    database.run("FLUSH BINARY LOGS")
    marker(3)
    database.run("FLUSH BINARY LOGS")
    _purge_to(database, database.run("SHOW MASTER STATUS")[0][0])
    again = start(offset, snapshot__mode="when_needed")
    again.until(streaming)
    marker(4)
    again.until(has_marker(4))
    assert operations(again) == [("r", 1), ("r", 2), ("r", 3), ("c", 4)]


@pytest.mark.parametrize(
    ("check", "words"), [("true", "is no longer on"), ("false", "The server ended the binlog stream")]
)
def test_a_start_checks_that_the_log_is_there_unless_it_must_not(database, marker, start, check, words):
    offset = stopped_at(start, marker)
    database.run("FLUSH BINARY LOGS", "FLUSH BINARY LOGS")
    _purge_to(database, database.run("SHOW MASTER STATUS")[0][0])
    again = start(offset, gtid__ignore__on__recovery="true", internal__log__position__check__enable=check)
    with pytest.raises(PositionLostError, match=words):
        again.until(has_marker(2))


def test_when_needed_takes_a_new_snapshot_when_the_schema_history_is_lost(database, marker, start, tmp_path):
    offset = stopped_at(start, marker)
    marker(2)
    (tmp_path / "history.jsonl").unlink()
    again = start(offset, snapshot__mode="when_needed")
    again.until(streaming)
    marker(3)
    again.until(has_marker(3))
    assert operations(again) == [("r", 1), ("r", 2), ("c", 3)]


def test_configuration_based_takes_definitions_alone(database, marker, start):
    marker(1)
    running = start(
        snapshot__mode="configuration_based",
        **{f"{BASED}__snapshot__schema": "true", f"{BASED}__start__stream": "true"},
    )
    running.until(streaming)
    marker(2)
    running.until(has_marker(2))
    assert operations(running) == [("c", 2)]


def test_configuration_based_without_a_stream_ends_with_the_snapshot(database, marker, start):
    marker(1)
    flags = {f"{BASED}__snapshot__schema": "true", f"{BASED}__snapshot__data": "true"}
    running = start(snapshot__mode="configuration_based", **flags)
    running.until(has_marker(1))
    marker(2)
    for _ in range(5):
        running.poll()
    assert operations(running) == [("r", 1)]


def test_configuration_based_may_keep_definitions_to_itself(database, marker, start, tmp_path):
    marker(1)
    flags = {f"{BASED}__snapshot__data": "true", f"{BASED}__start__stream": "true"}
    running = start(snapshot__mode="configuration_based", **flags, **CHANGES_ON)
    running.until(streaming)
    marker(2)
    running.until(has_marker(2))
    assert operations(running) == [("r", 1), ("c", 2)]
    assert ddl(running) == []


@pytest.mark.parametrize(("action", "fails"), [("warn", False), ("fail", True)])
def test_the_guardrail_counts_tables(database, marker, start, action, fails, caplog):
    database.run("CREATE TABLE one (id INT)", "CREATE TABLE two (id INT)")
    options = {"guardrail__collections__max": "2", "guardrail__collections__limit__action": action}
    if fails:
        with pytest.raises(ConnectError, match=r"definitions of 3 tables, but guardrail\.collections\.max is 2"):
            start(**options)
    else:
        start(**options)
        assert "guardrail.collections.max is 2" in caplog.text


def test_a_heartbeat_runs_its_query(database, marker, start):
    database.run("CREATE TABLE beats (id INT AUTO_INCREMENT PRIMARY KEY)")
    database.run(f"GRANT INSERT ON {database.name}.beats TO cdc@'%'")
    running = start(
        heartbeat__interval__ms="100",
        heartbeat__action__query=f"INSERT INTO {database.name}.beats VALUES ()",
        topic__heartbeat__name="all-beats",
    )
    running.until(lambda r: len(r.values("beats")) >= 2)
    assert {"all-beats"} <= {record.topic for record in running.records}
    database.run(f"REVOKE INSERT ON {database.name}.beats FROM cdc@'%'")


@pytest.mark.parametrize("query", ["DELETE FROM nowhere.at_all", "INSRT INTO x"])
def test_a_heartbeat_query_that_cannot_work_is_an_error(database, marker, start, query):
    running = start(heartbeat__interval__ms="100", heartbeat__action__query=query)
    with pytest.raises(ServerError, match=r"heartbeat\.action\.query cannot be run"):
        running.until(lambda _: False)


def test_a_table_that_the_server_cannot_describe_stops_only_who_captures_it(database, marker, start):
    database.run(
        "CREATE TABLE part (a INT) ENGINE=MyISAM",
        "CREATE TABLE merged (a INT) ENGINE=MERGE UNION=(part)",
        "DROP TABLE part",
    )
    marker(1)
    options = {"schema__history__internal__store__only__captured__databases__ddl": "false"}
    running = start(table__include__list=f"{database.name}.marker", **options)
    running.until(streaming)
    assert operations(running) == [("r", 1)]
    with pytest.raises(ServerError, match=r"merged|differently defined"):
        start(**options).until(streaming)
