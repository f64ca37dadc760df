"""HeaderToValue: makes fields of a record's value from its headers."""

from __future__ import annotations

from dataclasses import replace

from rowtide.config.definition import Importance, Type
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema
from rowtide.errors import ConfigError
from rowtide.transforms.debezium.nested_entries import Entry, extended_schema, extended_value
from rowtide.transforms.debezium.options import (
    DebeziumTransformation,
    Settings,
    no_empty_item,
    no_space_in_items,
    one_of,
    option,
    required,
)
from rowtide.transforms.structs import require_struct

_SCHEMAS_MAX = 1000


class HeaderToValue(DebeziumTransformation):
    options = (
        option(
            "headers",
            "Header names list",
            "Names of the headers.",
            required,
            no_empty_item,
            no_space_in_items,
            type_=Type.LIST,
            importance=Importance.HIGH,
        ),
        option(
            "fields",
            "Field names list",
            "Names of the fields, in the order of the headers; `a.b` means a field within the struct a.",
            required,
            no_empty_item,
            no_space_in_items,
            type_=Type.LIST,
            importance=Importance.HIGH,
        ),
        option(
            "operation",
            "Operation: mover or copy",
            "`move` takes the headers off the record, `copy` leaves them.",
            required,
            one_of("move", "copy", needed=False),
            importance=Importance.HIGH,
        ),
    )

    def set_up(self, settings: Settings) -> None:
        settings.checked()
        headers, fields = settings.items("headers"), settings.items("fields")
        if len(headers) != len(fields):
            raise ConfigError("'fields' config must have the same number of elements as 'headers' config.")
        # Of a header that is named twice the first field counts.
        self._fields = dict(zip(reversed(headers), reversed(fields), strict=True))
        self._moves = settings.choice("operation") == "move"
        self._schemas: dict[Schema, tuple[Schema, frozenset[str]]] = {}

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError for a value that is no struct and for a field that cannot be added to it."""
        if record.value is None:
            return record
        value = require_struct(record.value_schema, record.value, "Header field insertion")
        entries = [Entry(self._fields[h.name], h.schema, h.value) for h in record.headers if h.name in self._fields]
        if not entries:
            return record
        schema = self._extended(value.schema, entries)
        headers = record.headers
        if self._moves:
            headers = tuple(header for header in headers if header.name not in self._fields)
        made = extended_value(value, schema, entries)
        return replace(record, value_schema=schema, value=made, headers=headers)

    def _extended(self, schema: Schema, entries: list[Entry]) -> Schema:
        """One schema for all values of a schema, made of the headers of the first.

        Where a later record has further headers, Debezium fails; here the schema then gets their fields as well.
        """
        names = frozenset(entry.name for entry in entries)
        made = self._schemas.pop(schema, None)
        if made is None:
            made = (extended_schema(schema, entries), names)
        elif not names <= made[1]:
            made = (extended_schema(made[0], entries), names | made[1])
        if len(self._schemas) >= _SCHEMAS_MAX:
            del self._schemas[next(iter(self._schemas))]
        self._schemas[schema] = made
        return made[0]
