"""Key, value and envelope schemas of a table version, and how its rows become their values."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rowtide.changes import RawRow
from rowtide.connect.names import NameAdjuster
from rowtide.connect.schema import INT64, OPTIONAL_INT64, STRING, Field, Schema, SchemaType, struct
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.placeholders import with_placeholders
from rowtide.envelope.source_info import SourceInfo
from rowtide.errors import SchemaError
from rowtide.tables.model import Column, Table
from rowtide.types import ColumnCodec, Convert, identity

RowValues = Callable[[RawRow], list[object]]
"""Turns a row of raw values into the values of a struct, in its order."""

VERSIONS_MAX = 2000
"""Table versions kept; the least recently used is built again when it returns."""

TRANSACTION_BLOCK = struct(
    "event.block",
    ("id", STRING),
    ("total_order", INT64),
    ("data_collection_order", INT64),
    version=1,
    optional=True,
)


@dataclass(frozen=True, slots=True)
class RowReader:
    """How rows become values: `streamed` for rows of the binlog, `partial` for those of which it has left out values,
    `selected` for rows of a SELECT.
    """

    streamed: RowValues
    selected: RowValues
    partial: RowValues


@dataclass(frozen=True, slots=True)
class TableSchema:
    """What records of one table version are made with.

    Attributes:
        key_schema: None for a table without key.
        key: None for a table without key.
        value_columns: the columns that the value shows, in the order of its fields.
        key_columns: the same of the key.
        key_constant: the text of a last field that all keys have besides, None for none.
    """

    topic: str
    key_schema: Schema | None
    value_schema: Schema
    envelope_schema: Schema
    key: RowReader | None
    value: RowReader
    value_columns: tuple[tuple[Column, ColumnCodec], ...] = ()
    key_columns: tuple[tuple[Column, ColumnCodec], ...] = ()
    key_constant: str | None = None


class TableSchemas:
    """Builds the schemas of table versions, and keeps them by the Table's identity."""

    def __init__(self, config: EnvelopeConfig, source: SourceInfo) -> None:
        self._config = config
        self._source = source
        self._schema_name = NameAdjuster(config.names.schemas, fields=False)
        self._field_name = NameAdjuster(config.names.fields, fields=True)
        self._cache: OrderedDict[Table, TableSchema] = OrderedDict()

    def of(self, table: Table) -> TableSchema:
        """Raises DataError or ConnectError when a default cannot be converted or two names become one."""
        known = self._cache.get(table)
        if known is not None:
            self._cache.move_to_end(table)
            return known
        built = self._build(table)
        self._cache[table] = built
        if len(self._cache) > VERSIONS_MAX:
            self._cache.popitem(last=False)
        return built

    def _build(self, table: Table) -> TableSchema:
        topic = self._config.topics.data(table.id)
        key_columns = [
            (column, codec) for column in self._config.columns.key_of(table) if (codec := self._codec(table, column))
        ]
        value_columns = [
            (column, codec)
            for column in table.columns
            if self._config.columns.included(table.id, column) and (codec := self._mapped_codec(table, column))
        ]
        value_schema = self._struct(f"{topic}.Value", value_columns, optional=True)
        envelope = struct(
            self._schema_name(f"{topic}.Envelope"),
            ("before", value_schema),
            ("after", value_schema),
            ("source", self._source.schema),
            ("transaction", TRANSACTION_BLOCK),
            ("op", STRING),
            ("ts_ms", OPTIONAL_INT64),
            ("ts_us", OPTIONAL_INT64),
            ("ts_ns", OPTIONAL_INT64),
            version=2,
        )
        more = self._config.topics.key_field(table.id)
        has_key = bool(key_columns) or more is not None
        return TableSchema(
            topic,
            self._struct(f"{topic}.Key", key_columns, optional=False, more=more) if has_key else None,
            value_schema,
            envelope,
            self._reader(table, key_columns, more) if has_key else None,
            self._reader(table, value_columns),
            tuple(value_columns),
            tuple(key_columns),
            None if more is None else more[1],
        )

    def _codec(self, table: Table, column: Column) -> ColumnCodec | None:
        return self._config.columns.codec(table.id, column, self._config.values)

    def _mapped_codec(self, table: Table, column: Column) -> ColumnCodec | None:
        codec = self._codec(table, column)
        mapper = self._config.columns.mapper_for(table.id, column)
        return mapper(column, codec) if codec is not None and mapper is not None else codec

    def _reader(
        self, table: Table, columns: Sequence[tuple[Column, ColumnCodec]], more: tuple[str, str] | None = None
    ) -> RowReader:
        """Args: more: a last field's name and value, the same for all rows."""
        positions = [column.position - 1 for column, _ in columns]
        streamed = _row_values(table, positions, [codec.convert for _, codec in columns])
        selected = _row_values(table, positions, [codec.convert_snapshot for _, codec in columns])
        partial = with_placeholders(
            columns,
            streamed,
            self._config.values.placeholder,
            json_is_text=self._config.identity.flavor == "mysql",
        )
        if more is None:
            return RowReader(streamed, selected, partial)
        value = more[1]
        return RowReader(
            lambda row: [*streamed(row), value], lambda row: [*selected(row), value], lambda row: [*partial(row), value]
        )

    def _struct(
        self,
        name: str,
        columns: Sequence[tuple[Column, ColumnCodec]],
        *,
        optional: bool,
        more: tuple[str, str] | None = None,
    ) -> Schema:
        fields = [Field(self._field_name(column.name), codec.schema) for column, codec in columns]
        if more is not None:
            fields.append(Field(more[0], STRING))
        return Schema(SchemaType.STRUCT, optional=optional, name=self._schema_name(name), fields=tuple(fields))


def _row_values(table: Table, positions: list[int], converts: list[Convert]) -> RowValues:
    """Copies the row and converts only the columns whose raw form is not their value."""
    width = len(table.columns)
    whole = positions == list(range(width))
    changed = [(i, convert) for i, convert in enumerate(converts) if convert is not identity]

    def read(row: RawRow) -> list[object]:
        if len(row) < width:
            raise SchemaError(
                f"A row of table {table.id} has {len(row)} columns where its known definition has {width}.",
                hint="The schema history is behind the table: take a new snapshot of its schema.",
            )
        values = list(row[:width]) if whole else [row[i] for i in positions]
        for i, convert in changed:
            values[i] = convert(values[i])
        return values

    return read
