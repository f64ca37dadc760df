"""ExtractSchemaToNewRecord: adds what the table's columns are in the database to each change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import OPTIONAL_INT32, OPTIONAL_STRING, STRING, Schema, Struct, array, struct
from rowtide.errors import ConnectError, DataError
from rowtide.transforms.debezium.envelope import TopicSchemaCache, envelope, is_change, renamed
from rowtide.transforms.debezium.name_adjustment import SCHEMA_NAMES, name_adjuster
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings
from rowtide.transforms.java_conversion import parse_integer
from rowtide.transforms.structs import make_struct, require_fields, value_at, values_of

_KEY = "sourceSchema"
_PREFIX = "__debezium.source.column."


@dataclass(frozen=True, slots=True)
class _Made:
    schema: Schema
    block: Struct


class ExtractSchemaToNewRecord(DebeziumTransformation):
    """Adds what the table's columns are in the database to each change, for which `column.propagate.source.type` has to
    name them. It also takes `schema.name.adjustment.mode` (`none`, `avro`, `avro_unicode`).
    """

    undeclared = (SCHEMA_NAMES,)

    def set_up(self, settings: Settings) -> None:
        settings.checked()
        adjust = name_adjuster(settings, SCHEMA_NAMES)
        self._column = struct(
            adjust("io.debezium.connector.source.schema.Column"),
            ("name", STRING),
            ("typeName", STRING),
            ("length", OPTIONAL_INT32),
            ("scale", OPTIONAL_INT32),
            ("comment", OPTIONAL_STRING),
            version=1,
        )
        self._table = struct("io.debezium.connector.source.schema.Table", ("columns", array(self._column)), version=1)
        self._block = struct(
            adjust("io.debezium.connector.source.Schema"), ("id", STRING), ("table", self._table), version=1
        )
        self._made = TopicSchemaCache(self._make)

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises ConnectError where the columns' types are not propagated to the schema."""
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        for name in ("after", "before"):
            if name not in value:
                raise ConnectError(f"Unknown field: {name}")
        if value["after"] is None and value["before"] is None:
            return record
        source = value_at(value, "source", with_default=True)
        if not isinstance(source, Struct):
            raise DataError("A change has no source block to take the table's name from.")
        table = value_at(source, "table", with_default=True)
        if not isinstance(table, str):
            raise DataError('Invalid value: null used for required field: "id", schema type: STRING')
        made = self._made(value.schema, table)
        values = [*values_of(value, with_defaults=True), made.block]
        return replace(record, value_schema=made.schema, value=make_struct(made.schema, values))

    def _make(self, schema: Schema, table: str) -> _Made:
        columns = [self._described(field.schema) for field in require_fields(schema.field("after"))]
        fields = [(field.name, field.schema) for field in schema.fields]
        extended = renamed(schema, schema.name, [*fields, (_KEY, self._block)])
        return _Made(extended, Struct(self._block, [table, Struct(self._table, [columns])]))

    def _described(self, schema: Schema) -> Struct:
        name, type_, length, scale, comment = (
            schema.parameter(_PREFIX + part) for part in ("name", "type", "length", "scale", "comment")
        )
        if name is None or type_ is None:
            raise ConnectError(
                'Ensure that enable configurations "column.propagate.source.type" or '
                '"datatype.propagate.source.type" and the value is set to ".*"'
            )
        return Struct(self._column, [name, type_, _number(length), _number(scale), comment])


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    number = parse_integer(text, 32)
    if number is None:
        raise DataError(f'For input string: "{text}"')
    return number
