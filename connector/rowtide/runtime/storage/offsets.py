"""Source offsets of all connectors, in the offsets topic.

Source of the format: connect/runtime ConnectorOffsetBackingStore and OffsetUtils of Apache Kafka 4.3: key
`["<connector>",{<partition>}]`, value `{<offset>}`, both compact JSON.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rowtide.connect.json_text import dumps, loads
from rowtide.errors import ConnectError, DataError
from rowtide.kafka.log import Entry, LogRecord
from rowtide.runtime.storage.log_factory import LogFactory

_log = logging.getLogger(__name__)

Partition = Mapping[str, object]
Offset = Mapping[str, object]

_WRITE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Stored:
    """The last record under one spelling of a key."""

    key: bytes
    partition: Partition
    value: bytes | None
    timestamp_ms: int
    place: str


class OffsetStore:
    """The offsets topic as a worker uses it. Thread-safe.

    A source partition is recognised by its content, in whatever order and spelling its key was written; Java finds it
    by the bytes of its key, so that an entry is always overwritten under the bytes it was found with.
    """

    def __init__(self, open_log: LogFactory) -> None:
        self._log = open_log(self._on_record)
        self._lock = threading.Lock()
        # By connector and canonical partition: the spellings of its key. There is one, but for rare histories.
        self._stored: dict[str, dict[bytes, dict[bytes, _Stored]]] = {}

    def start(self, timeout_s: float = 900.0) -> None:
        """Reads the topic to its end, then follows it. Raises ConfigError without topic, KafkaUnavailableError."""
        self._log.start(timeout_s)

    def close(self) -> None:
        self._log.close()

    def read_to_end(self, timeout_s: float) -> None:
        """Takes in all that was written before the call; do so before reading what matters.

        Raises:
            KafkaUnavailableError: when that takes longer.
        """
        self._log.read_to_end(timeout_s)

    def offsets(self, connector: str) -> list[tuple[dict[str, object], dict[str, object]]]:
        """Source partitions of the connector with their offsets, as far as read; deleted ones are left out.

        Raises:
            ConnectError: a stored offset is not a JSON object. It is not taken for missing: that would mean to start
                over.
        """
        with self._lock:
            newest = [_newest(spellings) for spellings in self._stored.get(connector, {}).values()]
        return [(dict(stored.partition), _decode(stored)) for stored in newest if stored.value is not None]

    def offset(self, connector: str, partition: Partition) -> dict[str, object] | None:
        """The offset of one source partition, as far as read; None for none. Raises as `offsets`."""
        with self._lock:
            spellings = self._stored.get(connector, {}).get(_canonical(partition))
            stored = None if spellings is None else _newest(spellings)
        return None if stored is None or stored.value is None else _decode(stored)

    def put(
        self, connector: str, offsets: Sequence[tuple[Partition, Offset | None]], timeout_s: float = _WRITE_S
    ) -> None:
        """Stores offsets (None deletes) and returns once they are acknowledged and read again.

        Raises:
            DataError: a value that JSON cannot hold; nothing is written then.
            KafkaUnavailableError: not in time.
        """
        deadline = time.monotonic() + timeout_s
        entries: list[Entry] = []
        for partition, offset in offsets:
            value = None if offset is None else dumps(dict(offset))
            entries += [(key, value) for key in self.keys(connector, partition)]
        self._log.send_many(entries, timeout_s)
        self._log.read_to_end(max(0.1, deadline - time.monotonic()))

    def keys(self, connector: str, partition: Partition) -> list[bytes]:
        """The keys to write the partition's offset under: all that are stored, else the one we would write.

        Raises:
            DataError: a value that JSON cannot hold.
        """
        with self._lock:
            spellings = self._stored.get(connector, {}).get(_canonical(partition))
            if spellings:
                return list(spellings)
        return [dumps([connector, dict(partition)])]

    def _on_record(self, record: LogRecord) -> None:
        place = f"topic partition {record.partition}, offset {record.offset}"
        parsed = _parse_key(record.key, place)
        if parsed is None or record.key is None:
            return
        connector, partition = parsed
        stored = _Stored(record.key, partition, record.value, record.timestamp_ms, place)
        with self._lock:
            spellings = self._stored.setdefault(connector, {}).setdefault(_canonical(partition), {})
            spellings.pop(record.key, None)
            spellings[record.key] = stored


def _parse_key(key: bytes | None, place: str) -> tuple[str, dict[str, object]] | None:
    """Connector and source partition; None for a key of another form, which Connect leaves out too."""
    if key is None:
        return None
    try:
        parsed = loads(key)
    except DataError:
        parsed = None
    if isinstance(parsed, list) and len(parsed) == 2 and isinstance(parsed[0], str):
        if isinstance(parsed[1], dict):
            return parsed[0], parsed[1]
        if parsed[1] is None:
            return None
    _log.warning("offsets topic: the key at %s is not of the expected form and is ignored", place)
    return None


def _newest(spellings: Mapping[bytes, _Stored]) -> _Stored:
    return max(reversed(list(spellings.values())), key=lambda stored: stored.timestamp_ms)


def _canonical(partition: Partition) -> bytes:
    return dumps(dict(sorted(partition.items())))


def _decode(stored: _Stored) -> dict[str, object]:
    try:
        value = loads(stored.value or b"")
    except DataError:
        value = None
    if not isinstance(value, dict):
        raise ConnectError(
            f"The stored offset of {dict(stored.partition)} ({stored.place}) is not a JSON object.",
            hint="Repair it (PATCH offsets): it is not taken for missing, since that would mean a new snapshot.",
        )
    return value
