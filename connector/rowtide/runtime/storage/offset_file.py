"""Source offsets of a standalone worker, in an SQLite file that the worker and its tasks share.

Keys and values are those of the offsets topic; the file serves as a compacted log.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from rowtide.connect.record import EncodedRecord
from rowtide.errors import ConfigError, ConnectError
from rowtide.kafka.log import Entry, LogRecord, OnRecord
from rowtide.runtime.storage.java_offsets import MAGIC, read_java_offsets

_log = logging.getLogger(__name__)

_SQLITE = b"SQLite format 3\0"
_BUSY_S = 30.0
_TABLES = """
CREATE TABLE IF NOT EXISTS offsets (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, value BLOB, timestamp_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS imported (digest TEXT NOT NULL);
"""
_PUT = "INSERT OR REPLACE INTO offsets (key, value, timestamp_ms) VALUES (?, ?, ?)"


def offset_file(given: str) -> OffsetFile:
    """The file to use for `offset.storage.file.filename`: beside it where Java wrote that one, which is left alone."""
    return OffsetFile(f"{given}.sqlite" if _head(given).startswith(MAGIC) else given)


def prepare_offset_file(given: str) -> None:
    """Makes the file if it is missing, and takes over the offsets of a file of Java's, again when that has changed.

    Raises:
        ConfigError: the file is neither, or cannot be used.
    """
    head = _head(given)
    file = offset_file(given)
    if head and not head.startswith((MAGIC, _SQLITE)):
        raise ConfigError(f"offset.storage.file.filename {given} is neither an SQLite file nor one of Kafka Connect.")
    try:
        file.create()
        if head.startswith(MAGIC):
            data = Path(given).read_bytes()
            count = file.take_over(read_java_offsets(data, given), hashlib.sha256(data).hexdigest())
            _log.info("offsets are kept in %s; %d were taken over from %s", file.path, count, given)
        else:
            _log.info("offsets are kept in %s", file.path)
    except (OSError, ConnectError) as error:
        raise ConfigError(f"offset.storage.file.filename {given} cannot be used: {error}") from error


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_SQLITE))
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigError(f"offset.storage.file.filename {path} cannot be read: {error.strerror}.") from error


class OffsetFile:
    """Opened anew for each use; other processes may use it meanwhile. Raises ConnectError when it cannot be used."""

    def __init__(self, path: str) -> None:
        self.path = path

    def create(self) -> None:
        with self._open() as connection:
            connection.executescript(_TABLES)

    def take_over(self, offsets: Mapping[bytes, bytes | None], digest: str) -> int:
        """Stores offsets of another file, once for each content of that; answers how many."""
        with self._open() as connection:
            if connection.execute("SELECT 1 FROM imported WHERE digest = ?", (digest,)).fetchone():
                return 0
            now = _now_ms()
            connection.executemany(_PUT, [(key, value, now) for key, value in offsets.items()])
            connection.execute("INSERT INTO imported VALUES (?)", (digest,))
        return len(offsets)

    def put(self, entries: Sequence[Entry]) -> None:
        """Durable when it returns."""
        now = _now_ms()
        with self._open() as connection:
            connection.executemany(_PUT, [(key, value, now) for key, value in entries])

    def records(self, after: int = -1) -> list[LogRecord]:
        """The newest record of each key, from after an offset on."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT seq, key, value, timestamp_ms FROM offsets WHERE seq > ? ORDER BY seq", (after,)
            ).fetchall()
        return [LogRecord(key, value, 0, seq, timestamp_ms) for seq, key, value, timestamp_ms in rows]

    def read_keys(
        self, _topic: str, _properties: Mapping[str, str], wanted: Callable[[bytes], bool]
    ) -> dict[bytes, LogRecord]:
        """As rowtide.kafka.reader.read_keys."""
        return {record.key: record for record in self.records() if record.key is not None and wanted(record.key)}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S)) as connection, connection:
                yield connection
        except sqlite3.Error as error:
            raise ConnectError(f"The file of offsets {self.path} cannot be used: {error}") from error


class FileLog:
    """A `rowtide.kafka.log.Log` on the file. Records come to the callback in the thread that reads."""

    def __init__(self, file: OffsetFile, on_record: OnRecord) -> None:
        self._file = file
        self._on_record = on_record
        self._lock = threading.Lock()
        self._read = -1

    def start(self, timeout_s: float = 900.0) -> None:
        self.read_to_end(timeout_s)

    def read_to_end(self, timeout_s: float) -> None:
        with self._lock:
            for record in self._file.records(self._read):
                self._on_record(record)
                self._read = record.offset

    def send(self, key: bytes | None, value: bytes | None, timeout_s: float = 30.0) -> None:
        self.send_many([(key, value)], timeout_s)

    def send_many(self, entries: Sequence[Entry], timeout_s: float = 30.0) -> None:
        self._file.put(entries)

    def post(self, key: bytes | None, value: bytes | None) -> None:
        self._file.put([(key, value)])

    def flush(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


class FileOffsetProducer:
    """Takes a task's offsets as a producer does; they are stored together when they are asked after."""

    def __init__(self, file: OffsetFile) -> None:
        self._file = file
        self._waiting: list[Entry] = []

    def send(self, record: EncodedRecord) -> None:
        self._waiting.append((record.key, record.value))

    def flush(self, timeout_s: float) -> int:
        return self.outstanding()

    def outstanding(self) -> int:
        """Stores what waits. Raises ConnectError when the file cannot be written."""
        if self._waiting:
            self._file.put(self._waiting)
            self._waiting = []
        return 0

    def raise_failure(self) -> None:
        """Failures are raised at once."""

    def close(self, timeout_s: float) -> None:
        self._waiting = []


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
