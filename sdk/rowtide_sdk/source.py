"""Where a change came from: Debezium's `source` and `transaction` blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """Origin of a change in the database's log.

    Attributes:
        name: the connector's topic prefix.
        ts_ms, ts_us, ts_ns: when the server made the change, since 1970 UTC, in the unit named; finer ones may be None.
        snapshot: "false" while streaming, else "true", "first", "last", "incremental", ...
        file, pos, row: start of the rows event in the binlog, and the index of the row within it.
        extra: fields that other connectors add, as they stood in the JSON.
    """

    version: str | None = None
    connector: str | None = None
    name: str | None = None
    ts_ms: int | None = None
    ts_us: int | None = None
    ts_ns: int | None = None
    snapshot: str = "false"
    db: str | None = None
    sequence: str | None = None
    table: str | None = None
    server_id: int | None = None
    gtid: str | None = None
    file: str | None = None
    pos: int | None = None
    row: int | None = None
    thread: int | None = None
    query: str | None = None
    extra: Mapping[str, Any] | None = None

    @classmethod
    def from_json(cls, block: Mapping[str, Any]) -> Source:
        known: dict[str, Any] = {name: value for name, value in block.items() if name in _KNOWN}
        known["snapshot"] = _snapshot_text(known.get("snapshot"))
        extra = {name: value for name, value in block.items() if name not in _KNOWN}
        return cls(**known, extra=extra or None)

    @property
    def is_snapshot(self) -> bool:
        return self.snapshot != "false"

    @property
    def table_name(self) -> str:
        """`db.table`, the name row classes are given for."""
        return f"{self.db}.{self.table}"

    @property
    def timestamp(self) -> datetime | None:
        """When the server made the change, aware (UTC), in microseconds if it was known so finely."""
        return aware_datetime(self.ts_ms, self.ts_us, self.ts_ns)


_KNOWN = frozenset(field.name for field in fields(Source)) - {"extra"}


def _snapshot_text(value: Any) -> str:
    if value is None or value is False:
        return "false"
    return "true" if value is True else str(value)


def aware_datetime(ts_ms: int | None, ts_us: int | None = None, ts_ns: int | None = None) -> datetime | None:
    """The finest of the three readings as a UTC datetime; nanoseconds below a microsecond are cut off."""
    if ts_us is not None:
        return _EPOCH + timedelta(microseconds=ts_us)
    if ts_ns is not None:
        return _EPOCH + timedelta(microseconds=ts_ns // 1000)
    return None if ts_ms is None else _EPOCH + timedelta(milliseconds=ts_ms)


@dataclass(frozen=True, slots=True)
class Transaction:
    """Place of a change in its transaction, counted from 1; there when the connector provides it."""

    id: str
    total_order: int
    data_collection_order: int

    @classmethod
    def from_json(cls, block: Mapping[str, Any]) -> Transaction:
        return cls(block["id"], block["total_order"], block["data_collection_order"])
