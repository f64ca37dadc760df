"""A server to write to and read the binlog of; MariaDB always, another one where its port is given."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pymysql
import pytest

from rowtide.binlog.client import BinlogClient
from rowtide.binlog.events import Event
from rowtide.mysql.settings import ServerSettings
from tests import servers

OTHER_PORTS = "ROWTIDE_TEST_BINLOG_PORTS"
"""More servers: `mysql:3306,mariadb:3307`."""


@dataclass
class Server:
    settings: ServerSettings
    version: tuple[int, ...]
    database: str
    root: pymysql.Connection

    def execute(self, *statements: str) -> None:
        with self.root.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def select(self, statement: str) -> tuple:
        with self.root.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def position(self) -> tuple[str, int]:
        new = self.settings.flavor == "mysql" and self.version >= (8, 2)
        row = self.select("SHOW BINARY LOG STATUS" if new else "SHOW MASTER STATUS")[0]
        return row[0], row[1]

    def executed_gtids(self) -> str:
        variable = "gtid_binlog_pos" if self.settings.flavor == "mariadb" else "gtid_executed"
        return self.select(f"SELECT @@global.{variable}")[0][0]

    def client(self, **options: object) -> BinlogClient:
        server_id = 1_000_000 + uuid.uuid4().int % 1_000_000
        return BinlogClient(self.settings, **{"server_id": server_id, "heartbeat_s": 1.0, **options})

    def events_since(self, start: tuple[str, int], **options: object) -> list[Event]:
        """All events from there to the log's present end."""
        end = self.position()
        client = self.client(**options)
        client.start_at_position(*start)
        try:
            return read_until(client, lambda event: event.header.next_position >= end[1])
        finally:
            client.close()


def read_until(client: BinlogClient, last, reads: int = 200) -> list[Event]:
    events: list[Event] = []
    for _ in range(reads):
        events += client.read(1.0)
        if events and last(events[-1]):
            return events
    raise AssertionError(f"the awaited event did not come among {len(events)}")


def _servers() -> list[tuple[str, str]]:
    others = [tuple(entry.split(":")) for entry in os.environ.get(OTHER_PORTS, "").split(",") if entry]
    return [("mariadb", ""), *others]


@pytest.fixture(params=_servers(), ids="".join)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    flavor, port = request.param
    number = int(port) if port else servers.mariadb_port()
    root = pymysql.connect(host="127.0.0.1", port=number, user="root", charset="utf8mb4", autocommit=True)
    database = f"binlog_{uuid.uuid4().hex[:8]}"
    with root.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        version = tuple(int(part) for part in cursor.fetchone()[0].split("-")[0].split(".")[:3])
        cursor.execute(f"CREATE DATABASE {database}")
        cursor.execute("SET SESSION sql_mode='', time_zone='+00:00'")
    settings = ServerSettings(flavor=flavor, host="127.0.0.1", port=number, user="cdc", password="cdc")
    yield Server(settings, version, database, root)
    with root.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {database}")
    root.close()
