"""Which databases, tables and columns are captured."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowtide.errors import ConfigError
from rowtide.tables.model import TableId
from rowtide.tables.patterns import NameList, compile_java, split_list

__all__ = ["BUILTIN_DATABASES", "ColumnFilter", "TableFilter", "patterns"]

BUILTIN_DATABASES = frozenset({"mysql", "performance_schema", "sys", "information_schema"})


def patterns(text: str | None, option: str) -> list[re.Pattern[str]]:
    """The expressions of a list, to be used with `fullmatch`. Raises ConfigError for an invalid one."""
    return [compile_java(item, option) for item in split_list(text)]


def _pair(include: str | None, exclude: str | None, family: str) -> tuple[NameList, NameList]:
    """The two lists of a family of options.

    Raises:
        ConfigError: both are set, or one holds an invalid expression.
    """
    lists = NameList(include, f"{family}.include.list"), NameList(exclude, f"{family}.exclude.list")
    if lists[0] and lists[1]:
        raise ConfigError(
            f"{family}.include.list and {family}.exclude.list are both set.",
            hint="Keep one of them and remove the other.",
        )
    return lists


class TableFilter:
    """Answers for databases (`db`) and tables (`db.table`)."""

    def __init__(
        self,
        database_include: str | None = None,
        database_exclude: str | None = None,
        table_include: str | None = None,
        table_exclude: str | None = None,
        *,
        ignore_builtin: bool = True,
    ) -> None:
        """Raises ConfigError when both lists of a pair are set or an expression is invalid."""
        self._databases = _pair(database_include, database_exclude, "database")
        self._tables = _pair(table_include, table_exclude, "table")
        self._ignore_builtin = ignore_builtin

    @classmethod
    def from_config(cls, config: Mapping[str, str | None]) -> TableFilter:
        """The filter that a connector's options describe. Raises ConfigError as the constructor does."""
        return cls(
            config.get("database.include.list"),
            config.get("database.exclude.list"),
            config.get("table.include.list"),
            config.get("table.exclude.list"),
            ignore_builtin=(config.get("table.ignore.builtin") or "true").strip().lower() != "false",
        )

    def database(self, name: str) -> bool:
        include, exclude = self._databases
        if self._ignore_builtin and name.lower() in BUILTIN_DATABASES:
            return False
        return include.matches(name) if include else not exclude.matches(name)

    def table(self, table: TableId) -> bool:
        """Whether the table is captured; never where its database is not."""
        if not self.database(table.database):
            return False
        include, exclude = self._tables
        return include.matches(str(table)) if include else not exclude.matches(str(table))

    def schema_table(self, table: TableId) -> bool:
        """Whether the table's schema is read by default, captured or not: all but the server's own tables are."""
        return not (self._ignore_builtin and table.database.lower() in BUILTIN_DATABASES)

    def snapshot_order(self, table: TableId) -> tuple[int, int, str]:
        """Sorts tables for a snapshot: by the first expression of `table.include.list` that matches, then by name."""
        include, _ = self._tables
        index = include.index(str(table)) if include else None
        return (1, 0, str(table)) if index is None else (0, index, str(table))


class ColumnFilter:
    """Answers for columns (`db.table.column`)."""

    def __init__(self, include: str | None = None, exclude: str | None = None) -> None:
        """Raises ConfigError when both lists are set or an expression is invalid."""
        self._include, self._exclude = _pair(include, exclude, "column")

    def __bool__(self) -> bool:
        """Whether any column may be left out."""
        return bool(self._include) or bool(self._exclude)

    def column(self, table: TableId, name: str) -> bool:
        full = f"{table}.{name}"
        return self._include.matches(full) if self._include else not self._exclude.matches(full)
