"""Records what the real Debezium makes of the DDL in `cases/`, into `recorded/`.

    python -m tests.golden.ddl.record --connect URL --kafka HOST:PORT --mariadb PORT --mysql PORT [CASE...]

For each case and connector it makes the databases `rowtideddl` and `rowtideddl2`, lets a connector take a snapshot
without data, runs the statements, and keeps the records that come into the schema history for them. `{database}`
in a case is `rowtideddl`. Cases named `x.mysql.sql` or `x.mariadb.sql` are for that connector alone; those named
`comments` have comments included.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pymysql
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

HERE = Path(__file__).parent
DATABASE = "rowtideddl"
CONNECTORS = {
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
}
SEED, MARKER = "zz_seed", "zz_marker"
WAIT_S = 90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connect", required=True, help="URL of a Kafka Connect worker that has Debezium's connectors")
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mariadb", type=int, help="port of a MariaDB on 127.0.0.1")
    parser.add_argument("--mysql", type=int, help="port of a MySQL on 127.0.0.1")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    manifest_file = HERE / "manifest.json"
    manifest = json.loads(manifest_file.read_text()) if manifest_file.exists() else {}
    versions = {plugin["class"]: plugin["version"] for plugin in call("GET", f"{args.connect}/connector-plugins")}
    for flavor, port in (("mariadb", args.mariadb), ("mysql", args.mysql)):
        if port is None:
            continue
        for path in case_files(flavor):
            name = path.stem.partition(".")[0]
            if args.cases and name not in args.cases:
                continue
            recorder = Recorder(args.connect, args.kafka, flavor, port)
            records = recorder.record(path, comments=name == "comments")
            recorded_file(name, flavor).parent.mkdir(parents=True, exist_ok=True)
            recorded_file(name, flavor).write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n")
            print(f"{flavor} {path.stem}: {len(records['records'])} records of {len(records['logged'])} statements")
        manifest[flavor] = {
            "connector": CONNECTORS[flavor],
            "version": versions[CONNECTORS[flavor]],
            "server": server_version(port),
        }
    manifest_file.write_text(json.dumps({"made_by": "tests/golden/ddl/record.py", **manifest}, indent=1) + "\n")


def case_files(flavor: str) -> list[Path]:
    """The cases for this connector."""
    return [path for path in sorted((HERE / "cases").glob("*.sql")) if path.stem.partition(".")[2] in ("", flavor)]


def recorded_file(case: str, flavor: str) -> Path:
    return HERE / "recorded" / flavor / f"{case}.json"


def call(method: str, url: str, body: object = None) -> list[dict[str, str]] | dict[str, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=90) as answer:
        text = answer.read()
    return json.loads(text) if text else {}


def server_version(port: int) -> str:
    with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        return cursor.fetchone()[0]


def statements(path: Path) -> list[str]:
    """The statements of a case file: a semicolon at the end of a line ends one."""
    text = path.read_text(encoding="utf-8").replace("{database}", DATABASE)
    return [part.strip() for part in text.split(";\n") if part.strip()]


def log_position(cursor: pymysql.cursors.Cursor) -> tuple[str, int]:
    for statement in ("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"):
        try:
            cursor.execute(statement)
        except pymysql.Error:
            continue
        return cursor.fetchone()[:2]
    raise SystemExit("the server has no binary log")


def logged(cursor: pymysql.cursors.Cursor, begin: tuple[str, int]) -> list[list[str]]:
    """The statements in the log from there on that were executed in our databases."""
    cursor.execute("SHOW BINLOG EVENTS IN %s FROM %s", begin)
    found = []
    for _, _, kind, _, _, info in cursor.fetchall():
        statement = re.sub(r" /\* xid=\d+ \*/$", "", info)
        match = re.match(r"use `([^`]*)`; ", statement) or re.match(
            r"\w+ DATABASE (?:IF (?:NOT )?EXISTS )?`?(\w+)", statement
        )
        if kind.lower() == "query" and match and match[1].startswith(DATABASE):
            found.append([match[1], statement.removeprefix(f"use `{match[1]}`; ")])
    return found


class Recorder:
    def __init__(self, connect: str, kafka: str, flavor: str, port: int) -> None:
        self.name = f"{DATABASE}{uuid.uuid4().hex[:8]}"
        self.connect, self.kafka, self.flavor, self.port = connect, kafka, flavor, port

    def record(self, path: Path, *, comments: bool) -> dict[str, object]:
        """What the server logged of a case, [database, statement] each, and the history records that came of it.

        Of the records: database, statement and table changes; their positions differ each time.
        """
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True)
        with connection.cursor() as cursor:
            for name in (DATABASE, f"{DATABASE}2", f"{DATABASE}3"):
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            for name in (DATABASE, f"{DATABASE}2"):
                cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
                cursor.execute(f"CREATE TABLE {name}.{SEED} (id INT PRIMARY KEY)")
            cursor.execute(f"USE {DATABASE}")
            call("PUT", f"{self.connect}/connectors/{self.name}/config", self.config(comments=comments))
            try:
                self.wait_for_snapshot()
                begin = log_position(cursor)
                for statement in statements(path):
                    cursor.execute(statement)
                statements_logged = logged(cursor, begin)
                cursor.execute(f"CREATE TABLE {DATABASE}.{MARKER} (id INT PRIMARY KEY)")
                return {"logged": statements_logged, "records": self.history()}
            finally:
                call("DELETE", f"{self.connect}/connectors/{self.name}")
                for name in (DATABASE, f"{DATABASE}2", f"{DATABASE}3"):
                    cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                self.delete_topics()

    def config(self, *, comments: bool) -> dict[str, str]:
        return {
            "connector.class": CONNECTORS[self.flavor],
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": str(self.port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": str(int(self.name[-8:], 16) % 1_000_000 + 100_000),
            "topic.prefix": self.name,
            "database.include.list": f"{DATABASE}.*",
            "snapshot.mode": "no_data",
            "include.schema.comments": "true" if comments else "false",
            "include.schema.changes": "true" if comments or self.flavor == "mysql" else "false",
            "schema.history.internal.kafka.bootstrap.servers": self.kafka,
            "schema.history.internal.kafka.topic": f"{self.name}.history",
            "schema.history.internal.store.only.captured.databases.ddl": "true",
            "schema.history.internal.skip.unparseable.ddl": "true",  # of other databases, while tests run there
        }

    def wait_for_snapshot(self) -> None:
        """Until the snapshot's last statement is in the history and the stream has begun."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            self.fail_with_task()
            if any(
                "USE " in str(record.get("ddl")) and f"{DATABASE}2" in str(record.get("ddl"))
                for record in self.records()
            ):
                time.sleep(4)
                return
            time.sleep(0.5)
        raise SystemExit(f"{self.name}: no snapshot in {WAIT_S} s")

    def delete_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.kafka})
        topics = [name for name in admin.list_topics(timeout=10).topics if name.startswith(self.name)]
        for deletion in admin.delete_topics(topics).values() if topics else ():
            deletion.result()

    def fail_with_task(self) -> None:
        try:
            status = call("GET", f"{self.connect}/connectors/{self.name}/status")
        except urllib.error.HTTPError:
            return  # it is not known yet
        for task in status.get("tasks", []):
            if task["state"] == "FAILED":
                raise SystemExit(f"{self.name}: {task['trace'][:2000]}")

    def records(self) -> list[dict[str, object]]:
        consumer = Consumer(
            {"bootstrap.servers": self.kafka, "group.id": self.name + "-golden", "enable.auto.commit": False}
        )
        try:
            topic = TopicPartition(f"{self.name}.history", 0, 0)
            if topic.topic not in consumer.list_topics(timeout=10).topics:
                return []
            end = consumer.get_watermark_offsets(topic, timeout=10)[1]
            consumer.assign([topic])
            found: list[dict[str, object]] = []
            while len(found) < end:
                message = consumer.poll(5)
                if message is not None and not message.error():
                    found.append(json.loads(message.value()))
            return found
        finally:
            consumer.close()

    def history(self) -> list[dict[str, object]]:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            records = [record for record in self.records() if not record["position"].get("snapshot")]
            if any(f'"{MARKER}"' in json.dumps(record["tableChanges"]).replace("\\", "") for record in records):
                kept = ("databaseName", "ddl", "tableChanges")
                return [{name: record[name] for name in kept if name in record} for record in records][:-1]
            self.fail_with_task()
            time.sleep(1)
        raise SystemExit(f"{self.name}: the marker did not arrive in {WAIT_S} s")


if __name__ == "__main__":
    main()
