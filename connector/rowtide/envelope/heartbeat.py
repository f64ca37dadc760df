"""Heartbeat records, which move offsets when nothing captured changes."""

from __future__ import annotations

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT64, STRING, Struct, struct

_KEY = struct("io.debezium.connector.common.ServerNameKey", ("serverName", STRING), version=1)
_VALUE = struct("io.debezium.connector.common.Heartbeat", ("ts_ms", INT64), version=1)


def heartbeat_record(topic: str, prefix: str, time_ms: int) -> SourceRecord:
    """Goes to partition 0, without headers."""
    return SourceRecord(topic, 0, _KEY, Struct(_KEY, (prefix,)), _VALUE, Struct(_VALUE, (time_ms,)))
