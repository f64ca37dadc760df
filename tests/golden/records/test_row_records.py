"""Rows that real Debezium snapshotted or streamed, made from the same cells: byte-equal keys, values and headers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rowtide.changes import BinlogOffset, RowChanges, SnapshotMarker, SourceFacts
from rowtide.connect.record import SourceRecord
from rowtide.converters.json import JsonConverter
from rowtide.converters.simple_header import SimpleHeaderConverter
from rowtide.envelope import ConnectorIdentity, RecordBuilder
from rowtide.mysql.charsets import codec_name
from rowtide.tables.model import Table
from rowtide.types import jdbc
from rowtide.types.text import raw_from_text
from tests.golden.records import recorded as golden
from tests.settings import envelope_config

CASES = ["types", "defaults", "masks", "time-connect", "time-isostring", "time-microseconds", "time-nanoseconds"]


@pytest.mark.parametrize("name", CASES)
def test_rows_become_the_recorded_records(name):
    case = golden.load(name)
    tables = case.tables()
    compared = 0
    for record in case.records:
        table_name = record["topic"].rpartition(".")[2]
        if record["value"] is None or table_name not in tables:
            continue
        payload = payload_of(record["value"])
        row = next(row for row in case.rows[table_name] if row[0] == str(payload["after"]["id"]).encode())
        made = made_record(case, tables[table_name][-1], row, payload)
        assert encoded(case, made) == expected(record), (table_name, payload["after"]["id"], payload["op"])
        compared += 1
    assert compared >= 2


def made_record(case, table: Table, cells, payload) -> SourceRecord:
    streamed = payload["op"] != "r"
    raw = tuple(
        raw_from_text(column)(stored(column, cell) if streamed else cell)
        for column, cell in zip(table.columns, cells, strict=True)
    )
    source = payload["source"]
    marker = None if source["snapshot"] in ("false", None) else SnapshotMarker(source["snapshot"])
    facts = SourceFacts(
        time_us=source["ts_us"],
        file=source["file"],
        pos=source["pos"],
        server_id=source["server_id"],
        gtid=source["gtid"],
        snapshot=marker,
    )
    changes = RowChanges(table, payload["op"], [(None, raw)], facts, BinlogOffset("f", 1), first_row=source["row"])
    return next(iter(builder(case, payload).rows(changes)))


def stored(column, cell):
    """The cell as the binlog has it: text in the column's own character set; cells are recorded in UTF-8."""
    if (
        cell is None
        or column.charset is None
        or column.jdbc_type not in (jdbc.VARCHAR, jdbc.CHAR)
        or column.enum_values
    ):
        return cell
    return cell.decode().encode(codec_name(column.charset))


def builder(case, payload) -> RecordBuilder:
    identity = ConnectorIdentity("mariadb", payload["source"]["version"], "run")
    excluded = case.config.get("column.exclude.list")
    config = envelope_config(case.config, identity, lambda table, column: f"{table}.{column.name}" != excluded)
    return RecordBuilder(replace(config, clock=lambda: payload["ts_ns"]))


def encoded(case, record: SourceRecord) -> dict:
    keys, values, headers = JsonConverter(), JsonConverter(), SimpleHeaderConverter()
    prefix = "value.converter."
    own = {key.removeprefix(prefix): value for key, value in case.config.items() if key.startswith(prefix)}
    values.configure(own, is_key=False)
    key = keys.from_connect(record.topic, record.key_schema, record.key)
    value = values.from_connect(record.topic, record.value_schema, record.value)
    texts = [(h.name, headers.from_connect_header(record.topic, h.name, h.schema, h.value)) for h in record.headers]
    return {
        "topic": record.topic,
        "key": key and key.decode(),
        "value": value and value.decode(),
        "headers": [[name, "run" if name.endswith("runId") else text.decode()] for name, text in texts],
    }


def expected(record: dict) -> dict:
    headers = [[name, "run" if name.endswith("runId") else value] for name, value in record["headers"]]
    return {"topic": record["topic"], "key": record["key"], "value": record["value"], "headers": headers}


def payload_of(text: str) -> dict:
    value = json.loads(text)
    return value.get("payload", value)
