"""Record what real Debezium makes of the cases in `cases/`, as `recorded/<case>.jsonl`.

    python -m tests.golden.records.record --connect URL --kafka HOST:PORT --db-host HOST --db-port PORT [CASE ...]

A case is a JSON file: `config` of the connector (without connection settings), `before` (statements run before the
connector starts), `changes` (statements run while it streams). Statements run in a database of their own,
`golden<random>`; its name and the topic prefix are replaced by `db` and `srv` in what is written. Lines are of three
kinds: `{"record": …}` in the order of their topic, with key, value and headers as text; `{"history": …}` values of
the schema history; `{"rows": …}` the final rows of a table as the text protocol gives them, in hexadecimal, with
session time zone +00:00 and `character_set_results` utf8mb4. `manifest.json` says what was asked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from pathlib import Path

import pymysql
import pymysql.converters
import requests
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

HERE = Path(__file__).parent
CLASSES = {
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
}
MARKER = "zz_marker"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--connect", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--db-host", required=True)
    parser.add_argument("--db-port", type=int, required=True)
    parser.add_argument("--flavor", default="mariadb", choices=CLASSES)
    parser.add_argument("--timeout", type=float, default=90)
    args = parser.parse_args()
    names = args.cases or sorted(path.stem for path in (HERE / "cases").glob("*.json"))
    (HERE / "recorded").mkdir(exist_ok=True)
    for name in names:
        case = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8"))
        lines = Recording(args, case).run()
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (HERE / "recorded" / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{name}: {len(lines)} lines")
    write_manifest(args)
    return 0


def write_manifest(args):
    plugins = requests.get(f"{args.connect}/connector-plugins", timeout=30).json()
    version = next(plugin["version"] for plugin in plugins if plugin["class"] == CLASSES[args.flavor])
    with pymysql.connect(host=args.db_host, port=args.db_port, user="root").cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        server = cursor.fetchone()[0]
    facts = {
        "connector": CLASSES[args.flavor],
        "connector version": version,
        "worker": requests.get(args.connect, timeout=30).json()["version"],
        "server": server,
        "made by": "tests/golden/records/record.py",
        "avoided": [
            "UUIDs that end in zero bytes: Debezium shifts them in streamed rows",
            "nanoseconds beyond 1677 to 2262: this version wraps them where 3.6.3 and later write null",
            "YEAR 0000 in snapshots: the driver fails on it",
        ],
    }
    (HERE / "manifest.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


class Recording:
    def __init__(self, args, case):
        self.args, self.case = args, case
        run = uuid.uuid4().hex[:8]
        self.database, self.prefix = f"golden{run}", f"srv{run}"
        self.connection = pymysql.connect(host=args.db_host, port=args.db_port, user="root", autocommit=True)

    def run(self):
        self.execute(f"CREATE DATABASE `{self.database}` CHARACTER SET utf8mb4")
        try:
            self.execute(f"USE `{self.database}`", f"CREATE TABLE {MARKER} (id INT PRIMARY KEY)")
            self.execute(*self.case["before"])
            self.start()
            try:
                self.wait_for_stream()
                self.execute(*self.case["changes"], f"INSERT INTO {MARKER} VALUES (1)")
                records = self.collect()
            finally:
                requests.delete(f"{self.args.connect}/connectors/{self.prefix}", timeout=90)
            return [*records, *self.rows()]
        finally:
            self.execute(f"DROP DATABASE `{self.database}`")

    def execute(self, *statements):
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("{db}", self.database))

    def start(self):
        config = {
            "connector.class": CLASSES[self.args.flavor],
            "tasks.max": "1",
            "database.hostname": self.args.db_host,
            "database.port": str(self.args.db_port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": str(uuid.uuid4().int % 1_000_000 + 100_000),
            "topic.prefix": self.prefix,
            "database.include.list": self.database,
            "schema.history.internal.kafka.bootstrap.servers": self.args.kafka,
            "schema.history.internal.kafka.topic": f"{self.prefix}.history",
            "schema.history.internal.store.only.captured.tables.ddl": "true",
            "schema.history.internal.store.only.captured.databases.ddl": "true",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            **{key: value.replace("{db}", self.database) for key, value in self.case["config"].items()},
        }
        answer = requests.put(f"{self.args.connect}/connectors/{self.prefix}/config", json=config, timeout=90)
        if answer.status_code != 201:
            sys.exit(f"PUT config answered {answer.status_code}: {answer.text[:2000]}")

    def wait_for_stream(self):
        deadline = time.monotonic() + self.args.timeout
        url = f"{self.args.connect}/connectors/{self.prefix}"
        while time.monotonic() < deadline:
            status = requests.get(f"{url}/status", timeout=30)
            failed = [task for task in status.json().get("tasks", []) if task["state"] == "FAILED"]
            if failed:
                sys.exit(f"task failed: {failed[0].get('trace', '')[:3000]}")
            answer = requests.get(f"{url}/offsets", timeout=30)
            offsets = answer.json().get("offsets", []) if answer.ok else []
            if offsets and all(entry["offset"] and not entry["offset"].get("snapshot") for entry in offsets):
                time.sleep(2)
                return
            time.sleep(0.5)
        sys.exit("the connector did not begin to stream")

    def collect(self):
        deadline = time.monotonic() + self.args.timeout
        settings = {"bootstrap.servers": self.args.kafka, "group.id": self.prefix, "enable.auto.commit": False}
        consumer = Consumer({**settings, "auto.offset.reset": "earliest"})
        admin = AdminClient({"bootstrap.servers": self.args.kafka})
        found, positions, done = {}, {}, False
        while not done and time.monotonic() < deadline:
            for topic, metadata in admin.list_topics(timeout=10).topics.items():
                if self.prefix in topic:
                    for partition in metadata.partitions:
                        positions.setdefault((topic, partition), 0)
            consumer.assign([TopicPartition(t, p, o) for (t, p), o in positions.items()])
            while (message := consumer.poll(1.0)) is not None:
                if not message.error():
                    positions[message.topic(), message.partition()] = message.offset() + 1
                    found.setdefault(message.topic(), []).append(message)
                    done = done or (message.topic().endswith(MARKER) and b'"op":"c"' in (message.value() or b""))
        consumer.close()
        if not done:
            sys.exit("the marker row never arrived")
        return [self.line(message) for topic in sorted(found) if MARKER not in topic for message in found[topic]]

    def line(self, message):
        if message.topic() == f"{self.prefix}.history":
            return {"history": json.loads(self.renamed(message.value()))}
        headers = [[name, self.renamed(value)] for name, value in message.headers() or []]
        return {
            "record": {
                "topic": self.renamed(message.topic().encode()),
                "partition": message.partition(),
                "key": self.renamed(message.key()),
                "value": self.renamed(message.value()),
                "headers": headers,
            }
        }

    def renamed(self, data):
        if data is None:
            return None
        return data.decode("utf-8", "backslashreplace").replace(self.prefix, "srv").replace(self.database, "db")

    def rows(self):
        address = {"host": self.args.db_host, "port": self.args.db_port}
        plain = dict(pymysql.converters.encoders)  # no decoders: cells stay bytes
        raw = pymysql.connect(**address, user="root", database=self.database, conv=plain, use_unicode=False)
        with raw.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = [row[0].decode() for row in cursor.fetchall()]
            cursor.execute("SET time_zone = '+00:00', character_set_results = utf8mb4")
            lines = []
            for table in tables:
                if table != MARKER:
                    cursor.execute(f"SELECT * FROM `{table}`")
                    rows = [[None if cell is None else cell.hex() for cell in row] for row in cursor.fetchall()]
                    lines.append({"rows": {"table": table, "rows": rows}})
        raw.close()
        return lines


if __name__ == "__main__":
    sys.exit(main())
