"""FieldNameTransformation: changes the fields of keys and rows to another style of names, with prefix and suffix."""

from __future__ import annotations

from dataclasses import replace

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.transforms.debezium.envelope import renamed
from rowtide.transforms.debezium.naming_styles import style
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, one_of, option
from rowtide.transforms.structs import SchemaCache, make_struct

_ROWS = ("before", "after")


class FieldNameTransformation(DebeziumTransformation):
    looks_at_values = False

    options = (
        option("column.naming.prefix", "Column Name Prefix", "Stands before each name.", default=""),
        option("column.naming.suffix", "Column Name Suffix", "Stands behind each name.", default=""),
        option(
            "column.naming.style",
            "Column Naming Style",
            "`snake_case`, `camel_case`, `UPPER_CASE`, `lower_case` or `default`, which changes nothing.",
            one_of("snake_case", "camel_case", "upper_case", "lower_case", "default"),
            default="default",
        ),
    )

    def set_up(self, settings: Settings) -> None:
        self._prefix = settings.required_text("column.naming.prefix")
        self._suffix = settings.required_text("column.naming.suffix")
        self._style = style(settings.required_text("column.naming.style"))
        self._schemas = SchemaCache(self._renamed)
        self._envelopes = SchemaCache(self._renamed_envelope)

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError where two fields get one name."""
        schema = record.value_schema
        if schema is None or schema.type is not SchemaType.STRUCT:
            return record
        if record.key_schema is not None and record.key_schema.type is SchemaType.STRUCT:
            key_schema = self._schemas(record.key_schema)
            record = replace(record, key_schema=key_schema, key=_moved(key_schema, record.key))
        if (schema.name or "").endswith(".Envelope") and isinstance(record.value, Struct):
            made = self._envelopes(schema)
            return replace(record, value_schema=made, value=self._moved_envelope(made, record.value))
        made = self._schemas(schema)
        return replace(record, value_schema=made, value=_moved(made, record.value))

    def _renamed(self, schema: Schema) -> Schema:
        names = ((self._prefix + self._style(field.name) + self._suffix, field.schema) for field in schema.fields)
        return replace(renamed(schema, schema.name, names), default=schema.default)

    def _renamed_envelope(self, schema: Schema) -> Schema:
        fields = [(f.name, self._schemas(f.schema) if f.name in _ROWS else f.schema) for f in schema.fields]
        return renamed(schema, schema.name, fields)

    @staticmethod
    def _moved_envelope(schema: Schema, value: Struct) -> Struct:
        pairs = zip(schema.fields, value.values, strict=True)
        return Struct(schema, [_moved(field.schema, each) if field.name in _ROWS else each for field, each in pairs])


def _moved(schema: Schema, value: object) -> Struct | None:
    """The same values under the new names."""
    return make_struct(schema, list(value.values)) if isinstance(value, Struct) else None
