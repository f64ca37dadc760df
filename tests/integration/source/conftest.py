"""A task run in the test's own process, with its history in a file."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pymysql
import pytest

from rowtide.connect.record import SourceRecord
from rowtide.source.task import BinlogTask

_ids = itertools.count(900_000)
ONLY_ROWS = {
    "include.schema.changes": "false",
    "schema.history.internal.store.only.captured.databases.ddl": "true",
}
"""Of connectors whose statements are not looked at."""


def new_server_id() -> str:
    return str(next(_ids))


def connector_config(flavor: str, port: int, database: str, history: Path) -> dict[str, str]:
    """A connector of one database, with a server id of its own and its history in a file."""
    return {
        "rowtide.flavor": flavor,
        "topic.prefix": "t",
        "database.hostname": "127.0.0.1",
        "database.port": str(port),
        "database.user": "cdc",
        "database.password": "cdc",
        "database.server.id": new_server_id(),
        "database.include.list": database,
        "schema.history.internal": "io.debezium.storage.file.history.FileSchemaHistory",
        "schema.history.internal.file.filename": str(history),
    }


class Context:
    """What the runtime tells a task."""

    connector_name = "test"
    task_id = 0

    def __init__(self, offset: Mapping[str, object] | None) -> None:
        # as it comes back from the offsets topic
        self._offset = None if offset is None else json.loads(json.dumps(dict(offset)))
        self.stopped = False

    def offset(self, partition: Mapping[str, object]) -> Mapping[str, object] | None:
        return self._offset

    def stopping(self) -> bool:
        return self.stopped


class Running:
    """A started task; `records` and `offsets` grow with each poll."""

    def __init__(self, config: Mapping[str, str], offset: Mapping[str, object] | None = None) -> None:
        self.records: list[SourceRecord] = []
        self.offsets: list[dict[str, object]] = []
        self.context = Context(offset)
        self.task = BinlogTask()
        self.task.start(config, self.context)

    def poll(self, timeout_s: float = 0.2) -> int:
        batches = self.task.poll(timeout_s)
        for batch in batches:
            self.records += list(batch)
            self.offsets += [dict(batch.source_offset(i)) for i in range(len(batch))]
        return sum(map(len, batches))

    def until(self, condition, limit_s: float = 30.0) -> None:
        deadline = time.monotonic() + limit_s
        while not condition(self):
            assert time.monotonic() < deadline, f"not within {limit_s} s; {len(self.records)} records came"
            self.poll()

    def values(self, table: str) -> list[dict[str, object]]:
        """op, before and after of the data records of a table, as plain values."""
        found = []
        for record in self.records:
            if record.topic.endswith(f".{table}") and record.value is not None:
                value = {name: _plain(part) for name, part in record.value.items() if name in ("op", "before", "after")}
                found.append(value)
        return found

    def stop(self) -> None:
        self.context.stopped = True
        self.task.stop()


def _plain(value: object) -> object:
    return dict(value.items()) if hasattr(value, "items") else value


class Database:
    """A database of one test."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.name = "src_" + uuid.uuid4().hex[:8]
        self.connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        self.run(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4", f"USE {self.name}")

    def run(self, *statements: str) -> list[tuple]:
        rows: list[tuple] = []
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows

    def another(self):
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=self.name, autocommit=False)

    def close(self) -> None:
        self.run(f"DROP DATABASE {self.name}")
        self.connection.close()


@pytest.fixture
def database(mariadb_port) -> Iterator[Database]:
    made = Database(mariadb_port)
    yield made
    made.close()


@pytest.fixture
def config(database, tmp_path):
    """A connector of the test's database."""
    return connector_config("mariadb", database.port, database.name, tmp_path / "history.jsonl") | ONLY_ROWS


@pytest.fixture
def start(config):
    """Starts tasks and stops them after the test."""
    running: list[Running] = []

    def run(offset=None, **changes):
        changed = {**config, **{name.replace("__", "."): value for name, value in changes.items()}}
        running.append(Running(changed, offset))
        return running[-1]

    yield run
    for one in running:
        one.stop()
