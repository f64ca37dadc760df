"""Our reading of DDL gives the records that the real Debezium gave for the same statements (see record.py)."""

from __future__ import annotations

import json

import pytest

from rowtide.tables.ddl import SchemaState
from rowtide.tables.ddl_filter import DdlFilter
from rowtide.tables.history.json_table import change_to_json
from tests.golden.ddl.record import CONNECTORS, DATABASE, case_files, recorded_file

LEFT_BINARY = ("charsets", "c")
"""A VARCHAR in the character set `binary`, which is no text to the server: CONVERT TO leaves it. Debezium converts it,
and would then read its bytes as the new character set; we follow the server."""

CASES = [(path, flavor) for flavor in CONNECTORS for path in case_files(flavor)]


@pytest.mark.parametrize(("case", "flavor"), CASES, ids=[f"{flavor}-{path.stem}" for path, flavor in CASES])
def test_events_equal_debeziums(case, flavor):
    recorded = recorded_file(case.stem.partition(".")[0], flavor)
    state = SchemaState(flavor, include_comments=case.stem == "comments")
    state.apply("SET character_set_server=utf8mb4, collation_server=utf8mb4_general_ci", "")
    for name in (DATABASE, f"{DATABASE}2"):
        state.apply(f"CREATE DATABASE `{name}` CHARSET utf8mb4 COLLATE utf8mb4_general_ci", name)

    expected = json.loads(recorded.read_text())
    ours = []
    for database, statement in expected["logged"]:
        if DdlFilter().drops(statement):
            continue
        result = state.apply(statement, database)
        assert not result.unparsed, (statement, result.reason)
        ours += [
            {
                "databaseName": event.database,
                "ddl": event.ddl,
                "tableChanges": [change_to_json(change) for change in event.changes],
            }
            for event in result.events
        ]

    assert json.dumps(ours, indent=1) == json.dumps(_with_binary_left(expected["records"]), indent=1)


def _with_binary_left(records):
    table, name = LEFT_BINARY
    for record in records:
        for change in record["tableChanges"]:
            if f'"{table}"' in change["id"] and "table" in change:
                for column in change["table"]["columns"]:
                    if column["name"] == name:
                        column["charsetName"] = "binary"
    return records
