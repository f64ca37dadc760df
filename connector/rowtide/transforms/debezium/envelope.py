"""What Debezium's transforms know of records: which ones are change events, and access to their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Generic, TypeVar

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import DataError
from rowtide.transforms.structs import struct_schema_like

T = TypeVar("T")

_SUFFIX = ".Envelope"
_PAIRS_MAX = 1000


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


def renamed(source: Schema, name: str | None, fields: Iterable[tuple[str, Schema]]) -> Schema:
    """A struct schema of those fields with the metadata of another and without its default.

    Raises:
        DataError: two fields have one name.
    """
    return replace(struct_schema_like(source, fields), name=name, optional=source.optional)


class TopicSchemaCache(Generic[T]):
    """What was made of a schema for a topic, for the pairs that were used last; see SchemaCache."""

    def __init__(self, make: Callable[[Schema, str], T]) -> None:
        self._make = make
        self._made: dict[tuple[Schema, str], T] = {}

    def __call__(self, schema: Schema, topic: str) -> T:
        """Raises whatever making it raises, each time anew."""
        made = self._made.pop((schema, topic), None)
        if made is None:
            made = self._make(schema, topic)
            if len(self._made) >= _PAIRS_MAX:
                del self._made[next(iter(self._made))]
        self._made[schema, topic] = made
        return made
