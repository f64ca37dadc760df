"""The dump connection against real servers: starting points, heartbeats, errors, loss, closing."""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import replace

import pytest

from rowtide.binlog.client import BinlogClient
from rowtide.binlog.events import (
    FormatDescription,
    GtidList,
    Heartbeat,
    MariadbGtid,
    MysqlGtid,
    PreviousGtids,
    Query,
    Rotate,
    Rows,
    RowsQuery,
)
from rowtide.errors import AccessError, PositionLostError, ServerError, ServerUnavailableError
from tests.integration.binlog.conftest import Server, read_until

pytestmark = pytest.mark.servers


def _has_gtids(server: Server) -> bool:
    return server.settings.flavor == "mariadb" or server.version >= (5, 6, 5)


def test_a_dump_from_a_position_begins_with_file_and_format(server: Server) -> None:
    start = server.position()
    server.execute(f"CREATE TABLE {server.database}.t (id INT)")
    rotate, description, *events = server.events_since(start)
    assert isinstance(rotate, Rotate)
    assert (rotate.file, rotate.next_pos) == start
    assert isinstance(description, FormatDescription)
    assert description.mariadb == (server.settings.flavor == "mariadb")
    assert events[0].position == start[1]
    statement = events[-1]
    assert isinstance(statement, Query)
    assert statement.sql == f"CREATE TABLE {server.database}.t (id INT)"


@pytest.mark.parametrize("annotate", [True, False])
def test_positions_are_those_of_the_file(server: Server, annotate: bool) -> None:
    file, position = server.position()
    server.execute(
        f"CREATE TABLE {server.database}.t (id INT PRIMARY KEY, b LONGTEXT)",
        f"INSERT INTO {server.database}.t VALUES (1, 'a'), (2, REPEAT('b', 20000))",
        f"UPDATE {server.database}.t SET b = 'c'",
    )
    events = server.events_since((file, position), annotate_rows=annotate)
    found = [event for event in events if not event.header.artificial and not isinstance(event, Heartbeat)]
    listed = server.select(f"SHOW BINLOG EVENTS IN '{file}' FROM {position} LIMIT {len(found) + 5}")
    positions = {row[1]: row[2] for row in listed}
    wanted = [pos for pos, kind in positions.items() if annotate or kind != "Annotate_rows"]
    assert [event.position for event in found] == wanted[: len(found)]
    assert len(found) >= 8
    assert found[-1].header.next_position >= server.position()[1]


def test_a_dump_after_a_gtid_set_has_what_came_later_and_nothing_else(server: Server) -> None:
    if not _has_gtids(server):
        return
    server.execute(f"CREATE TABLE {server.database}.early (id INT)")
    done = server.executed_gtids()
    server.execute(f"CREATE TABLE {server.database}.late (id INT)")
    client = server.client()
    client.start_at_gtid(done)
    events = read_until(client, lambda e: isinstance(e, Query) and f"{server.database}.late" in e.sql)
    client.close()
    assert not [e for e in events if isinstance(e, Query) and "early" in e.sql]
    assert any(isinstance(e, MysqlGtid | MariadbGtid) for e in events)
    assert any(isinstance(e, PreviousGtids | GtidList) for e in events)


def test_a_silent_server_sends_heartbeats_with_its_position(server: Server) -> None:
    file, position = server.position()
    client = server.client(heartbeat_s=0.2)
    client.start_at_position(file, position)
    heartbeat = read_until(client, lambda e: isinstance(e, Heartbeat))[-1]
    client.close()
    assert isinstance(heartbeat, Heartbeat)
    assert heartbeat.file == file
    assert heartbeat.pos >= position


def test_mariadb_sends_the_statements_of_rows_when_asked_to_when_asked(server: Server) -> None:
    if server.settings.flavor != "mariadb":
        return
    start = server.position()
    server.execute(f"CREATE TABLE {server.database}.t (id INT)", f"INSERT INTO {server.database}.t VALUES (1)")
    statements = [e.sql for e in server.events_since(start, annotate_rows=True) if isinstance(e, RowsQuery)]
    assert statements == [f"INSERT INTO {server.database}.t VALUES (1)"]


def test_a_file_that_is_not_there_is_a_lost_position(server: Server) -> None:
    client = server.client()
    client.start_at_position("nothing.000009", 4)
    with pytest.raises(PositionLostError, match="snapshot"):
        _read_to_error(client)
    client.close()


def test_a_position_behind_the_end_of_its_file_is_lost(server: Server) -> None:
    file, position = server.position()
    client = server.client()
    client.start_at_position(file, position + 1_000_000_000)
    with pytest.raises(PositionLostError):
        _read_to_error(client)
    client.close()


def test_an_unknown_mariadb_gtid_is_a_lost_position(server: Server) -> None:
    if server.settings.flavor != "mariadb":
        return
    client = server.client()
    client.start_at_gtid("0-4711-999999999")
    with pytest.raises(PositionLostError, match="0-4711-999999999"):
        _read_to_error(client)
    client.close()


def _read_to_error(client: BinlogClient, timeout_s: float = 1.0) -> None:
    for _ in range(20):
        client.read(timeout_s)


def test_wrong_credentials_are_an_access_error(server: Server) -> None:
    client = BinlogClient(replace(server.settings, password="wrong"), server_id=4711)
    with pytest.raises(AccessError, match=r"database\.password"):
        client.start_at_position("x", 4)


def test_a_user_without_the_replication_right_is_told_which_to_grant(server: Server) -> None:
    user = f"u{server.database[-8:]}"
    server.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'x'")
    try:
        client = BinlogClient(replace(server.settings, user=user, password="x"), server_id=4712)
        position = server.position()
        with pytest.raises(AccessError, match="REPLICATION SLAVE"):
            client.start_at_position(*position)
    finally:
        server.execute(f"DROP USER '{user}'@'%'")


def test_close_from_another_thread_ends_a_waiting_read(server: Server) -> None:
    client = server.client(heartbeat_s=0)
    client.start_at_position(*server.position())
    client.read(1.0)
    started = time.monotonic()
    closer = threading.Timer(0.3, client.close)
    closer.start()
    while time.monotonic() < started + 0.3:
        client.read(30.0)
    assert time.monotonic() - started < 5
    closer.join()
    with pytest.raises(ServerUnavailableError, match="closed"):
        client.read(0.1)
    client.close()


def test_two_readers_with_one_server_id_are_noticed(server: Server) -> None:
    start = server.position()
    first = server.client(server_id=987_654)
    first.start_at_position(*start)
    first.read(1.0)
    second = server.client(server_id=987_654)
    second.start_at_position(*start)
    second.read(1.0)
    with pytest.raises(ServerError) as raised:
        _read_to_error(first)
    if isinstance(raised.value, ServerUnavailableError):
        assert "ended" in raised.value.message or "lost" in raised.value.message
    else:
        assert "database.server.id" in str(raised.value)
    first.close()
    second.close()


def test_a_killed_connection_is_unavailable_and_may_be_retried(server: Server) -> None:
    client = server.client()
    client.start_at_position(*server.position())
    client.read(1.0)
    dumps = server.select("SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
    number = max(row[0] for row in dumps)
    server.execute(f"KILL {number}")
    with pytest.raises(ServerUnavailableError) as raised:
        _read_to_error(client)
    assert raised.value.retriable
    client.close()


def test_silence_longer_than_allowed_counts_as_loss(server: Server) -> None:
    client = server.client(heartbeat_s=0, silence_s=0.5)
    client.start_at_position(*server.position())
    with pytest.raises(ServerUnavailableError, match="heartbeat"):
        _read_to_error(client, timeout_s=0.2)
    client.close()


def test_an_event_of_more_than_one_packet_is_joined(server: Server) -> None:
    size = min(server.select("SELECT @@max_allowed_packet")[0][0] - 1000, 9_000_000)
    count = 18_000_000 // size
    table = f"{server.database}.big"
    columns = ", ".join(f"c{i} LONGBLOB" for i in range(count))
    values = ", ".join(f"REPEAT('{chr(97 + i)}', {size})" for i in range(count))
    server.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, {columns}) ENGINE=MyISAM")
    start = server.position()
    server.execute(f"INSERT INTO {table} VALUES (1, {values})")
    (rows,) = [e for e in server.events_since(start) if isinstance(e, Rows)]
    assert rows.header.length > 0xFFFFFF
    ((_, after),) = rows.images()
    assert after == [1, *(bytes([97 + i]) * size for i in range(count))]


def test_the_stream_may_be_encrypted(server: Server) -> None:
    offered = {row[0]: row[1] for row in server.select("SHOW VARIABLES LIKE 'have_%ssl%'")}
    new_mysql = server.settings.flavor == "mysql" and server.version >= (8, 0)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    start = server.position()
    client = BinlogClient(replace(server.settings, ssl=context, ssl_required=True), server_id=4713, heartbeat_s=1)
    if not new_mysql and offered.get("have_ssl") != "YES":
        with pytest.raises(ServerError, match=r"SSL|TLS"):
            client.start_at_position(*start)
        return
    table = f"{server.database}.secret"
    server.execute(f"CREATE TABLE {table} (b LONGTEXT)", f"INSERT INTO {table} VALUES (REPEAT('x', 100000))")
    client.start_at_position(*start)
    events = read_until(client, lambda e: isinstance(e, Heartbeat))
    closer = threading.Timer(0.2, client.close)
    closer.start()
    began = time.monotonic()
    while not client.closed:
        client.read(30.0)
    assert time.monotonic() - began < 5
    assert [len(next(iter(e.images()))[1][0]) for e in events if isinstance(e, Rows)] == [100000]


def test_a_client_starts_once(server: Server) -> None:
    client = server.client()
    with pytest.raises(ServerUnavailableError, match="not started"):
        client.read(0.1)
    client.start_at_position(*server.position())
    with pytest.raises(ServerUnavailableError, match="once"):
        client.start_at_position(*server.position())
    client.close()
