"""What a server says of itself: version, variables, log position, databases, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import pymysql

from rowtide.errors import ServerError
from rowtide.mysql.connection import Connection, connect, translated
from rowtide.mysql.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class LogPosition:
    """The end of the binary log. `gtids` is None where the server has no GTIDs switched on."""

    file: str
    pos: int
    gtids: str | None


def quoted(name: str) -> str:
    """An identifier in back ticks."""
    return "`" + name.replace("`", "``") + "`"


def _decoded(cell: object) -> object:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


class Server:
    """One connection for queries about the server. Not thread-safe."""

    def __init__(self, settings: ServerSettings, connection: Connection | None = None) -> None:
        self.settings = settings
        self._connection = connection or connect(settings)
        self._version: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(pymysql.err.Error):
            self._connection.close()

    def query(self, sql: str, args: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement. Raises ServerError and its kinds."""
        with translated(self.settings), self._connection.cursor() as cursor:
            cursor.execute(sql, args or None)
            return [tuple(_decoded(cell) for cell in row) for row in cursor.fetchall()]

    def cells(self, sql: str) -> list[tuple[bytes | None, ...]]:
        """All rows of a statement as the text protocol has them, on a connection of `open_raw`. Raises ServerError."""
        with translated(self.settings), self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def execute(self, sql: str, args: Sequence[object] = ()) -> None:
        self.query(sql, args)

    @property
    def version(self) -> str:
        if self._version is None:
            self._version = str(self.query("SELECT VERSION()")[0][0])
        return self._version

    @property
    def version_numbers(self) -> tuple[int, ...]:
        """Major, minor and patch; a replication prefix of old MariaDB packages (`5.5.5-`) is left out."""
        match = re.search(r"(\d+)\.(\d+)\.(\d+)", self.version.removeprefix("5.5.5-"))
        return tuple(int(part) for part in match.groups()) if match else (0, 0, 0)

    @property
    def is_mariadb(self) -> bool:
        return "mariadb" in self.version.lower()

    def variable(self, name: str) -> str | None:
        """A global variable's text; None when the server has no such variable."""
        rows = self.query("SHOW GLOBAL VARIABLES LIKE %s", (name.replace("_", r"\_"),))
        return None if not rows else str(rows[0][1])

    def gtids(self, name: str) -> str:
        """A variable that holds GTIDs, whole: SHOW VARIABLES prints no more than 1024 characters."""
        return str(self.query(f"SELECT @@GLOBAL.{name}")[0][0] or "").replace("\n", "")  # the names are ours

    def gtids_enabled(self) -> bool:
        """Whether GTIDs may be used to go on: MariaDB always, MySQL with gtid_mode=ON exactly."""
        return self.is_mariadb or (self.variable("gtid_mode") or "").upper() == "ON"

    def ignores_case(self) -> bool:
        """Whether names of tables and databases are the same in upper and lower case."""
        return (self.variable("lower_case_table_names") or "0") != "0"

    def log_position(self) -> LogPosition:
        """The current end of the log.

        Raises:
            ServerError: the log is off.
        """
        modern = not self.is_mariadb and self.version_numbers >= (8, 4)
        rows = self.query("SHOW BINARY LOG STATUS" if modern else "SHOW MASTER STATUS")
        if not rows:
            raise ServerError(
                f"{self.settings.address} writes no binary log.",
                hint="Start the server with log_bin and binlog_format=ROW.",
            )
        file, pos = str(rows[0][0]), int(rows[0][1])
        if self.is_mariadb:
            gtids = self.gtids("gtid_binlog_pos")
        else:
            # A server keeps the set that it had when gtid_mode is switched off; it says nothing of the position then.
            gtids = str(rows[0][4]) if len(rows[0]) > 4 and rows[0][4] and self.gtids_enabled() else ""
        return LogPosition(file, pos, gtids.replace("\n", "") or None)

    def log_files(self) -> list[str]:
        """Names of the log files that are still there, oldest first."""
        return [str(row[0]) for row in self.query("SHOW BINARY LOGS")]

    def grants(self) -> list[str]:
        return [str(row[0]) for row in self.query("SHOW GRANTS")]

    def databases(self) -> list[str]:
        return [str(row[0]) for row in self.query("SHOW DATABASES")]

    def tables(self, database: str) -> list[str]:
        """Base tables, without views and sequences, in the server's order."""
        rows = self.query(f"SHOW FULL TABLES IN {quoted(database)} WHERE Table_type = 'BASE TABLE'")
        return [str(row[0]) for row in rows]

    def estimated_rows(self, database: str, table: str) -> int:
        """How many rows a table has, as the server estimates it."""
        sql = "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s"
        rows = self.query(sql, (database, table))
        return int(rows[0][0] or 0) if rows else 0

    def create_statement(self, database: str, table: str) -> str:
        return str(self.query(f"SHOW CREATE TABLE {quoted(database)}.{quoted(table)}")[0][1])

    def database_charset(self, database: str) -> tuple[str, str]:
        """Default character set and collation of a database."""
        rows = self.query(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE "
            "SCHEMA_NAME = %s",
            (database,),
        )
        if not rows:
            raise ServerError(f"Database {database} is not on {self.settings.address}.")
        return str(rows[0][0]), str(rows[0][1])
