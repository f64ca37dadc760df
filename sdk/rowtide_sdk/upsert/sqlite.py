"""SQLite as a target."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from rowtide_sdk.errors import TargetError
from rowtide_sdk.geometry import Geometry
from rowtide_sdk.position import Position
from rowtide_sdk.upsert.durations import duration_text
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn, as_json

_TYPES = {
    Kind.SMALLINT: "INTEGER",
    Kind.INTEGER: "INTEGER",
    Kind.BIGINT: "INTEGER",
    Kind.BOOLEAN: "INTEGER",
    Kind.REAL: "REAL",
    Kind.DOUBLE: "REAL",
    Kind.BYTES: "BLOB",
}
_BUSY_S = 30.0


class SqliteTarget(Target[sqlite3.Connection]):
    """A database file. Numbers beyond 64 bits, decimals, dates and times are stored as text that is read back exactly.

    Args:
        path: of the file, which is created when missing.
    """

    mark = "?"

    def __init__(self, path: str | Path) -> None:
        self.name = f"SQLite {path}"
        self._path = path

    def connect(self) -> None:
        self.close()
        with self._errors():
            self._connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._errors():
            return self.connection.execute(sql, values).fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._errors():
            self.connection.executemany(sql, rows)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(row[1] for row in self.execute(f"PRAGMA table_info({self.quoted(table)})"))

    def create_table(self, table: str, columns: Sequence[TargetColumn], key: Sequence[str]) -> None:
        parts = [f"{self.quoted(column.name)} {_TYPES.get(column.kind, 'TEXT')}" for column in columns]
        parts.append(f"PRIMARY KEY ({self.listed(key)})")
        self.execute(f"CREATE TABLE IF NOT EXISTS {self.quoted(table)} ({', '.join(parts)}) WITHOUT ROWID")

    def add_columns(self, table: str, columns: Sequence[TargetColumn]) -> None:
        for column in columns:
            kind = _TYPES.get(column.kind, "TEXT")
            self.execute(f"ALTER TABLE {self.quoted(table)} ADD COLUMN {self.quoted(column.name)} {kind}")

    def upsert(self, statement: UpsertStatement, rows: Sequence[Sequence[Any]]) -> None:
        table, position = self.quoted(statement.table), self.quoted(POSITION_COLUMN)
        self.execute_many(
            f"INSERT INTO {table} ({self.listed(statement.columns)}) "
            f"VALUES ({', '.join('?' * len(statement.columns))}) "
            f"ON CONFLICT ({self.listed(statement.key)}) DO UPDATE SET {self.excluded(statement)} "
            f"WHERE {table}.{position} IS NULL OR {table}.{position} <= excluded.{position}",
            rows,
        )

    def delete(self, table: str, key: Sequence[str], rows: Sequence[tuple[tuple[Any, ...], Position]]) -> None:
        condition = " AND ".join(f"{self.quoted(column)} IS ?" for column in key)
        position = self.quoted(POSITION_COLUMN)
        self.execute_many(
            f"DELETE FROM {self.quoted(table)} WHERE {condition} AND ({position} IS NULL OR {position} <= ?)",
            ([*values, place.to_bytes()] for values, place in rows),
        )

    def value(self, value: Any) -> Any:
        if value is None or isinstance(value, str | bytes | float | bool):
            return value
        return _converted(value)

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
            raise TargetError(f"{self.name}: {error}", retriable=busy) from error


def _converted(value: Any) -> Any:
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_text(value)
    return value.wkb if isinstance(value, Geometry) else as_json(value)
