"""One look at a compacted topic: reads it to its end and keeps what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowtide.kafka.admin import Admin
from rowtide.kafka.log import LogRecord, TopicLog


def read_keys(
    topic: str,
    properties: Mapping[str, str],
    wanted: Callable[[bytes], bool],
    *,
    timeout_s: float = 60.0,
    admin: Admin | None = None,
) -> dict[bytes, LogRecord]:
    """The last record of every key for which `wanted` is true, deletions included, in the order they were read.

    Records without a key are passed over. With `isolation.level=read_committed` among the properties it waits for open
    transactions.

    Raises:
        ConfigError: there is no such topic.
        KafkaUnavailableError: the end was not reached in time.
    """
    found: dict[bytes, LogRecord] = {}

    def keep(record: LogRecord) -> None:
        if record.key is not None and wanted(record.key):
            found.pop(record.key, None)
            found[record.key] = record

    log = TopicLog(topic, properties, keep, admin=admin)
    try:
        log.start(timeout_s)
    finally:
        log.close()
    return found


def read_key(
    topic: str,
    properties: Mapping[str, str],
    wanted: Callable[[bytes], bool],
    *,
    timeout_s: float = 60.0,
    admin: Admin | None = None,
) -> bytes | None:
    """The value of the newest record for whose key `wanted` is true; None when there is none or it was deleted.

    Where several keys are wanted (one JSON value can be written in several ways), the newest by timestamp counts.
    Raises as `read_keys`.
    """
    records = read_keys(topic, properties, wanted, timeout_s=timeout_s, admin=admin).values()
    newest = max(records, key=lambda record: record.timestamp_ms, default=None)
    return None if newest is None else newest.value
