"""The `source` block: where a record comes from."""

from __future__ import annotations

from rowtide.changes import SnapshotMarker, SourceFacts
from rowtide.connect.schema import (
    INT32,
    INT64,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    struct,
)
from rowtide.envelope.config import EnvelopeConfig

SNAPSHOT = Schema(
    SchemaType.STRING,
    optional=True,
    name="io.debezium.data.Enum",
    version=1,
    parameters=(("allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"),),
    default="false",
)

_SNAPSHOT_FIELD = 4
_ROW_FIELD = 14


class SourceInfo:
    """Makes `source` blocks of one connector."""

    def __init__(self, config: EnvelopeConfig) -> None:
        identity = config.identity
        self._constant = (identity.version, identity.flavor, config.topics.prefix)
        self.schema = struct(
            f"io.debezium.connector.{identity.flavor}.Source",
            ("version", STRING),
            ("connector", STRING),
            ("name", STRING),
            ("ts_ms", INT64),
            ("snapshot", SNAPSHOT),
            ("db", STRING),
            ("sequence", OPTIONAL_STRING),
            ("ts_us", OPTIONAL_INT64),
            ("ts_ns", OPTIONAL_INT64),
            ("table", OPTIONAL_STRING),
            ("server_id", INT64),
            ("gtid", OPTIONAL_STRING),
            ("file", STRING),
            ("pos", INT64),
            ("row", INT32),
            ("thread", OPTIONAL_INT64),
            ("query", OPTIONAL_STRING),
            version=1,
        )

    def block(self, facts: SourceFacts, database: str, table: str | None, row: int = 0) -> SourceBlock:
        """The block of a change; `table` is None for what concerns no table."""
        micros = facts.time_us
        values: list[object] = [
            *self._constant,
            micros // 1000,
            facts.snapshot.value if facts.snapshot else None,
            database,
            None,
            micros,
            micros * 1000,
            table,
            facts.server_id,
            facts.gtid,
            facts.file,
            facts.pos,
            row,
            facts.thread,
            facts.query,
        ]
        return SourceBlock(self.schema, values)


class SourceBlock:
    """A block of which row number and snapshot marker vary from row to row."""

    __slots__ = ("_values", "schema")

    def __init__(self, schema: Schema, values: list[object]) -> None:
        self.schema = schema
        self._values = values

    def struct(self) -> Struct:
        return Struct(self.schema, self._values)

    def of_row(self, row: int, marker: SnapshotMarker | None = None) -> Struct:
        """The block with another row number and, where one is given, another marker."""
        values = self._values.copy()
        values[_ROW_FIELD] = row
        if marker is not None:
            values[_SNAPSHOT_FIELD] = marker.value
        return Struct(self.schema, values)
