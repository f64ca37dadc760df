"""Targets on real servers equal their source, also after crashes, whatever is sent again."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pymysql
import pytest

from rowtide_sdk import Consumer, RawMessage, TargetError
from rowtide_sdk.reader import Batch
from rowtide_sdk.testing import MemorySource
from rowtide_sdk.upsert import Upserter
from rowtide_sdk.upsert.mysql import MysqlTarget
from rowtide_sdk.upsert.postgres import PostgresTarget
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn
from tests.unit.sdk.source_table import COLUMNS, SourceTable, change_at_random

START_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A PostgreSQL server of its own. It refuses to run as root, so a user without rights runs it then."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL is missing: run bin/setup postgres"
    folder = tmp_path_factory.mktemp("postgres", numbered=True)
    for part in (folder, *folder.parents[:3]):
        part.chmod(part.stat().st_mode | 0o011)
    data, prefix = folder / "data", []
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    initdb = [
        *prefix,
        str(programs[-1] / "initdb"),
        "-D",
        str(data),
        "-U",
        "sdk",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    subprocess.run([*initdb, "--locale=C"], check=True, capture_output=True, cwd="/")
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    options = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*prefix, str(programs[-1] / "postgres"), *options], stdout=log, stderr=log, cwd="/")
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(_conninfo(port, "postgres")).close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _conninfo(port: int, database: str) -> str:
    return f"host=127.0.0.1 port={port} user=sdk dbname={database}"


@pytest.fixture
def postgres(postgres_port: int) -> PostgresTarget:
    name = f"t{uuid.uuid4().hex[:10]}"
    with psycopg.connect(_conninfo(postgres_port, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return PostgresTarget(_conninfo(postgres_port, name))


@pytest.fixture
def mariadb(mariadb_port: int) -> Iterator[MysqlTarget]:
    name = f"t{uuid.uuid4().hex[:10]}"
    control = pymysql.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
    with control.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield MysqlTarget(host="127.0.0.1", port=mariadb_port, user="root", database=name)
        cursor.execute(f"DROP DATABASE {name}")
    control.close()


@pytest.fixture(params=["postgres", "mariadb"])
def target(request: pytest.FixtureRequest) -> Iterator[Target[Any]]:
    target: Target[Any] = request.getfixturevalue(request.param)
    yield target
    target.close()


class CrashError(Exception):
    """Stands for the end of the process."""


def follow(target: Target[Any], messages: list[RawMessage], *, crash_at: int = -1, items: int = 5) -> None:
    with Upserter(target, consumer="test") as upserter:
        reader = Consumer.of(MemorySource(messages), commit=upserter.offsets)
        for number, batch in enumerate(reader.batches(items, 0, idle_s=0)):
            if number == crash_at:
                _crash_in(upserter, target, batch)
                return
            upserter.apply(batch)


def _crash_in(upserter: Upserter, target: Target[Any], batch: Batch[Any]) -> None:
    """Does all of a batch, but ends before its commit."""

    def store(*_: object) -> None:
        raise CrashError

    upserter._books.store = store  # type: ignore[method-assign]
    with pytest.raises(CrashError):
        upserter.apply(batch)
    target.close()


def rows_of(target: Target[Any], table: str = "orders") -> list[dict[str, Any]]:
    target.connect()
    names = [name for name in target.columns(table) if not name.startswith("_")]
    rows = target.execute(f"SELECT {target.listed(names)} FROM {target.quoted(table)} ORDER BY id")
    return [dict(zip(names, row, strict=True)) for row in rows]


def expected(table: SourceTable) -> list[dict[str, Any]]:
    def day(value: int | None) -> date | None:
        return None if value is None else date(1970, 1, 1) + timedelta(value)

    return [row | {"day": day(row["day"])} for _, row in sorted(table.rows.items())]


@pytest.mark.servers
@pytest.mark.parametrize("seed", range(4))
def test_the_target_equals_the_source(target: Target[Any], seed: int) -> None:
    chooser = random.Random(seed)
    table = SourceTable()
    for _ in range(120):
        change_at_random(table, chooser)
        if chooser.random() < 0.03:
            table.sent_again(chooser)
    table.put(1, name="last")
    follow(target, table.messages, items=chooser.randrange(1, 30))
    assert rows_of(target) == expected(table)


@pytest.mark.servers
def test_after_a_crash_the_target_goes_on_where_it_was(target: Target[Any]) -> None:
    chooser = random.Random(5)
    table = SourceTable()
    for _ in range(100):
        change_at_random(table, chooser)
    table.put(1, name="last")
    for crash_at in (0, 1, 2, 1):
        follow(target, table.messages, crash_at=crash_at)
    follow(target, table.messages)
    assert rows_of(target) == expected(table)


@pytest.mark.servers
def test_columns_that_the_source_got_are_added(target: Target[Any]) -> None:
    table = SourceTable()
    table.put(1, name="a")
    table.columns = [*COLUMNS, {"field": 'no%te`"', "type": "string", "optional": True}]
    table.put(2, name="b", **{'no%te`"': "n%ew"})
    follow(target, table.messages, items=1)
    assert [row['no%te`"'] for row in rows_of(target)] == [None, "n%ew"]


@pytest.mark.servers
def test_values_of_every_kind_come_back_exactly(target: Target[Any]) -> None:
    values: dict[Kind, Any] = {
        Kind.SMALLINT: -32768,
        Kind.INTEGER: 2**31 - 1,
        Kind.BIGINT: -(2**63),
        Kind.DECIMAL: Decimal("-12345678901234567890.123456789"),
        Kind.DOUBLE: 1.7976931348623157e308,
        Kind.BOOLEAN: True,
        Kind.TEXT: "ß% \\ ' \" \n \U0001f600 ",
        Kind.BYTES: bytes(range(256)),
        Kind.DATE: date(9999, 12, 31),
        Kind.TIME: -timedelta(hours=838, minutes=59, seconds=58, microseconds=1),
        Kind.DATETIME: datetime(1000, 1, 1, 0, 0, 0, 1),  # noqa: DTZ001
        Kind.INSTANT: datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC),
        Kind.JSON: '{"b": 1, "a": [null]}',
        Kind.UUID: UUID("3e11fa47-71ca-11e1-9e33-c80aa9429562"),
    }
    columns = [TargetColumn("id", Kind.INTEGER, optional=False)]
    columns += [TargetColumn(kind.name.lower(), kind, precision=38, scale=9) for kind in values]
    columns.append(TargetColumn(POSITION_COLUMN, Kind.BYTES, length=20))
    target.connect()
    target.create_table("kinds", columns, ["id"])
    statement = UpsertStatement("kinds", tuple(column.name for column in columns), ("id",))
    target.upsert(statement, [[1, *map(target.value, values.values()), bytes(20)]])
    ((_, *found, _),) = target.execute(f"SELECT * FROM {target.quoted('kinds')}")
    assert [_seen(kind, value) for kind, value in zip(values, found, strict=True)] == list(values.values())


def _seen(kind: Kind, value: Any) -> Any:
    if kind is Kind.JSON and not isinstance(value, str):
        return '{"b": 1, "a": [null]}' if list(value.items()) == [("b", 1), ("a", [None])] else value
    if kind is Kind.UUID and isinstance(value, str):
        return UUID(value)
    if kind is Kind.INSTANT and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


@pytest.mark.servers
def test_what_the_target_refuses_is_an_error_and_nothing_of_the_batch_is_there(target: Target[Any]) -> None:
    table = SourceTable()
    table.put(1, name="a")
    follow(target, table.messages)
    table.columns = [*COLUMNS[:2], {**COLUMNS[2], "type": "string", "name": None}, COLUMNS[3]]
    table.put(2, name="b")
    table.put(3, total="no number")
    with pytest.raises(TargetError) as told:
        follow(target, table.messages)
    assert not told.value.retriable
    assert [row["id"] for row in rows_of(target)] == [1]
