"""Statements of every kind that servers accept (tests/golden/ddl/statements) while a task reads their log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from tests import servers
from tests.integration.source.conftest import Running, connector_config
from tests.integration.tables.judging import differences

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

FOLDER = Path(__file__).parents[2] / "golden" / "ddl" / "statements"
FLAVORS = {"mariadb": "mariadb", "mysql97": "mysql"}
FILES = {
    server: [file for file in sorted(FOLDER.glob("*.sql")) if file.stem.partition("-")[0] in ("shared", flavor)]
    for server, flavor in FLAVORS.items()
}
CASES = [(server, file) for server, files in FILES.items() for file in files]


def statements(file: Path) -> list[str]:
    return [part.strip() for part in (file.read_text() + "\n").split(";\n") if part.strip()]


def test_there_are_many() -> None:
    counts = {server: sum(len(statements(file)) for file in files) for server, files in FILES.items()}
    assert min(counts.values()) > 700, counts


class Session:
    """A database of its own on one server, and a task that reads it."""

    def __init__(self, server: str, folder: Path) -> None:
        self.flavor = FLAVORS[server]
        self.port = servers.mariadb_port() if server == "mariadb" else servers.port_of(server)
        self.name = "stm_" + uuid.uuid4().hex[:8]
        self.connection = self.connect()
        self.cursor = self.connection.cursor()
        self.cursor.execute(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        self.connection.select_db(self.name)
        self.cursor.execute("CREATE TABLE zz_marker (id INT PRIMARY KEY)")
        self.config = connector_config(self.flavor, self.port, self.name, folder / "history.jsonl")

    def connect(self) -> pymysql.Connection:
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True, charset="utf8mb4")

    def close(self) -> None:
        self.connection.close()
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.name}")


@pytest.fixture
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    made = Session(request.param, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("session", "file"), CASES, indirect=["session"], ids=[f"{server}-{file.stem}" for server, file in CASES]
)
def test_no_statement_stops_the_stream(session: Session, file: Path) -> None:
    task = Running(session.config)
    try:
        task.until(lambda running: running.task.metrics().get("connected") is True)
        for sql in statements(file):
            session.cursor.execute(sql)
            task.poll(0)
        _mark(session, task)
        _check(session, task)
    finally:
        task.stop()
    again = Running(session.config, task.offsets[-1])
    try:
        _check(session, again)
    finally:
        again.stop()


def _mark(session: Session, task: Running) -> None:
    with session.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {session.name}.zz_marker VALUES (1)")
    task.until(lambda running: bool(running.values("zz_marker")), limit_s=60)


def test_a_sequence_is_no_table(mariadb_port: int, tmp_path: Path) -> None:
    session = Session("mariadb", tmp_path)
    task = Running(session.config)
    try:
        task.until(lambda running: running.task.metrics().get("connected") is True)
        for sql in (
            "CREATE SEQUENCE s",
            "DO NEXTVAL(s), SETVAL(s, 500)",
            "ALTER SEQUENCE s RESTART 9",
            "DROP SEQUENCE s",
        ):
            session.cursor.execute(sql)
        session.cursor.execute("CREATE TABLE s (id INT PRIMARY KEY)")
        session.cursor.execute("INSERT INTO s VALUES (7)")
        _mark(session, task)
        assert [value["after"] for value in task.values("s")] == [{"id": 7}]
        _check(session, task)
    finally:
        task.stop()
        session.close()


def _check(session: Session, task: Running) -> None:
    parts = task.task._parts
    assert parts is not None
    with session.connect() as connection, connection.cursor() as cursor:
        assert differences(parts.schemas, cursor, session.name) == []
    figures = task.task.metrics()
    assert figures.get("unparsed_statements_last", []) == []
    assert figures.get("tables_waiting_since", {}) == {}
