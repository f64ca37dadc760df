"""PostgreSQL as a target, through psycopg 3 (`rowtide-sdk[postgres]`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from rowtide_sdk.errors import TargetError
from rowtide_sdk.geometry import Geometry
from rowtide_sdk.position import Position
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn, as_json

_TYPES = {
    Kind.SMALLINT: "smallint",
    Kind.INTEGER: "integer",
    Kind.BIGINT: "bigint",
    Kind.REAL: "real",
    Kind.DOUBLE: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.TEXT: "text",
    Kind.BYTES: "bytea",
    Kind.DATE: "date",
    Kind.TIME: "interval",
    Kind.DATETIME: "timestamp",
    Kind.INSTANT: "timestamptz",
    Kind.JSON: "json",  # keeps the text, which jsonb would change
    Kind.UUID: "uuid",
    Kind.OTHER: "json",
}
_PASSING = (psycopg.OperationalError, psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_AS_IT_IS = (str, bytes, int, float, bool, dt.date, dt.timedelta, UUID)


class PostgresTarget(Target[psycopg.Connection[Any]]):
    """A database.

    Rows go by COPY into a temporary table, and from there with ON CONFLICT into theirs.

    Args:
        conninfo: libpq's connection string or URI.
        schema: where the tables are and are made.
    """

    mark = "%s"

    def __init__(self, conninfo: str, *, schema: str = "public") -> None:
        self.name = "PostgreSQL"
        self._conninfo = conninfo
        self._schema = schema
        self._staging: dict[tuple[str, tuple[str, ...]], str] = {}

    def connect(self) -> None:
        self.close()
        with self._errors():
            self._connection = psycopg.connect(self._conninfo, autocommit=True)
            self.name = f"PostgreSQL {self._connection.info.dbname}"

    def close(self) -> None:
        self._staging.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._errors(), self.connection.transaction():
            yield

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._errors():
            cursor = self.connection.execute(sql.encode() if values else _plain(sql), values or None)
            return cursor.fetchall() if cursor.description else []

    def columns(self, table: str) -> tuple[str, ...]:
        rows = self.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
            "ORDER BY ordinal_position",
            [self._schema, table],
        )
        return tuple(name for (name,) in rows)

    def create_table(self, table: str, columns: Sequence[TargetColumn], key: Sequence[str]) -> None:
        parts = [f"{self.quoted(column.name)} {_type(column)}" for column in columns]
        parts.append(f"PRIMARY KEY ({self.listed(key)})")
        self.execute(f"CREATE TABLE IF NOT EXISTS {self._table(table)} ({', '.join(parts)})")

    def add_columns(self, table: str, columns: Sequence[TargetColumn]) -> None:
        parts = [f"ADD COLUMN IF NOT EXISTS {self.quoted(column.name)} {_type(column)}" for column in columns]
        self.execute(f"ALTER TABLE {self._table(table)} {', '.join(parts)}")

    def upsert(self, statement: UpsertStatement, rows: Sequence[Sequence[Any]]) -> None:
        table, position = self._table(statement.table), self.quoted(POSITION_COLUMN)
        staging = self._staged(statement.table, statement.columns, rows)
        columns = self.listed(statement.columns)
        self.execute(
            f"INSERT INTO {table} AS target ({columns}) SELECT {columns} FROM {staging} "
            f"ON CONFLICT ({self.listed(statement.key)}) DO UPDATE SET {self.excluded(statement)} "
            f"WHERE target.{position} IS NULL OR target.{position} <= excluded.{position}"
        )

    def delete(self, table: str, key: Sequence[str], rows: Sequence[tuple[tuple[Any, ...], Position]]) -> None:
        position = self.quoted(POSITION_COLUMN)
        staging = self._staged(table, (*key, POSITION_COLUMN), [(*values, place.to_bytes()) for values, place in rows])
        same = " AND ".join(
            f"target.{self.quoted(column)} IS NOT DISTINCT FROM gone.{self.quoted(column)}" for column in key
        )
        self.execute(
            f"DELETE FROM {self._table(table)} AS target USING {staging} AS gone "
            f"WHERE {same} AND (target.{position} IS NULL OR target.{position} <= gone.{position})"
        )

    def _staged(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> str:
        """A temporary table with these columns of the table, and the rows in it."""
        name = self._staging.get((table, columns))
        with self._errors():
            if name is None:
                name = self.quoted(f"_rowtide_staging_{len(self._staging)}")
                listed = self.listed(columns)
                self.execute(f"CREATE TEMP TABLE {name} AS SELECT {listed} FROM {self._table(table)} WITH NO DATA")
                self._staging[table, columns] = name
            else:
                self.execute(f"TRUNCATE {name}")
            copy_sql = f"COPY {name} ({self.listed(columns)}) FROM STDIN"
            with self.connection.cursor() as cursor, cursor.copy(_plain(copy_sql)) as copy:
                for row in rows:
                    copy.write_row(row)
        return name

    def value(self, value: Any) -> Any:
        if value is None or isinstance(value, _AS_IT_IS):
            return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value
        return _converted(value)

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def _table(self, name: str) -> str:
        return f"{self.quoted(self._schema)}.{self.quoted(name)}"

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise TargetError(f"{self.name}: {error}".strip(), retriable=isinstance(error, _PASSING)) from error


def _plain(sql: str) -> bytes:
    """A statement without values, in which the driver leaves `%%` alone."""
    return sql.replace("%%", "%").encode()


def _type(column: TargetColumn) -> str:
    if column.kind is Kind.DECIMAL:
        if column.precision is None:
            return "numeric"
        return f"numeric({column.precision}, {column.scale or 0})"
    return _TYPES[column.kind]


def _converted(value: Any) -> Any:
    if isinstance(value, dt.time):  # of a TIME column that is a time of the day
        return dt.timedelta(
            hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
        )
    if isinstance(value, Geometry):
        return value.wkb
    return value if type(value).__module__ == "decimal" else as_json(value)
