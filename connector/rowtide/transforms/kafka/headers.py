"""DropHeaders, InsertHeader and HeaderFrom: what they do to a record's headers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rowtide.config.definition import REQUIRED, ConfigDef, Importance
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Schema
from rowtide.errors import ConfigError, ConnectError
from rowtide.transforms.kafka.declare import REPLACE_NULL, names, not_null, one_of_exactly, string
from rowtide.transforms.literals import parse_literal
from rowtide.transforms.parts import ConfiguredTransformation, KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    make_struct,
    require_fields,
    require_map,
    require_struct,
    struct_schema_like,
    value_at,
)

_DROP_OPTIONS = ConfigDef([names("headers", "Names of the headers to remove.")])


class DropHeaders(ConfiguredTransformation):
    """Removes headers."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _DROP_OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._names = frozenset(cast("list[str]", options["headers"]))

    def apply(self, record: SourceRecord) -> SourceRecord:
        return replace(record, headers=tuple(header for header in record.headers if header.name not in self._names))


_INSERT_OPTIONS = ConfigDef(
    [
        string("header", REQUIRED, "Name of the header to add.", Importance.HIGH, not_null),
        string(
            "value.literal",
            REQUIRED,
            "Its value, as text; numbers, true and false, dates, `[lists]` and `{maps}` get their own types.",
            Importance.HIGH,
            not_null,
        ),
    ]
)


class InsertHeader(ConfiguredTransformation):
    """Adds a header."""

    looks_at_values = False

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _INSERT_OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._header = Header(str(options["header"]), *parse_literal(str(options["value.literal"])))

    def apply(self, record: SourceRecord) -> SourceRecord:
        return replace(record, headers=(*record.headers, self._header))


_FROM_OPTIONS = ConfigDef(
    [
        names("fields", "Names of the fields that become headers.", may_repeat=True),
        names("headers", "Names of those headers, in the same order.", may_repeat=True),
        string(
            "operation",
            REQUIRED,
            "`copy` leaves the fields where they are, `move` takes them out of the key or value.",
            Importance.HIGH,
            one_of_exactly("move", "copy"),
        ),
        REPLACE_NULL,
    ]
)


class HeaderFrom(PartTransformation):
    """Moves or copies fields into headers."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _FROM_OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        fields, headers = cast("list[str]", options["fields"]), cast("list[str]", options["headers"])
        if len(fields) != len(headers):
            raise ConfigError("'fields' config must have the same number of elements as 'headers' config.")
        self._names = tuple(zip(fields, headers, strict=True))
        self._fields = frozenset(fields)
        self._move = options["operation"] == "move"
        self._purpose = f"header {options['operation']}"
        self._with_default = bool(options["replace.null.with.default"])
        self._moved = SchemaCache(self._without_fields)

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema = self.schema_of(record)
        return self._schemaless(record) if schema is None else self._with_schema(record, schema)

    def _schemaless(self, record: SourceRecord) -> SourceRecord:
        value = require_map(self.value_of(record), self._purpose)
        headers = tuple(Header(header, None, value.get(field)) for field, header in self._names)
        if self._move:
            value = {name: each for name, each in value.items() if name not in self._fields}
        return replace(self.with_part(record, None, value), headers=(*record.headers, *headers))

    def _with_schema(self, record: SourceRecord, schema: Schema) -> SourceRecord:
        struct = require_struct(schema, self.value_of(record), self._purpose)
        changed = record
        if self._move:
            moved = self._moved(schema)
            values = [value_at(struct, field.name, with_default=self._with_default) for field in moved.fields]
            changed = self.with_part(record, moved, make_struct(moved, values))
        headers = tuple(
            Header(header, _field(schema, name), value_at(struct, name, with_default=self._with_default))
            for name, header in self._names
        )
        return replace(changed, headers=(*record.headers, *headers))

    def _without_fields(self, schema: Schema) -> Schema:
        fields = ((field.name, field.schema) for field in require_fields(schema) if field.name not in self._fields)
        return struct_schema_like(schema, fields)


def _field(schema: Schema, name: str) -> Schema:
    if not schema.has_field(name):
        # Java has no words for it (a NullPointerException).
        raise ConnectError(f"Unknown field: {name}")
    return schema.field(name)


class HeaderFromKey(KeyPart, HeaderFrom):
    looks_at_values = False


class HeaderFromValue(ValuePart, HeaderFrom):
    looks_at_values = False
