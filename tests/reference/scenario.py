"""Runs one scenario through connectors of several workers at once, all on the same server; collects what they wrote.

A scenario is a folder: connector.json (the connector's configuration without connection settings; {prefix} stands for
its topic prefix), before.sql (what the snapshot finds) and changes.sql (run once all stream). A statement ends with a
semicolon at the end of a line; a line that starts with `-- ` is a comment. They run in the database `twin`, in one
session.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from rowtide_dev.connect_rest import ConnectRest
from rowtide_dev.topic_reading import read_topics, topics
from tests.reference import comparison

DATABASE = "twin"
LAST_TABLE = "zz_last"
CONNECTOR_CLASSES = {
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
}
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
START_TIMEOUT_S = 60
ARRIVAL_TIMEOUT_S = 60
OFFSETS_QUIET_S = 3.0  # longer than both workers' flush interval, which is a second
OFFSETS_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Scenario:
    folder: Path

    @property
    def config(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "connector.json").read_text())
        return found

    def statements(self, name: str) -> list[str]:
        lines = (self.folder / name).read_text().splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("-- ")) + "\n"
        return [part.strip() for part in text.split(";\n") if part.strip()]


@dataclass(frozen=True, slots=True)
class Side:
    """A worker that takes part."""

    name: str
    rest: ConnectRest
    prefix: str


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """Attributes:
    flavor: "mariadb" or "mysql".
    port: on 127.0.0.1; users root (no password) and cdc (password cdc).
    """

    flavor: str
    port: int


def run(
    scenario: Scenario, urls: dict[str, str], kafka: str, server: DatabaseServer
) -> dict[str, list[dict[str, Any]]]:
    """What each side wrote: its records in comparable form, and its committed offsets as a last one.

    Args:
        urls: REST address of each side's worker, by a name for it.
    """
    run_id = uuid.uuid4().hex[:8]
    # Prefixes of equal length, so that nothing that is cut to a length differs.
    sides = [Side(name, ConnectRest(url), f"tw{number}{run_id}") for number, (name, url) in enumerate(urls.items())]
    database = pymysql.connect(host="127.0.0.1", port=server.port, user="root", autocommit=True)
    with database:
        prepare = [
            f"DROP DATABASE IF EXISTS {DATABASE}",
            f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4",
            f"USE {DATABASE}",
        ]
        last = f"CREATE TABLE {LAST_TABLE} (id INT PRIMARY KEY)"
        _execute(database, [*prepare, last, *scenario.statements("before.sql")])
        dumps_before = _dump_threads(database)
        try:
            for number, side in enumerate(sides):
                side.rest.put_config(side.prefix, _config(scenario, side, kafka, server, number))
            _wait_until_all_stream(database, sides, dumps_before)
            _execute(database, [*scenario.statements("changes.sql"), f"INSERT INTO {LAST_TABLE} VALUES (1)"])
            _wait_for_the_last_row(sides, kafka)
            offsets = _settled_offsets(sides)
        finally:
            for side in sides:
                if side.prefix in side.rest.connectors():
                    side.rest.delete(side.prefix)
    return {side.name: _captured(side, kafka, offsets[side.name]) for side in sides}


def _config(scenario: Scenario, side: Side, kafka: str, server: DatabaseServer, number: int) -> dict[str, str]:
    given = {name: value.replace("{prefix}", side.prefix) for name, value in scenario.config.items()}
    return {
        "connector.class": CONNECTOR_CLASSES[server.flavor],
        "tasks.max": "1",
        "database.hostname": "127.0.0.1",
        "database.port": str(server.port),
        "database.user": "cdc",
        "database.password": "cdc",
        "database.server.id": str(int(uuid.uuid4().hex[:5], 16) * 4 + 10_000 + number),
        "topic.prefix": side.prefix,
        "database.include.list": DATABASE,
        "schema.history.internal.kafka.bootstrap.servers": kafka,
        "schema.history.internal.kafka.topic": f"{side.prefix}.history",
        "key.converter": JSON_CONVERTER,
        "value.converter": JSON_CONVERTER,
        **given,
    }


def _execute(database: Any, statements: list[str]) -> None:
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _dump_threads(database: Any) -> set[int]:
    with database.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
        return {row[0] for row in cursor.fetchall()}


def _wait_until_all_stream(database: Any, sides: list[Side], before: set[int]) -> None:
    """Connectors stream when the server sends each the binlog."""

    def streaming() -> bool:
        failures = [failure for side in sides if (failure := side.rest.failure(side.prefix))]
        assert not failures, failures[0]
        return len(_dump_threads(database) - before) >= len(sides)

    first = sides[0]
    first.rest.wait_until(first.prefix, streaming, "all streaming", START_TIMEOUT_S)


def _wait_for_the_last_row(sides: list[Side], kafka: str) -> None:
    for side in sides:
        topic = [f"{side.prefix}.{DATABASE}.{LAST_TABLE}"]

        def arrived(topic: list[str] = topic) -> bool:
            return topics(kafka, topic[0]) == topic and bool(read_topics(kafka, topic)[topic[0]])

        side.rest.wait_until(side.prefix, arrived, "at the last row", ARRIVAL_TIMEOUT_S)


def _settled_offsets(sides: list[Side]) -> dict[str, Any]:
    """Each side's committed offsets, once they have not changed for a while."""
    current: dict[str, Any] = {}
    changed = begun = time.monotonic()
    while time.monotonic() - changed < OFFSETS_QUIET_S and time.monotonic() - begun < OFFSETS_TIMEOUT_S:
        now = {side.name: side.rest.offsets(side.prefix) for side in sides}
        if now != current:
            current, changed = now, time.monotonic()
        time.sleep(0.3)
    return current


def _captured(side: Side, kafka: str, offsets: Any) -> list[dict[str, Any]]:
    by_topic = read_topics(kafka, topics(kafka, side.prefix))
    records = [comparison.decoded(record, side.prefix) for name in sorted(by_topic) for record in by_topic[name]]
    return [*records, {"topic": "(committed offsets)", "value": comparison.renamed(offsets, side.prefix)}]
