"""A server of each version in turn, with a database and tasks that read it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from rowtide_dev import version_servers
from rowtide_dev.processes import Guard
from tests.integration.source import conftest as task_config
from tests.integration.source.conftest import Running
from tests.integration.versions import servers
from tests.integration.versions.servers import VersionServer


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session", params=servers.wanted())
def server(request: pytest.FixtureRequest, state: Path) -> Iterator[VersionServer]:
    """One that runs already where there is one, else one that is started for the tests that use it."""
    name = request.param
    port = servers.running().get(name)
    if port is not None:
        certificates = Path(os.environ.get("ROWTIDE_STATE", state)) / name / "tls"
        yield VersionServer.at(name, port, certificates if certificates.exists() else None)
        return
    service = version_servers.version_server(name, state)
    with Guard() as guard:
        service.start(guard)
        yield VersionServer.at(name, service.port, service.certificates if service.version.tls else None)
        service.stop()


class Database:
    """A database of one test on one server."""

    def __init__(self, server: VersionServer) -> None:
        self.server = server
        self.name = "ver_" + uuid.uuid4().hex[:8]
        self.connection = server.connect()
        self.run("SET SESSION sql_mode='', time_zone='+00:00'", f"CREATE DATABASE {self.name}", f"USE {self.name}")

    def run(self, *statements: str) -> list[tuple]:
        rows: list[tuple] = []
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows

    def another(self, **options: object) -> pymysql.Connection:
        return self.server.connect(**{"database": self.name, **options})

    def close(self) -> None:
        if self.server.version >= (5, 6):  # 5.5.9 crashes at dropping some tables
            self.run(f"DROP DATABASE {self.name}")
        self.connection.close()


@pytest.fixture
def database(server: VersionServer) -> Iterator[Database]:
    made = Database(server)
    yield made
    made.close()


@pytest.fixture
def config(database: Database, tmp_path: Path) -> dict[str, str]:
    """A connector of the test's database."""
    return connector_config(database.server, database.name, tmp_path / "history.jsonl")


def connector_config(server: VersionServer, database: str, history: Path) -> dict[str, str]:
    return task_config.connector_config(server.flavor, server.port, database, history) | task_config.ONLY_ROWS


@pytest.fixture
def start(config: dict[str, str]) -> Iterator:
    """Starts tasks and stops them after the test; each has a server id of its own."""
    running: list[Running] = []

    def run(offset=None, **changes: str) -> Running:
        changed = {**config, "database.server.id": task_config.new_server_id()}
        changed |= {name.replace("__", "."): value for name, value in changes.items()}
        running.append(Running(changed, offset))
        return running[-1]

    yield run
    for one in running:
        one.stop()
