"""Records what real Debezium writes for every column type, as the fixtures beside this file.

    python tests/golden/sdk/record.py --connect http://localhost:8083 --kafka localhost:9092 --database localhost:3306

Needs a Kafka Connect worker with Debezium's MariaDB connector, its broker, and a MariaDB server with row format binlog
where --user may create databases. What it creates has random names and is removed again; in the files they are
`recorded` (the topic prefix) and `sdk_recorded` (the database). Each variant of `manifest.json` becomes one file; a
line is one record, key and value as their exact text.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kafka
import kafka.admin
import pymysql
import requests

HERE = Path(__file__).parent
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
LAST_TABLE = "zz_last"
PREFIX, DATABASE = "recorded", "sdk_recorded"
TIMEOUT_S = 90
STOPPING_S = 3
"""After a DELETE is answered, a task may write for a moment, which would create its topics again."""


class Recording:
    """One run of one variant: its connector, database and topics."""

    def __init__(self, arguments: argparse.Namespace, variant: dict[str, Any]) -> None:
        self.arguments = arguments
        self.variant = variant
        number = uuid.uuid4().hex[:8]
        self.prefix = f"sdkrec{number}"
        # Its own too: a connector that is still stopping would write a later run's changes to its topics again.
        self.database = f"sdkdb{number}"
        self.connector_url = f"{arguments.connect}/connectors/{self.prefix}"
        host, port = arguments.database.rsplit(":", 1)
        self.server = {"host": host, "port": int(port), "user": arguments.user, "password": arguments.password}
        self.connection = pymysql.connect(**self.server, autocommit=True)

    def run(self) -> list[dict[str, Any]]:
        try:
            self._execute(
                [f"DROP DATABASE IF EXISTS {self.database}", f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4"]
            )
            self._execute([f"USE {self.database}", f"CREATE TABLE {LAST_TABLE} (id INT PRIMARY KEY)"])
            self._execute(_statements("before.sql"))
            self._start_connector()
            self._execute(_statements("changes.sql"))
            time.sleep(1.5)  # heartbeats are only sent with an event that comes later than their interval
            self._execute([f"INSERT INTO {LAST_TABLE} VALUES (1)"])
            return self._records()
        finally:
            requests.delete(self.connector_url, timeout=60).raise_for_status()
            time.sleep(STOPPING_S)
            self._execute([f"DROP DATABASE IF EXISTS {self.database}"])
            self._delete_topics()

    def _execute(self, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _start_connector(self) -> None:
        config = {
            "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
            "tasks.max": "1",
            "database.hostname": self.server["host"],
            "database.port": str(self.server["port"]),
            "database.user": self.server["user"],
            "database.password": self.server["password"],
            "database.server.id": str(int(self.prefix[-8:], 16) % 1_000_000 + 90_000),
            "database.include.list": self.database,
            "topic.prefix": self.prefix,
            "schema.history.internal.kafka.bootstrap.servers": self.arguments.kafka,
            "schema.history.internal.kafka.topic": f"{self.prefix}-history",
            # The server may have tables of others, which need not even be readable for the connector.
            "schema.history.internal.store.only.captured.tables.ddl": "true",
            "schema.history.internal.store.only.captured.databases.ddl": "true",
            "schema.history.internal.skip.unparseable.ddl": "true",
            "key.converter": JSON_CONVERTER,
            "value.converter": JSON_CONVERTER,
            **{name: value.replace(DATABASE, self.database) for name, value in self.variant["config"].items()},
        }
        requests.put(f"{self.connector_url}/config", json=config, timeout=60).raise_for_status()
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            tasks = requests.get(f"{self.connector_url}/status", timeout=30).json().get("tasks", [])
            if any(task["state"] == "FAILED" for task in tasks):
                raise SystemExit(tasks[0]["trace"])
            offsets = requests.get(f"{self.connector_url}/offsets", timeout=30).json().get("offsets", [])
            if offsets and not offsets[0]["offset"].get("snapshot"):
                return
            time.sleep(0.5)
        raise SystemExit(f"{self.prefix} was not streaming after {TIMEOUT_S} s")

    def _records(self) -> list[dict[str, Any]]:
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=self.arguments.kafka, auto_offset_reset="earliest", metadata_max_age_ms=1000
        )
        consumer.subscribe(pattern=f"^({self.prefix}|__debezium-heartbeat.{self.prefix})(?!-history)")
        records: list[dict[str, Any]] = []
        deadline = time.monotonic() + TIMEOUT_S
        try:
            while time.monotonic() < deadline:
                batches = consumer.poll(timeout_ms=2000).values()
                records += [self._line(message) for batch in batches for message in batch]
                if not batches and any(record["topic"].endswith(LAST_TABLE) for record in records):
                    break
            else:
                raise SystemExit(f"the last row never arrived ({len(records)} records)")
        finally:
            consumer.close()
        records.sort(key=lambda record: (record["topic"], record["offset"]))
        return [record for record in records if self._is_ours(record, records)]

    def _is_ours(self, record: dict[str, Any], records: list[dict[str, Any]]) -> bool:
        """Leaves out what others did on the server meanwhile: their DDL, and the bounds of their transactions."""
        if LAST_TABLE in (record["value"] or "") or record["topic"].endswith(LAST_TABLE):
            return False
        if record["topic"] == f"{PREFIX}.transaction":
            return any(DATABASE in other["value"] for other in records if other["key"] == record["key"])
        return DATABASE in record["topic"] + (record["value"] or "") or "heartbeat" in record["topic"]

    def _line(self, message: Any) -> dict[str, Any]:
        return {
            "topic": self._renamed(message.topic),
            "partition": message.partition,
            "offset": message.offset,
            "timestamp_ms": message.timestamp,
            "headers": [
                [name, None if value is None else self._renamed(value.decode())] for name, value in message.headers
            ],
            "key": None if message.key is None else self._renamed(message.key.decode()),
            "value": None if message.value is None else self._renamed(message.value.decode()),
        }

    def _renamed(self, text: str) -> str:
        return text.replace(self.prefix, PREFIX).replace(self.database, DATABASE)

    def _delete_topics(self) -> None:
        admin = kafka.admin.KafkaAdminClient(bootstrap_servers=self.arguments.kafka)
        topics = [name for name in admin.list_topics() if re.search(self.prefix, str(name))]
        if topics:
            admin.delete_topics(topics)
        admin.close()


def _statements(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [part.strip() for part in re.split(r";\n", text + "\n") if part.strip()]


def _variants(names: list[str]) -> Iterator[dict[str, Any]]:
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    for variant in manifest["variants"]:
        if not names or variant["file"] in names:
            yield variant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="files to record; all of the manifest by default")
    parser.add_argument("--connect", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--database", required=True, help="host:port as the connector sees it too")
    parser.add_argument("--user", default="root")
    parser.add_argument("--password", default="")
    arguments = parser.parse_args()
    for variant in _variants(arguments.files):
        records = Recording(arguments, variant).run()
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        (HERE / variant["file"]).write_text("".join(lines), encoding="utf-8")
        print(f"{variant['file']}: {len(records)} records", flush=True)


if __name__ == "__main__":
    main()
