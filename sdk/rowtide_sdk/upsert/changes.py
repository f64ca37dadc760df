"""Changes of rows, brought together to the last one of each key, ready to be written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rowtide_sdk.errors import DecodeError
from rowtide_sdk.events import Delete, Insert, Read, Truncate, Update
from rowtide_sdk.keys import Key
from rowtide_sdk.position import Position
from rowtide_sdk.row import Row
from rowtide_sdk.schema import ColumnSchema, RowSchema
from rowtide_sdk.transactions.unit import Change
from rowtide_sdk.unset import UNSET
from rowtide_sdk.upsert.table import TargetTable


@dataclass(frozen=True, slots=True)
class Upserted:
    """
    Attributes:
        values: by target column; columns that were not sent are not there.
    """

    position: Position
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deleted:
    position: Position


@dataclass(slots=True)
class TableChanges:
    """What is to be done to one target table.

    Attributes:
        key: its key columns, by their names there.
        schema: the source's, as of the last change that told it.
        columns: of all changes that told them.
        truncated: everything up to there goes first.
        rows: the last change of each key.
    """

    table: TargetTable
    key: tuple[str, ...] = ()
    schema: RowSchema | None = None
    columns: dict[str, ColumnSchema] = field(default_factory=dict)
    truncated: Position | None = None
    rows: dict[Key, Upserted | Deleted] = field(default_factory=dict)

    def add(self, event: Change[Row], position: Position) -> None:
        if isinstance(event, Truncate):
            self.truncated = position
            self.rows = {key: change for key, change in self.rows.items() if change.position > position}
            return
        image = event.before if isinstance(event, Delete) else event.after
        columns = self._key_columns(event)
        if isinstance(event, Insert | Update | Read) and event.schema is not None and event.schema is not self.schema:
            self.schema = event.schema
            self.columns |= {column.name: column for column in event.schema.columns}
        key = tuple(image[column] for column in columns)
        known = self.rows.get(key)
        if known is not None and known.position > position:
            return
        if isinstance(event, Delete):
            self.rows[key] = Deleted(position)
        else:
            values = dict(self._values(image))
            if isinstance(known, Upserted):
                values = {**known.values, **values}  # columns that this change does not have
            self.rows[key] = Upserted(position, values)

    def _values(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        table = self.table
        return ((table.target_column(c), v) for c, v in row.items() if v is not UNSET and table.copies(c))

    def _key_columns(self, event: Change[Row]) -> tuple[str, ...]:
        columns = self.table.key or (tuple(event.key) if isinstance(event.key, Row) else ())
        if not columns:
            message = event.message
            raise DecodeError(
                f"{event.source.table_name} has no key, so its rows cannot be told apart; name columns that do so in "
                "TargetTable.key, or leave the table out",
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
            )
        if not self.key:
            self.key = tuple(self.table.target_column(column) for column in columns)
        return columns


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
