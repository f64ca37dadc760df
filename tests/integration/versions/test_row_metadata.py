"""Tables as their rows' events describe them, where servers log the whole metadata (binlog_row_metadata=FULL)."""

from __future__ import annotations

import random
from dataclasses import replace

import pymysql
import pytest

from rowtide.binlog.client import BinlogClient
from rowtide.binlog.events import TableMap
from rowtide.mysql.settings import ServerSettings
from rowtide.source.described_table import contradicts, described_table
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Column, Table, TableId
from rowtide.types import ValueModes, column_codec
from tests.integration.versions.column_kinds import alphabets, kinds
from tests.integration.versions.conditions import has_marker, streaming
from tests.integration.versions.random_tables import quoted, random_table

pytestmark = pytest.mark.servers

UNTOLD = {"UUID", "INET4", "INET6", "VECTOR"}
"""Types that MariaDB's events do not tell from BINARY and VARBINARY."""
BINARIES = {-2, -3}


@pytest.fixture
def full_metadata(database):
    """Whether the server logs all metadata now."""
    before = database.run("SHOW GLOBAL VARIABLES LIKE 'binlog_row_metadata'")
    if before:
        database.run("SET GLOBAL binlog_row_metadata = FULL")
    yield bool(before)
    if before:
        database.run(f"SET GLOBAL binlog_row_metadata = {before[0][1]}")


def test_the_description_is_that_of_the_statement(database, full_metadata) -> None:
    if not full_metadata:
        return  # before MySQL 8.0.1 and MariaDB 10.5 events describe no more than types
    server, r = database.server, random.Random(11)
    makers = kinds(server, alphabets(database.connection))
    start = _position(database)
    for number, name in enumerate(list(makers) * 3):
        table = random_table(f"t{number}", makers, server, r, name)
        try:
            database.run(table.create, table.insert(1, 1, r))
        except pymysql.err.MySQLError:
            continue  # a row too wide, a key too long: another table comes
    maps = list(_table_maps(database, start))
    assert len(maps) > len(makers)
    for table_map in maps:
        told = described_table(table_map, server.flavor)
        assert told is not None, table_map
        known = _from_statement(database, table_map.table)
        assert [_comparable(c) for c in told.columns] == [_comparable(c) for c in known.columns], known
        assert not contradicts(told, known)
        if "PRIMARY KEY" in database.run(f"SHOW CREATE TABLE {quoted(table_map.table)}")[0][1]:
            assert told.primary_key == known.primary_key


def _position(database) -> tuple[str, int]:
    new = database.server.since((8, 2), None)
    return database.run("SHOW BINARY LOG STATUS" if new else "SHOW MASTER STATUS")[0][:2]


def _table_maps(database, start):
    settings = ServerSettings(database.server.flavor, "127.0.0.1", database.server.port, "cdc", "cdc")
    end = _position(database)[1]
    client = BinlogClient(settings, server_id=909_001)
    client.start_at_position(*start)
    seen = set()
    try:
        done = False
        while not done:
            for event in client.read(1.0):
                if isinstance(event, TableMap) and event.database == database.name and event.table not in seen:
                    seen.add(event.table)
                    yield event
                done = done or event.header.next_position >= end
    finally:
        client.close()


def _from_statement(database, name: str) -> Table:
    schemas = SchemaState(database.server.flavor)
    schemas.apply(database.run(f"SHOW CREATE TABLE {quoted(name)}")[0][1], database.name)
    table = schemas.table(TableId(database.name, name))
    assert table is not None
    return table


def _comparable(column: Column) -> object:
    """What decides on the column's schema and values, its default aside."""
    if column.type_name in UNTOLD or column.jdbc_type in BINARIES:
        return column.name, column.optional
    without = replace(column, has_default=False, default=None, comment=None)
    codec = column_codec(without, ValueModes())
    assert codec is not None
    schema = codec.schema
    return column.name, schema.type, schema.name, schema.optional, schema.parameters, _text_charset(column)


def _text_charset(column: Column) -> str | None:
    """In one of its two names; of an ENUM the event says it too."""
    return None if column.charset is None else column.charset.replace("utf8mb3", "utf8")


def test_rows_of_a_dropped_table_that_the_history_does_not_know(database, start, full_metadata, caplog) -> None:
    database.run("CREATE TABLE marker (id INT PRIMARY KEY)")
    running = start(snapshot__mode="no_data")
    running.until(streaming)
    database.run("INSERT INTO marker VALUES (0)")
    running.until(has_marker(0))
    running.stop()
    database.run(
        "CREATE TABLE gone (id INT UNSIGNED PRIMARY KEY, name VARCHAR(20) CHARACTER SET latin1 NOT NULL, "
        "e ENUM('x','ü')) CHARACTER SET utf8",
    )
    offset = _forgetful_offset(database, running)
    database.run(
        "INSERT INTO gone VALUES (4000000000, 'grün', 'ü')", "DROP TABLE gone", "INSERT INTO marker VALUES (1)"
    )
    again = start(offset, schema__history__internal="io.debezium.relational.history.MemorySchemaHistory")
    again.until(has_marker(1))
    if not full_metadata:
        assert again.values("gone") == []
        assert "gone has 3 columns, but the schema history does not tell which" in caplog.text
        return
    (value,) = again.values("gone")
    assert value["after"] == {"id": 4_000_000_000, "name": "grün", "e": "ü"}
    (record,) = [record for record in again.records if record.topic.endswith(".gone")]
    assert record.key is not None
    assert dict(record.key.items()) == {"id": 4_000_000_000}


def _forgetful_offset(database, running) -> dict[str, object]:
    """An offset at the log's end: the statements before it are known to a history alone."""
    again = running.offsets[-1] | {}
    file, position = _position(database)
    status = database.run("SHOW BINARY LOG STATUS" if database.server.since((8, 2), None) else "SHOW MASTER STATUS")[0]
    if database.server.flavor == "mariadb":
        gtids = database.run("SELECT @@global.gtid_binlog_pos")[0][0]
    else:
        gtids = status[4].replace("\n", "") if len(status) > 4 else None
    again |= {"file": file, "pos": position, "event": 0, "row": 0}
    if gtids:
        again["gtids"] = gtids
    return again
