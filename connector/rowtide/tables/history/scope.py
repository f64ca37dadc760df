"""Which statements are recorded: `schema.history.internal.store.only.captured.tables.ddl` and `....databases.ddl`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowtide.tables.filters import TableFilter
from rowtide.tables.model import TableChange, TableId

_SET = re.compile(r"SET\s", re.IGNORECASE)
_ON_DATABASES = re.compile(r"(?:(?:CREATE|DROP)\s+(?:DATABASE|SCHEMA)|USE|SET)\b", re.IGNORECASE)


class HistoryScope:
    """Decides for schema changes, with the rules of Debezium's BinlogDatabaseSchema. By default all are recorded."""

    def __init__(
        self, filters: TableFilter, *, only_captured_tables: bool = False, only_captured_databases: bool = False
    ) -> None:
        self._filters = filters
        self._only_tables = only_captured_tables
        self._only_databases = only_captured_databases

    def wanted(self, database: str, changes: Sequence[TableChange], ddl: str | None = None) -> bool:
        """Whether a schema change goes into the history.

        Args:
            ddl: the statement. Outside any database only SET counts when no more than captured tables are recorded.
        """
        if self._skips_database(database):
            return False
        if not self._only_tables or (not database and (ddl is None or _SET.match(ddl))):
            return True
        return any(self._filters.table(change.id) for change in changes)

    def published(
        self, database: str, changes: Sequence[TableChange], ddl: str, tables: Sequence[TableId] | None
    ) -> bool:
        """Whether a schema change goes to the schema change topic.

        The same, but that with captured tables only, statements on a captured database are published though not
        recorded.
        """
        return not self._skips_database(database) and self.noticed(database, changes, ddl, tables)

    def noticed(
        self, database: str, changes: Sequence[TableChange], ddl: str, tables: Sequence[TableId] | None
    ) -> bool:
        """Whether it counts at all: the same, whatever the database."""
        if not self._only_tables or (not database and _SET.match(ddl)):
            return True
        if changes:
            return any(self._filters.table(change.id) for change in changes)
        if any(self._filters.table(table) for table in tables or ()):
            return True
        return bool(_ON_DATABASES.match(ddl)) and not tables and (not database or self._filters.database(database))

    def _skips_database(self, database: str) -> bool:
        return self._only_databases and bool(database) and not self._filters.database(database)

    def schema_table(self, table: TableId) -> bool:
        """Whether a snapshot reads the table's definition."""
        if self._only_tables:
            return self._filters.table(table)
        if self._only_databases:
            return self._filters.database(table.database)
        return self._filters.schema_table(table)
