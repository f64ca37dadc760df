"""Which tables, columns and GTID sources are wanted, composed for snapshot and stream."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.source.settings import ConnectorSettings
from rowtide.tables.ddl_filter import OPTION as DDL_FILTER
from rowtide.tables.ddl_filter import DdlFilter
from rowtide.tables.filters import ColumnFilter, TableFilter
from rowtide.tables.history.scope import HistoryScope
from rowtide.tables.model import Column, Table, TableId
from rowtide.tables.patterns import NameList


class Filters:
    """Answers from the lists of the configuration. Raises ConfigError for an invalid expression when it is made."""

    def __init__(self, settings: ConnectorSettings) -> None:
        prefix = "schema.history.internal.store.only.captured"
        self._tables = TableFilter.from_config(settings.raw)
        self._columns = ColumnFilter(settings.raw.get("column.include.list"), settings.raw.get("column.exclude.list"))
        self._snapshot = NameList(
            settings.raw.get("snapshot.include.collection.list"), "snapshot.include.collection.list"
        )
        self.scope = HistoryScope(
            self._tables,
            only_captured_tables=settings.flag(f"{prefix}.tables.ddl"),
            only_captured_databases=settings.flag(f"{prefix}.databases.ddl"),
        )
        self.ddl = DdlFilter(settings.raw.get(DDL_FILTER))
        self.gtid_source = _gtid_source(settings)
        self.gtid_rows = self.gtid_source if settings.flag("gtid.source.filter.dml.events") else None

    def captured(self, table: TableId) -> bool:
        return self._tables.table(table)

    def schema_recorded(self, table: TableId) -> bool:
        """Whether a snapshot records the table's definition."""
        return self.scope.schema_table(table)

    def snapshot_data(self, table: TableId) -> bool:
        """Whether a snapshot reads the table's rows."""
        return self.captured(table) and (not self._snapshot or self._snapshot.matches(str(table)))

    def order(self, table: TableId) -> tuple[int, int, str]:
        return self._tables.snapshot_order(table)

    def column(self, table: TableId, column: Column) -> bool:
        return self._columns.column(table, column.name)

    def captured_columns(self, table: Table) -> list[str]:
        """Names of the columns to read in a snapshot: all, since a key may need one that no value shows."""
        return [column.name for column in table.columns]


def _gtid_source(settings: ConnectorSettings) -> Callable[[str], bool] | None:
    includes = NameList(settings.raw.get("gtid.source.includes"), "gtid.source.includes")
    excludes = NameList(settings.raw.get("gtid.source.excludes"), "gtid.source.excludes")
    if includes:
        return includes.matches
    if excludes:
        return lambda source: not excludes.matches(source)
    return None
