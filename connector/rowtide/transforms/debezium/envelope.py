"""What Debezium's transforms know of records: which ones are change events, and access to their fields."""

from __future__ import annotations

from dataclasses import replace

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import DataError

_SUFFIX = ".Envelope"


def is_change(record: SourceRecord) -> bool:
    """Whether the value's schema is that of a change event: heartbeats, schema changes and tombstones have others."""
    schema = record.value_schema
    return schema is not None and schema.name is not None and schema.name.endswith(_SUFFIX)


def envelope(record: SourceRecord) -> Struct:
    """The value of a change event. Raises DataError where it is none."""
    if not isinstance(record.value, Struct):
        raise DataError(f"The value of a record with the schema {record.value_schema} is no struct.")
    return record.value


def typed(struct: Struct, name: str, type_: SchemaType) -> object:
    """A field's value without its default, as Connect's `getString` and its like. Raises DataError with its words."""
    if not struct.schema.has_field(name):
        raise DataError(f"{name} is not a valid field name")
    if struct.schema.field(name).type is not type_:
        raise DataError(f"Field '{name}' is not of type {type_.name}")
    return struct[name]


def text_of(struct: Struct, name: str) -> str | None:
    value = typed(struct, name, SchemaType.STRING)
    assert value is None or isinstance(value, str)
    return value


def struct_of(struct: Struct, name: str) -> Struct | None:
    value = typed(struct, name, SchemaType.STRUCT)
    assert value is None or isinstance(value, Struct)
    return value


def with_headers(record: SourceRecord, *headers: Header) -> SourceRecord:
    """The record with headers after those that it has."""
    return replace(record, headers=(*record.headers, *headers))


def like(source: Schema) -> Schema:
    """A required schema of the same type and metadata, without default, and without the fields of a struct."""
    return replace(source, optional=False, default=None, fields=())
