"""Which columns a record shows, which make its key, and which are shown masked, cut or annotated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rowtide.errors import ConfigError
from rowtide.tables.model import Column, Table, TableId
from rowtide.tables.patterns import compile_java
from rowtide.types import ColumnCodec, ValueModes, column_codec
from rowtide.types.columns import family_of
from rowtide.types.custom import ColumnConverter, custom_codec, facts_of
from rowtide.types.mappers import ColumnMapper

Matcher = Callable[[TableId, Column], bool]

_KEY_PART = re.compile(r"\s*([^:]+):([^:,]+(,[^:,]+)*)\s*")


def every_column(table: TableId, column: Column) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One `table:column` of `message.key.columns`: a pattern of `db.table.column`."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """Column options of a connector.

    Attributes:
        included: `column.include.list` and `column.exclude.list`; concerns values, never keys.
        keys: `message.key.columns`, parsed by `key_columns`.
        mappers: the first one that applies to a column changes it.
        converters: the first one that answers says how a column is shown, in keys too.
    """

    included: Matcher = every_column
    keys: tuple[KeyColumn, ...] = ()
    mappers: Sequence[tuple[Matcher, ColumnMapper]] = field(default=())
    converters: Sequence[ColumnConverter] = ()

    def key_of(self, table: Table) -> tuple[Column, ...]:
        """The columns of the key, in its order; empty for a table without one."""
        chosen = [
            column
            for key in self.keys
            for column in table.columns
            if key.pattern.fullmatch(f"{table.id}.{column.name}")
        ]
        if chosen:
            return tuple(chosen)
        return tuple(column for name in table.primary_key if (column := table.column(name)) is not None)

    def codec(self, table: TableId, column: Column, modes: ValueModes) -> ColumnCodec | None:
        """How a column is shown apart from its mapper; None when it is left out, its type being unknown."""
        own = column_codec(column, modes, table)
        if not self.converters:
            return own
        facts = facts_of(column, table, own)
        for converter in self.converters:
            conversion = converter.conversion_for(facts)
            if conversion is not None:
                return custom_codec(column, table, own, family_of(column, modes), conversion, modes)
        return own

    def mapper_for(self, table: TableId, column: Column) -> ColumnMapper | None:
        return next((mapper for matches, mapper in self.mappers if matches(table, column)), None)


def key_columns(text: str | None) -> tuple[KeyColumn, ...]:
    """Parses `message.key.columns`: `table:column,column;table:column`, tables and columns as regular expressions.

    Raises:
        ConfigError: a part has another form, or is no regular expression.
    """
    keys: list[KeyColumn] = []
    for part in (text or "").split(";"):
        if not part.strip():
            continue
        match = _KEY_PART.fullmatch(part)
        if not match:
            raise ConfigError(f"message.key.columns: {part.strip()} is not of the form table:column,column.")
        table, columns = match.group(1), match.group(2).split(",")
        keys += [KeyColumn(compile_java(f"{table}.{column.strip()}", "message.key.columns")) for column in columns]
    return tuple(keys)
