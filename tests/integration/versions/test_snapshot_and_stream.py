"""The same rows read by a snapshot and by the stream, over random tables: equal schemas, equal values."""

from __future__ import annotations

import json
import os
import random
import re
from dataclasses import asdict

import pymysql
import pytest

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, Struct
from tests.integration.versions.column_kinds import alphabets, kinds
from tests.integration.versions.random_tables import RandomTable, random_table

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1200)]

ROWS = int(os.environ.get("ROWTIDE_TEST_VERSION_ROWS", "1000"))
ROWS_A_TABLE = 40
ROWS_A_STATEMENT = 20
LISTED = 20
REFUSED_MAX = 100


def test_a_snapshot_and_the_stream_read_the_same(database, start) -> None:
    seed = int(os.environ.get("ROWTIDE_TEST_SEED", random.randrange(10**6)))
    print(f"ROWTIDE_TEST_SEED={seed}")
    stream = start(snapshot__mode="no_data")
    stream.until(lambda running: running.task.metrics().get("connected") is True)
    tables = list(_filled(database, random.Random(seed)))
    database.run("CREATE TABLE the_end (id INT PRIMARY KEY)", "INSERT INTO the_end VALUES (1)")
    stream.until(lambda running: any(_table(record) == "the_end" for record in running.records), limit_s=300)
    snapshot = start(
        snapshot__mode="initial_only",
        schema__history__internal="io.debezium.relational.history.MemorySchemaHistory",
    )
    snapshot.until(lambda running: not running.poll() and running.records, limit_s=300)
    streamed, selected = _by_row(stream.records), _by_row(snapshot.records)
    differing = [line for table in tables for line in _differences(table, streamed, selected)]
    if differing:
        pytest.fail(f"{len(differing)} tables differ\n" + "\n".join(differing[:LISTED]), pytrace=False)
    assert streamed.keys() == selected.keys()
    assert len(streamed) >= ROWS


def _filled(database, r: random.Random):
    """Makes and fills tables until there are enough rows; each kind of column is in one of them at least."""
    server = database.server
    makers = kinds(server, alphabets(database.connection))
    number, refused = 0, 0
    names = list(makers)
    while number < max(len(names), ROWS // ROWS_A_TABLE):
        table = random_table(f"t{number}", makers, server, r, names[number % len(names)])
        try:
            database.run(table.create)
        except pymysql.err.MySQLError as error:
            refused += 1  # a row too wide, a key too long: what the server allows is not ours to know
            if refused > REFUSED_MAX:
                raise AssertionError(f"{REFUSED_MAX} tables refused, the last one: {table.create}") from error
            continue
        first = 1
        while first <= ROWS_A_TABLE:
            count = r.randint(1, ROWS_A_STATEMENT)
            database.run(table.insert(first, count, r))
            first += count
        number += 1
        yield table
    print(f"{number} tables, {refused} refused")


def _table(record: SourceRecord) -> str:
    return record.topic.rpartition(".")[2]


def _by_row(records: list[SourceRecord]) -> dict[tuple[str, int], SourceRecord]:
    found = {}
    for record in records:
        assert record.value is not None
        after = record.value["after"]
        assert (_table(record), after["id"]) not in found
        found[_table(record), after["id"]] = record
    return found


def _differences(table: RandomTable, streamed: dict, selected: dict) -> list[str]:
    lines: list[str] = []
    schemas_compared = False
    for key, record in streamed.items():
        if key[0] != table.name:
            continue
        other = selected.get(key)
        if other is None:
            lines.append(f"{key}: not in the snapshot")
            continue
        if not schemas_compared:
            lines += _schema_differences(table, record, other)
            schemas_compared = True
        lines += _value_differences(key, record, other)
    return [f"{line}\n    {table.create}" for line in lines[:1]]


def _schema_differences(table: RandomTable, streamed: SourceRecord, selected: SourceRecord) -> list[str]:
    assert streamed.value_schema is not None
    assert selected.value_schema is not None
    mine, theirs = _described(streamed.value_schema.field("after")), _described(selected.value_schema.field("after"))
    names = [field["name"] for field in mine["fields"]]
    if names != [field["name"] for field in theirs["fields"]]:
        return [f"{table.name}: columns {names} and {[field['name'] for field in theirs['fields']]}"]
    lines = [
        f"{table.name}.{one['name']}: streamed {one}, snapshot {two}"
        for one, two in zip(mine["fields"], theirs["fields"], strict=True)
        if one != two
    ]
    keys = [None if record.key_schema is None else _described(record.key_schema) for record in (streamed, selected)]
    return lines + ([f"{table.name}: key {keys[0]} and {keys[1]}"] if keys[0] != keys[1] else [])


def _described(schema: Schema) -> dict:
    return asdict(schema)


def _value_differences(key: tuple[str, int], streamed: SourceRecord, selected: SourceRecord) -> list[str]:
    assert streamed.value is not None
    assert selected.value is not None
    lines = []
    after = streamed.value["after"]
    for name, value in after.items():
        schema = after.schema.field(name)
        other = selected.value["after"][name]
        if _comparable(value, schema) != _comparable(other, schema):
            lines.append(f"{key}.{name}: streamed {value!r}, snapshot {other!r}")
    if repr(streamed.key) != repr(selected.key) and not _has_zoned_key(streamed):
        lines.append(f"{key}: keys {streamed.key!r} and {selected.key!r}")
    return lines


def _has_zoned_key(record: SourceRecord) -> bool:
    return record.key_schema is not None and any(
        "ZonedTimestamp" in str(f.schema.name) for f in record.key_schema.fields
    )


def _comparable(value: object, schema: Schema) -> object:
    """Without what Debezium, too, shows differently: blanks and numbers of JSON, trailing zeros of a TIMESTAMP."""
    if isinstance(value, Struct):
        return [_comparable(part, field.schema) for part, field in zip(value.values, schema.fields, strict=True)]
    if schema.name == "io.debezium.data.Json" and isinstance(value, str):
        return json.loads(value)
    if schema.name == "io.debezium.time.ZonedTimestamp" and isinstance(value, str):
        return re.sub(r"\.?0*Z$", "Z", value) if "." in value else value
    return repr(value)
