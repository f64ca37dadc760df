"""MySQL or MariaDB as a target, through PyMySQL (`rowtide-sdk[mysql]`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pymysql

from rowtide_sdk.errors import ConfigError, TargetError
from rowtide_sdk.geometry import Geometry
from rowtide_sdk.position import Position
from rowtide_sdk.upsert.durations import duration_text
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn, as_json

_TYPES = {
    Kind.SMALLINT: "SMALLINT",
    Kind.INTEGER: "INT",
    Kind.BIGINT: "BIGINT",
    Kind.REAL: "FLOAT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "TINYINT(1)",
    Kind.TEXT: "LONGTEXT",
    Kind.BYTES: "LONGBLOB",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME(6)",
    Kind.DATETIME: "DATETIME(6)",
    Kind.INSTANT: "DATETIME(6)",
    Kind.JSON: "LONGTEXT",  # keeps the text, which JSON would change
    Kind.UUID: "CHAR(36)",
    Kind.OTHER: "LONGTEXT",
}
_KEY_LENGTH = 255
_KEY_LENGTH_MAX = 750
"""Characters; InnoDB's keys have 3072 bytes at most."""

_PASSING = frozenset({1205, 1213, 2002, 2003, 2006, 2013, 2055, 1053, 1040, 1290, 1836})
"""Lock wait, deadlock, lost or refused connections, a server that shuts down, is full, or was made read-only."""

_OURS = {"autocommit", "charset", "init_command", "cursorclass"}
_INIT = "SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00'"


class MysqlTarget(Target["pymysql.connections.Connection[Any]"]):
    """A database. Instants are stored in UTC, and text is compared as it is, letter by letter.

    Args:
        settings: of PyMySQL's connection by their names there: host, port, user, password, database, ssl, ...

    Raises:
        ConfigError: a setting that is the SDK's own.
    """

    mark = "%s"

    def __init__(self, **settings: Any) -> None:
        if own := _OURS & settings.keys():
            raise ConfigError(f"{', '.join(sorted(own))} cannot be given to MysqlTarget: the SDK sets it")
        self.name = f"MySQL {settings.get('database', '')}".strip()
        self._settings = {"connect_timeout": 10, **settings}
        self._collation = ""

    def connect(self) -> None:
        self.close()
        with self._errors():
            self._connection = pymysql.connect(**self._settings, charset="utf8mb4", autocommit=True, init_command=_INIT)
        ((version,),) = self.execute("SELECT VERSION()")
        mariadb = "mariadb" in version.lower()
        known = {name for (name,) in self.execute("SELECT collation_name FROM information_schema.collations")}
        exact = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
        self._collation = exact if exact in known else "utf8mb4_bin"

    def close(self) -> None:
        if self._connection is not None and self._connection.open:
            self._connection.close()
        self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("START TRANSACTION")
        try:
            yield
        except BaseException:
            with self._errors():
                if self.connection.open:
                    self.connection.rollback()
            raise
        self.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._errors(), self.connection.cursor() as cursor:
            cursor.execute(sql if values else sql.replace("%%", "%"), tuple(values) or None)
            return list(cursor.fetchall())

    def columns(self, table: str) -> tuple[str, ...]:
        rows = self.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s "
            "ORDER BY ordinal_position",
            [table],
        )
        return tuple(name for (name,) in rows)

    def create_table(self, table: str, columns: Sequence[TargetColumn], key: Sequence[str]) -> None:
        parts = [f"{self.quoted(column.name)} {_type(column, column.name in key)}" for column in columns]
        parts.append(f"PRIMARY KEY ({self.listed(key)})")
        self.execute(
            f"CREATE TABLE IF NOT EXISTS {self.quoted(table)} ({', '.join(parts)}) "
            f"DEFAULT CHARACTER SET utf8mb4 COLLATE {self._collation}"
        )

    def add_columns(self, table: str, columns: Sequence[TargetColumn]) -> None:
        parts = [f"ADD COLUMN {self.quoted(column.name)} {_type(column, False)}" for column in columns]
        self.execute(f"ALTER TABLE {self.quoted(table)} {', '.join(parts)}")

    def upsert(self, statement: UpsertStatement, rows: Sequence[Sequence[Any]]) -> None:
        position = self.quoted(POSITION_COLUMN)
        later = f"{position} IS NULL OR {position} <= VALUES({position})"
        # The position is assigned last: an assignment sees those before it.
        changed = ", ".join(
            f"{quoted} = IF({later}, VALUES({quoted}), {quoted})"
            for quoted in (self.quoted(column) for column in statement.columns if column not in statement.key)
        )
        marks = ", ".join([self.mark] * len(statement.columns))
        self._many(
            f"INSERT INTO {self.quoted(statement.table)} ({self.listed(statement.columns)}) VALUES ({marks}) "
            f"ON DUPLICATE KEY UPDATE {changed}",
            rows,
        )

    def delete(self, table: str, key: Sequence[str], rows: Sequence[tuple[tuple[Any, ...], Position]]) -> None:
        condition = " AND ".join(f"{self.quoted(column)} <=> %s" for column in key)
        position = self.quoted(POSITION_COLUMN)
        self._many(
            f"DELETE FROM {self.quoted(table)} WHERE {condition} AND ({position} IS NULL OR {position} <= %s)",
            [(*values, place.to_bytes()) for values, place in rows],
        )

    def _many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with self._errors(), self.connection.cursor() as cursor:
            cursor.executemany(sql, [tuple(row) for row in rows])

    def value(self, value: Any) -> Any:
        if value is None or isinstance(value, str | bytes | int | float | bool | Decimal):
            return value
        return _converted(value)

    def quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            number = error.args[0] if error.args else 0
            passing = isinstance(error, pymysql.err.InterfaceError) or number in _PASSING
            raise TargetError(f"{self.name}: {error}", retriable=passing) from error


def _type(column: TargetColumn, in_key: bool) -> str:
    if column.kind is Kind.DECIMAL:
        return "DECIMAL(65, 30)" if column.precision is None else f"DECIMAL({column.precision}, {column.scale or 0})"
    if column.name == POSITION_COLUMN:
        return f"VARBINARY({column.length})"
    if in_key and column.kind in (Kind.TEXT, Kind.BYTES):
        length = min(column.length or _KEY_LENGTH, _KEY_LENGTH_MAX)
        return f"VARCHAR({length})" if column.kind is Kind.TEXT else f"VARBINARY({length})"
    return _TYPES[column.kind]


def _converted(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    if isinstance(value, dt.date | dt.time):
        return value
    if isinstance(value, dt.timedelta):
        return duration_text(value)
    if isinstance(value, UUID):
        return str(value)
    return value.wkb if isinstance(value, Geometry) else as_json(value)
