"""Schemas that are made from records: equal ones become one object, since schemas are compared by identity."""

from __future__ import annotations

from collections.abc import Hashable

from rowtide.connect.schema import Schema, Struct

_SCHEMAS_MAX = 10_000


class SchemaPool:
    """One schema for all that are equal, for those that were used last."""

    def __init__(self) -> None:
        self._schemas: dict[Hashable, Schema] = {}

    def __call__(self, schema: Schema) -> Schema:
        key = shape(schema)
        pooled = self._schemas.pop(key, schema)
        if len(self._schemas) >= _SCHEMAS_MAX:
            del self._schemas[next(iter(self._schemas))]
        self._schemas[key] = pooled
        return pooled


def shape(schema: Schema | None) -> Hashable:
    """A value that is equal for equal schemas."""
    if schema is None:
        return None
    default = repr(schema.default) if isinstance(schema.default, Struct | list | dict) else schema.default
    return (
        schema.type.value,
        schema.optional,
        schema.name,
        schema.version,
        schema.doc,
        schema.parameters,
        type(default).__name__,
        default,
        tuple((field.name, shape(field.schema)) for field in schema.fields),
        shape(schema.key_schema),
        shape(schema.value_schema),
    )
