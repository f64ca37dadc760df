"""Records of schema changes. What the schema history leaves out is null here, and columns have no `hasDefaultValue`."""

from __future__ import annotations

from rowtide.changes import SchemaChange
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import (
    INT32,
    INT64,
    OPTIONAL_BOOLEAN,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Struct,
    array,
    struct,
)
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.source_info import SourceInfo
from rowtide.tables.model import Column, Table, TableChange

COLUMN = struct(
    "io.debezium.connector.schema.Column",
    ("name", STRING),
    ("jdbcType", INT32),
    ("nativeType", OPTIONAL_INT32),
    ("typeName", STRING),
    ("typeExpression", OPTIONAL_STRING),
    ("charsetName", OPTIONAL_STRING),
    ("length", OPTIONAL_INT32),
    ("scale", OPTIONAL_INT32),
    ("position", INT32),
    ("optional", OPTIONAL_BOOLEAN),
    ("autoIncremented", OPTIONAL_BOOLEAN),
    ("generated", OPTIONAL_BOOLEAN),
    ("comment", OPTIONAL_STRING),
    ("defaultValueExpression", OPTIONAL_STRING),
    ("enumValues", array(STRING, optional=True)),
    version=1,
)
TABLE = struct(
    "io.debezium.connector.schema.Table",
    ("defaultCharsetName", OPTIONAL_STRING),
    ("primaryKeyColumnNames", array(STRING, optional=True)),
    ("columns", array(COLUMN)),
    ("comment", OPTIONAL_STRING),
    version=1,
    optional=True,
)
CHANGE = struct("io.debezium.connector.schema.Change", ("type", STRING), ("id", STRING), ("table", TABLE), version=1)


class SchemaChangeRecords:
    """Builds the records of one connector."""

    def __init__(self, config: EnvelopeConfig, source: SourceInfo, headers: tuple[Header, ...]) -> None:
        self._source = source
        self._topic = config.topics.schema_changes
        self._headers = headers
        self._clock = config.clock
        name = f"io.debezium.connector.{config.identity.flavor}.SchemaChange"
        self._key = struct(f"{name}Key", ("databaseName", STRING), version=1)
        self._value = struct(
            f"{name}Value",
            ("source", source.schema),
            ("ts_ms", INT64),
            ("databaseName", OPTIONAL_STRING),
            ("schemaName", OPTIONAL_STRING),
            ("ddl", OPTIONAL_STRING),
            ("tableChanges", array(CHANGE)),
            version=1,
        )

    def record(self, change: SchemaChange) -> SourceRecord:
        """Goes to partition 0."""
        block = self._source.block(change.source, change.database, _source_table(change), change.row)
        value = (
            block.struct(),
            self._clock() // 1_000_000,
            change.database,
            None,
            change.ddl,
            [_change(item) for item in change.changes],
        )
        key = Struct(self._key, (change.database,))
        return SourceRecord(self._topic, 0, self._key, key, self._value, Struct(self._value, value), self._headers)


def _source_table(change: SchemaChange) -> str | None:
    return None if change.tables is None else ",".join(table.table for table in change.tables)


def _change(change: TableChange) -> Struct:
    return Struct(CHANGE, (change.type, change.id.quoted, _table(change.table) if change.table else None))


def _table(table: Table) -> Struct:
    columns = [_column(column) for column in table.columns]
    return Struct(TABLE, (table.default_charset, list(table.primary_key), columns, table.comment))


def _column(column: Column) -> Struct:
    return Struct(
        COLUMN,
        (
            column.name,
            column.jdbc_type,
            None,
            column.type_name,
            column.type_expression if column.type_expression is not None else column.type_name,
            column.charset,
            column.length,
            column.scale,
            column.position,
            column.optional,
            column.auto_incremented,
            column.generated,
            column.comment,
            column.default if column.has_default else None,
            list(column.enum_values) or None,
        ),
    )
