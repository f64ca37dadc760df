"""Servers that keep and compare names in lower case (lower_case_table_names=1), as on Windows."""

from __future__ import annotations

import pytest

from rowtide_dev import version_servers
from rowtide_dev.processes import Guard
from tests.integration.versions.conditions import has_marker, streaming
from tests.integration.versions.conftest import Database
from tests.integration.versions.servers import VersionServer

pytestmark = pytest.mark.servers


@pytest.fixture
def lower_server(server, tmp_path):
    """Another server of the same version."""
    version = version_servers.VERSIONS[server.name]
    service = version_servers.VersionServer(
        server.name, version, tmp_path / "lower", always=("--lower-case-table-names=1",)
    )
    with Guard() as guard:
        service.start(guard)
        yield VersionServer.at(server.name, service.port)
        service.stop()


@pytest.fixture
def database(lower_server):
    made = Database(lower_server)
    yield made
    made.close()


def test_names_are_the_same_in_any_case(database, start, caplog) -> None:
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)", "CREATE TABLE Early (Id INT PRIMARY KEY)")
    database.run("INSERT INTO EARLY VALUES (1)")
    running = start()
    running.until(streaming)
    database.run(
        "CREATE TABLE Late (id INT PRIMARY KEY, v INT)",
        "ALTER TABLE LATE ADD COLUMN w INT",
        "ALTER TABLE eARLY ADD COLUMN w INT DEFAULT 7",
        "INSERT INTO Late VALUES (1, 2, 3)",
        "INSERT INTO Early (id) VALUES (2)",
        "INSERT INTO marker VALUES (1)",
    )
    running.until(has_marker(1))
    running.stop()
    database.run("INSERT INTO LATE VALUES (2, 3, 4)", "INSERT INTO marker VALUES (2)")
    again = start(running.offsets[-1])
    again.until(has_marker(2))
    records = [record for record in running.records + again.records if record.value is not None]
    seen = [(r.topic.rpartition(".")[2].lower(), tuple(dict(r.value["after"].items()).values())) for r in records]
    assert [row for row in seen if row[0] != "marker"] == [
        ("early", (1,)),
        ("late", (1, 2, 3)),
        ("early", (2, 7)),
        ("late", (2, 3, 4)),
    ]
    assert "present definition on the server" not in caplog.text
