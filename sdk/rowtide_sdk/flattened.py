"""Rows whose envelope Debezium's ExtractNewRecordState removed, with what it added of the envelope.

Added fields and headers are called as in its `add.fields` and `add.headers`, with two underscores before and dots made
underscores: `op` is `__op`, `source.ts_ms` is `__source_ts_ms`. `__deleted` is what
`delete.tombstone.handling.mode=rewrite` adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rowtide_sdk.message import RawMessage
from rowtide_sdk.schema import Schema
from rowtide_sdk.source import Source, Transaction

PREFIX = "__"
_ENVELOPE = frozenset({"op", "deleted", "ts_ms", "ts_us", "ts_ns"})
_TRANSACTION = ("id", "total_order", "data_collection_order")
_INTEGERS = frozenset({"ts_ms", "ts_us", "ts_ns", "server_id", "pos", "row", "thread"})
_TEXTS = frozenset({"version", "connector", "name", "snapshot", "db", "sequence", "table", "gtid", "file", "query"})
_OF_OTHERS = frozenset(
    {"schema", "lsn", "txId", "xmin", "change_lsn", "commit_lsn", "event_serial_no", "scn", "commit_scn"}
)
_SOURCE = _INTEGERS | _TEXTS | _OF_OTHERS
_ADDED = (
    {PREFIX + name for name in _ENVELOPE}
    | {f"{PREFIX}{name}" for name in _SOURCE}
    | {f"{PREFIX}source_{name}" for name in _SOURCE}
    | {f"{PREFIX}transaction_{name}" for name in _TRANSACTION}
)
_INTEGERS = frozenset(
    ["ts_ms", "ts_us", "ts_ns", "server_id", "pos", "row", "thread", "total_order", "data_collection_order"]
)


def is_added(name: str) -> bool:
    """Whether a field is none of the row's."""
    return name in _ADDED


def row_schema(schema: Schema) -> Schema:
    """The schema without the fields that were added."""
    return {**schema, "fields": [field for field in schema.get("fields", ()) if field["field"] not in _ADDED]}


def row_of(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in _ADDED}


class Added:
    """What was added, of the record's fields and of the message's headers; a field goes before a header."""

    def __init__(self, message: RawMessage, record: Mapping[str, Any]) -> None:
        found = {name: _header(value) for name, value in message.headers if name in _ADDED}
        found |= {name: value for name, value in record.items() if name in _ADDED}
        self._found = {name.removeprefix(PREFIX): value for name, value in found.items() if value is not None}
        self._topic = message.topic

    @property
    def tells_the_operation(self) -> bool:
        return "op" in self._found or "deleted" in self._found

    @property
    def operation(self) -> str:
        """Debezium's letter; "u" for a row of which is only known that it is there."""
        if str(self._found.get("deleted")).lower() == "true":
            return "d"
        return str(self._found.get("op", "u"))

    @property
    def times(self) -> tuple[int | None, int | None, int | None]:
        """ts_ms, ts_us and ts_ns of the envelope."""
        return self._number("ts_ms"), self._number("ts_us"), self._number("ts_ns")

    def source(self) -> Source:
        """What is known of it; database and table are taken from the topic's name if nothing else tells them."""
        block: dict[str, Any] = {}
        for name in _SOURCE:
            key = f"source_{name}"
            if key not in self._found and name not in _ENVELOPE:
                key = name
            if key in self._found:
                block[name] = self._number(key) if name in _INTEGERS else self._found[key]
        prefix, _, rest = self._topic.partition(".")
        database, dot, table = rest.partition(".")
        if dot:
            block = {"name": prefix, "db": database, "table": table, **block}
        return Source.from_json(block)

    def transaction(self) -> Transaction | None:
        identity = self._found.get("transaction_id")
        total, place = (self._number(f"transaction_{name}") for name in _TRANSACTION[1:])
        if identity is None or total is None or place is None:
            return None
        return Transaction(str(identity), total, place)

    def _number(self, name: str) -> int | None:
        value = self._found.get(name)
        return None if value is None else int(value)


def _header(value: bytes | None) -> Any:
    """A header's value: bare text as SimpleHeaderConverter writes it, or JSON with or without schema."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    if not text.startswith(("{", '"')):
        return None if text == "null" else text
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed.get("payload") if isinstance(parsed, dict) else parsed
