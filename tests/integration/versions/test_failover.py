"""A connector that goes on at a replica of the server that it read before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rowtide.errors import PositionLostError
from rowtide_dev import version_servers
from rowtide_dev.processes import Guard
from tests.integration.versions import servers
from tests.integration.versions.conditions import has_marker, streaming
from tests.integration.versions.conftest import Database
from tests.integration.versions.servers import VersionServer

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class Pair:
    primary: VersionServer
    replica: VersionServer

    def wait(self) -> None:
        """Until the replica has what the primary has."""
        variable = "gtid_current_pos" if self.primary.flavor == "mariadb" else "gtid_executed"
        wanted = _gtids(self.primary, variable)
        deadline = time.monotonic() + 60
        while not _covers(self.primary.flavor, _gtids(self.replica, variable), wanted):
            assert time.monotonic() < deadline, "the replica does not follow"
            time.sleep(0.05)

    def replicate(self, *, on: bool) -> None:
        words = "SLAVE" if self.primary.flavor == "mariadb" else "REPLICA"
        _run(self.replica, f"{'START' if on else 'STOP'} {words}")


def _gtids(server: VersionServer, variable: str) -> str:
    return _run(server, f"SELECT @@GLOBAL.{variable}")[0][0]


def _covers(flavor: str, reached: str, wanted: str) -> bool:
    from rowtide.source.positions import gtid_set

    return gtid_set(flavor, wanted).is_subset(gtid_set(flavor, reached))


def _run(server: VersionServer, *statements: str) -> list[tuple]:
    with server.connect() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.fixture(scope="module", params=[n for n in servers.wanted() if f"{n}-replica" in version_servers.REPLICAS])
def pair(request, state) -> Iterator[Pair]:
    """Servers of their own: other tests write transactions without GTIDs, which no replica takes."""
    name = request.param
    folder = state / "pair"
    replica = version_servers.version_server(f"{name}-replica", folder)
    assert isinstance(replica, version_servers.Replica)
    with Guard() as guard:
        for service in (replica.primary, replica):
            service.start(guard)
        yield Pair(VersionServer.at(name, replica.primary.port), VersionServer.at(name, replica.port))
        for service in (replica, replica.primary):
            service.stop()


@pytest.fixture
def database(pair) -> Iterator[Database]:
    made = Database(pair.primary)
    made.run("CREATE TABLE marker (id INT PRIMARY KEY)", "CREATE TABLE item (id INT PRIMARY KEY, v INT)")
    yield made
    made.close()
    pair.wait()


def _ids(running) -> list[int]:
    return [value["after"]["id"] for value in running.values("item")]


def test_nothing_is_missing_or_twice_after_a_failover(pair, database, start) -> None:
    running = start(snapshot__mode="no_data")
    running.until(streaming)
    for number in range(20):
        database.run(f"INSERT INTO item VALUES ({number}, 0)")
    database.run("INSERT INTO marker VALUES (1)")
    running.until(has_marker(1))
    running.stop()
    database.run(*(f"INSERT INTO item VALUES ({number}, 0)" for number in range(20, 40)), "ALTER TABLE item ADD w INT")
    database.run("INSERT INTO item VALUES (40, 0, 7)", "INSERT INTO marker VALUES (2)")
    pair.wait()
    last = max(i for i, record in enumerate(running.records) if record.topic.endswith(".item"))
    there = start(running.offsets[last], database__port=str(pair.replica.port))
    there.until(has_marker(2))
    there.stop()
    assert _ids(running) == list(range(20))
    assert _ids(there) == list(range(20, 41))
    assert there.values("item")[-1]["after"]["w"] == 7
    assert {record.value["op"] for record in there.records if record.value is not None} == {"c"}  # no snapshot's r
    back = start(there.offsets[-1])
    database.run("INSERT INTO item VALUES (41, 0, 8)", "INSERT INTO marker VALUES (3)")
    back.until(has_marker(3))
    assert _ids(back) == [41]


def test_a_failover_within_a_transaction_goes_on_behind_the_last_row(pair, database, start) -> None:
    running = start(snapshot__mode="no_data")
    running.until(streaming)
    with database.another(autocommit=False) as connection, connection.cursor() as cursor:
        for number in range(5):
            cursor.execute(f"INSERT INTO item VALUES ({number * 2}, 0), ({number * 2 + 1}, 0)")
        connection.commit()
    database.run("INSERT INTO marker VALUES (1)")
    running.until(has_marker(1))
    running.stop()
    pair.wait()
    offset = next(offset for offset, id_ in zip(running.offsets, _ids(running), strict=False) if id_ == 4)
    there = start(offset, database__port=str(pair.replica.port))
    there.until(has_marker(1))
    assert _ids(there) == [5, 6, 7, 8, 9]


def test_a_replica_that_is_behind_is_no_place_to_start(pair, database, start) -> None:
    running = start(snapshot__mode="no_data")
    running.until(streaming)
    pair.wait()
    pair.replicate(on=False)
    try:
        database.run("INSERT INTO item VALUES (1, 0)", "INSERT INTO marker VALUES (1)")
        running.until(has_marker(1))
        running.stop()
        database.run("INSERT INTO marker VALUES (2)")
        there = start(_after(running.offsets[-1], database), database__port=str(pair.replica.port))
        with pytest.raises(PositionLostError, match="does not have transactions that the connector has read"):
            there.until(has_marker(2), limit_s=20)
    finally:
        pair.replicate(on=True)
    pair.wait()


def _after(offset: dict, database: Database) -> dict:
    """The offset at the end of the primary's log."""
    variable = "gtid_binlog_pos" if database.server.flavor == "mariadb" else "gtid_executed"
    return {**offset, "gtids": _gtids(database.server, variable).replace("\n", ""), "event": 0, "row": 0}


def test_rows_of_sources_that_are_not_wanted_are_left_out(pair, database, start) -> None:
    """On the replica both servers write; the connector of the replica wants the primary's rows alone."""
    pair.wait()
    running = start(
        snapshot__mode="no_data", gtid__source__includes=_source(pair.primary), database__port=str(pair.replica.port)
    )
    running.until(streaming)
    aside = ("SET SESSION gtid_domain_id = 9",) if pair.replica.flavor == "mariadb" else ()
    _run(pair.replica, *aside, f"INSERT INTO {database.name}.item VALUES (100, 0)")
    database.run("INSERT INTO item VALUES (1, 0)", "INSERT INTO marker VALUES (1)")
    running.until(has_marker(1))
    running.stop()
    assert _ids(running) == [1]
    _run(pair.replica, *aside, f"DELETE FROM {database.name}.item WHERE id = 100")
    database.run("INSERT INTO item VALUES (2, 0)", "INSERT INTO marker VALUES (2)")
    pair.wait()
    # On the primary there is nothing of what the replica wrote itself, and nobody wants it.
    there = start(running.offsets[-1], gtid__source__includes=_source(pair.primary))
    if pair.primary.flavor == "mariadb":
        return  # a position of MariaDB names domains; one that the primary never had cannot be served
    there.until(has_marker(2))
    assert _ids(there) == [2]


def _source(server: VersionServer) -> str:
    if server.flavor == "mariadb":
        return f"0-{_run(server, 'SELECT @@server_id')[0][0]}"
    return _run(server, "SELECT @@server_uuid")[0][0]
