"""Makes the golden binlog files from running servers: `python -m tests.golden.binlog.make mariadb:3306 mysql:3307 …`.

Each server runs on this machine, so that its log can be read, with a root user without password. The rows of the
table of all types are compared with a SELECT before the files are written; everything else is for the reviewer of the
diff.
"""

from __future__ import annotations

import json
import random
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pymysql

from rowtide.binlog.events import Rows
from rowtide.errors import RowtideError
from rowtide.mysql.settings import ServerSettings
from tests.golden.binlog.describe import described, events_of
from tests.integration.binlog.conftest import Server
from tests.integration.binlog.test_live_values import _check, _columns, _compared, _selected

FOLDER = Path(__file__).parent
ROWS = 4
SEED = 20


def _plain(server: Server) -> Iterator[str]:
    db = server.database
    yield f"CREATE TABLE {db}.plain (id INT PRIMARY KEY, name VARCHAR(30), amount DECIMAL(10,2)) CHARACTER SET utf8mb4"
    yield f"INSERT INTO {db}.plain VALUES (1, 'één', 1.50), (2, NULL, -2), (3, 'three', NULL)"
    yield "BEGIN"
    yield f"UPDATE {db}.plain SET amount = amount * 2"
    yield f"UPDATE {db}.plain SET id = id + 10 WHERE name IS NULL"
    yield f"DELETE FROM {db}.plain WHERE id < 3"
    yield "COMMIT"
    yield f"ALTER TABLE {db}.plain ADD COLUMN later ENUM('a','ü') DEFAULT 'ü', DROP COLUMN amount"
    yield f"INSERT INTO {db}.plain (id, name) VALUES (20, 'after')"
    yield "SET NAMES latin1"
    yield f"CREATE TABLE {db}.`ümlaut` (id INT)"
    yield "SET NAMES utf8mb4"
    yield "XA START 'x1', 'branch'"
    yield f"INSERT INTO {db}.plain (id, name) VALUES (30, 'xa')"
    yield "XA END 'x1', 'branch'"
    yield "XA PREPARE 'x1', 'branch'"
    yield "XA COMMIT 'x1', 'branch'"
    yield f"TRUNCATE TABLE {db}.plain"


def _mysql_only(server: Server) -> Iterator[str]:
    db = server.database
    if server.version >= (5, 6, 2):
        yield "SET binlog_rows_query_log_events = 1"
        yield "SET binlog_row_image = MINIMAL"
        yield f"INSERT INTO {db}.plain (id, name) VALUES (40, 'minimal')"
        yield f"UPDATE {db}.plain SET name = 'less'"
        yield "SET binlog_row_image = FULL"
    if server.version >= (8, 0, 20):
        yield f"CREATE TABLE {db}.documents (id INT PRIMARY KEY, j JSON)"
        yield f'INSERT INTO {db}.documents VALUES (1, \'{{"a": [1, 2.50, "x"], "b": null}}\')'
        yield "SET binlog_row_value_options = PARTIAL_JSON"
        yield f"UPDATE {db}.documents SET j = JSON_SET(j, '$.a[0]', 9)"
        yield "SET binlog_row_value_options = ''"
        yield "SET binlog_transaction_compression = ON"
        yield f"INSERT INTO {db}.plain (id, name) SELECT 100 + id, REPEAT('z', 30) FROM {db}.plain"
        yield "SET binlog_transaction_compression = OFF"
    if server.version >= (8, 4):
        yield "SET gtid_next = 'AUTOMATIC:golden'"
        yield f"DELETE FROM {db}.plain"
        yield "SET gtid_next = 'AUTOMATIC'"


def _mariadb_only(server: Server) -> Iterator[str]:
    db = server.database
    yield f"INSERT INTO {db}.plain (id, name) SELECT seq, REPEAT('z', 30) FROM {db}.seq_1_to_20"
    yield f"UPDATE {db}.plain SET name = CONCAT(name) , id = id + 100"
    yield f"DELETE FROM {db}.plain"
    yield f"CREATE TABLE {db}.wide (a INT COMMENT '{'x' * 400}')"


def _make(address: str) -> None:
    flavor, port = address.split(":")
    root = pymysql.connect(host="127.0.0.1", port=int(port), user="root", charset="utf8mb4", autocommit=True)
    cursor = root.cursor()
    cursor.execute("SELECT VERSION(), @@log_bin_basename" if flavor == "mariadb" else "SELECT VERSION(), @@datadir")
    text, base = cursor.fetchone()
    version = tuple(int(part) for part in text.split("-")[0].split(".")[:3])
    settings = ServerSettings(flavor=flavor, host="127.0.0.1", port=int(port), user="root")
    server = Server(settings, version, f"golden_{uuid.uuid4().hex[:4]}", root)
    server.execute(f"CREATE DATABASE {server.database}", "SET SESSION sql_mode='', time_zone='+00:00'")
    start = server.position()
    columns = _columns(server)
    statements = list(_statements(server, columns))
    server.execute(*statements)
    end = server.position()
    assert start[0] == end[0], "the server began another file meanwhile"
    source = Path(base).parent if flavor == "mariadb" else Path(base)
    content = (source / start[0]).read_bytes()
    description_end = 4 + int.from_bytes(content[13:17], "little")
    path = FOLDER / f"{flavor}-{'.'.join(map(str, version))}.bin"
    path.write_bytes(content[:description_end] + content[start[1] : end[1]])
    _compare(server, path, columns)
    path.with_suffix(".txt").write_text("\n".join(described(path)) + "\n")
    manifest = {"server": text, "settings": _settings(server), "statements": statements}
    path.with_suffix(".json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    server.execute(f"DROP DATABASE {server.database}")


def _statements(server: Server, columns: dict) -> Iterator[str]:
    yield f"USE {server.database}"
    generator = random.Random(SEED)
    definitions = ", ".join(f"`{name}` {column.ddl}" for name, column in columns.items())
    options = "CHARACTER SET utf8mb4 ROW_FORMAT=DYNAMIC"
    yield f"CREATE TABLE {server.database}.alltypes (id INT PRIMARY KEY, {definitions}) {options}"
    for row in range(ROWS):
        values = ["NULL" if row == 0 else column.literal(generator) for column in columns.values()]
        yield f"INSERT INTO {server.database}.alltypes VALUES ({row}, {', '.join(values)})"
    yield from _plain(server)
    yield from _mariadb_only(server) if server.settings.flavor == "mariadb" else _mysql_only(server)


def _compare(server: Server, path: Path, columns: dict) -> None:
    rows = [e for e in events_of(path) if isinstance(e, Rows) and e.table_map.table == "alltypes"]
    got = [_compared(after, columns) for event in rows for _, after in event.images()]
    _check(_selected(server, f"{server.database}.alltypes", columns), got, columns)


def _settings(server: Server) -> dict[str, str]:
    rows = server.select(
        "SHOW VARIABLES WHERE variable_name LIKE 'binlog_row%' OR variable_name LIKE 'log_bin_compress%'"
    )
    return dict(rows)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        try:
            _make(argument)
        except RowtideError as error:
            sys.exit(f"{argument}: {error}")
