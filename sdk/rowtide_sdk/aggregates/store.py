"""Rows of aggregates with their links, in an SQLite database: a file, or in memory."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from rowtide_sdk.errors import TargetError
from rowtide_sdk.geometry import Geometry, Point
from rowtide_sdk.message import TopicPartition
from rowtide_sdk.row import Row

_SCHEMA = """
CREATE TABLE IF NOT EXISTS row (tbl TEXT, key TEXT, data TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (name TEXT, value TEXT, key TEXT, PRIMARY KEY (name, value, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS next (topic TEXT, part INTEGER, offset INTEGER, PRIMARY KEY (topic, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refresh (root TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_BUSY_S = 30.0

LinkName = str
"""`db.table(column,...)`: by which rows of a table are found whose columns hold a value."""


def link_name(table: str, columns: Sequence[str]) -> LinkName:
    return f"{table}({','.join(columns)})"


class Store:
    """State of one aggregator, for one thread.

    Args:
        path: of a file, which is created when missing; ":memory:" for none, so that all is read again at each start.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self._path = path
        with self._errors():
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._run("COMMIT")

    def row(self, table: str, key: str) -> Row | None:
        found = self._run("SELECT data FROM row WHERE tbl = ? AND key = ?", table, key)
        return _row(found[0][0]) if found else None

    def put(self, table: str, key: str, row: Row, links: Mapping[LinkName, str]) -> None:
        """Writes a row; `links` has the value of its columns for each link by which it is to be found."""
        data = json.dumps({name: _wire(value) for name, value in row.items()}, separators=(",", ":"))
        self._run("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", table, key, data)
        for name, value in links.items():
            self._run("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", name, value, key)

    def delete(self, table: str, key: str, links: Mapping[LinkName, str]) -> None:
        self._run("DELETE FROM row WHERE tbl = ? AND key = ?", table, key)
        self.unlink(key, links)

    def unlink(self, key: str, links: Mapping[LinkName, str]) -> None:
        for name, value in links.items():
            self._run("DELETE FROM link WHERE name = ? AND value = ? AND key = ?", name, value, key)

    def linked(self, name: LinkName, value: str, *, after: str = "", limit: int = -1) -> list[str]:
        """Keys of the rows that hold the value, in their order, from after one on."""
        found = self._run(
            "SELECT key FROM link WHERE name = ? AND value = ? AND key > ? ORDER BY key LIMIT ?",
            name, value, after, limit,
        )  # fmt: skip
        return [key for (key,) in found]

    def keys(self, table: str) -> Iterator[str]:
        """All keys of a table, in their order."""
        after = ""
        while found := self._run("SELECT key FROM row WHERE tbl = ? AND key > ? ORDER BY key LIMIT 500", table, after):
            yield from (key for (key,) in found)
            after = found[-1][0]

    def add_refreshes(self, roots: Iterable[str]) -> None:
        """Notes aggregates that are to be told later, each once."""
        with self._errors():
            self._connection.executemany("INSERT OR IGNORE INTO refresh VALUES (?)", ((root,) for root in roots))

    def has_refreshes(self) -> bool:
        return bool(self._run("SELECT 1 FROM refresh LIMIT 1"))

    def take_refreshes(self, limit: int) -> list[str]:
        """Removes the first of them, in the order of their keys, and returns them."""
        roots = [root for (root,) in self._run("SELECT root FROM refresh ORDER BY root LIMIT ?", limit)]
        if roots:
            self._run("DELETE FROM refresh WHERE root <= ?", roots[-1])
        return roots

    def offsets(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Where to go on reading."""
        known = {(topic, part): offset for topic, part, offset in self._run("SELECT topic, part, offset FROM next")}
        return {partition: known[partition] for partition in partitions if partition in known}

    def store_offsets(self, offsets: Mapping[TopicPartition, int]) -> None:
        for (topic, part), offset in offsets.items():
            self._run("INSERT OR REPLACE INTO next VALUES (?, ?, ?)", topic, part, offset)

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise TargetError(f"the store {self._path}: {error}") from error


def _wire(value: Any) -> Any:
    """JSON of a value that is read back as the same: natural where JSON has it, else a list of a letter and text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    for letter, (kind, to_text, _) in _LETTERS.items():
        if isinstance(value, kind):
            return [letter, to_text(value)]
    return ["j", json.dumps(value, default=str)]


def _value(wire: Any) -> Any:
    return _LETTERS[wire[0]][2](wire[1]) if isinstance(wire, list) else wire


def _row(data: str) -> Row:
    return Row({name: _value(wire) for name, wire in json.loads(data).items()})


def _point(text: str) -> Point:
    x, y, geometry = text.split(" ", 2)
    plain = _geometry(geometry)
    return Point(plain.wkb, plain.srid, float(x), float(y))


def _geometry_text(value: Geometry) -> str:
    return f"{'' if value.srid is None else value.srid}:{value.wkb.hex()}"


def _geometry(text: str) -> Geometry:
    srid, _, wkb = text.partition(":")
    return Geometry(bytes.fromhex(wkb), int(srid) if srid else None)


_LETTERS: dict[str, tuple[type[Any], Any, Any]] = {
    "D": (Decimal, str, Decimal),
    "T": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "d": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "t": (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    "u": (dt.timedelta, lambda v: v // dt.timedelta(microseconds=1), lambda v: dt.timedelta(microseconds=v)),
    "b": (bytes, bytes.hex, bytes.fromhex),
    "U": (UUID, str, UUID),
    "p": (Point, lambda v: f"{v.x!r} {v.y!r} {_geometry_text(v)}", _point),
    "g": (Geometry, _geometry_text, _geometry),
    "l": (list, lambda v: [_wire(item) for item in v], lambda v: [_value(item) for item in v]),
    "s": (set, sorted, set),
    "j": (Row, lambda v: json.dumps(dict(v), default=str), json.loads),
}
