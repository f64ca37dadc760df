"""The fields of an envelope that ExtractNewRecordState adds to records: `op`, `source.ts_ms`, `transaction.id:tx`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.debezium.envelope import like
from rowtide.transforms.kafka.declare import java_split

Getter = Callable[[Struct], object]

_OWN = ("op", "ts_ms", "ts_us", "ts_ns")
_OF_TRANSACTION = ("id", "data_collection_order", "total_order")
_UPDATE_DESCRIPTION = "updateDescription"


@dataclass(frozen=True, slots=True)
class FieldReference:
    """Attributes:
    parent: the struct of the envelope that is searched first, None for the envelope itself.
    new_name: of the field or header that is added.
    """

    parent: str | None
    field: str
    new_name: str

    def resolve(self, envelope: Schema) -> tuple[Schema, Getter] | None:
        """The schema of what is added, and how to get it from a value; None where the envelope has no such field.

        Raises:
            DataError: the envelope has not even the struct that the field is looked for in.
        """
        if self.parent is None:
            return _of_envelope(envelope, self.field)
        if not envelope.has_field(self.parent):
            raise DataError(
                f"The field {self.field} is to be added, but records have no '{self.parent}' to find it in."
            )
        parent = envelope.field(self.parent)
        if parent.type is not SchemaType.STRUCT:
            raise DataError("Cannot look up fields on non-struct type")
        if not parent.has_field(self.field):
            found = _of_envelope(envelope, self.field)
            return None if found is None else (found[0], _behind(envelope.index_of(self.parent), found[1]))
        return _optional(parent.field(self.field)), _within(envelope.index_of(self.parent), parent.index_of(self.field))


def _of_envelope(envelope: Schema, field: str) -> tuple[Schema, Getter] | None:
    if not envelope.has_field(field):
        return None
    index = envelope.index_of(field)
    return _optional(envelope.field(field)), lambda value: value.values[index]


def _within(parent: int, field: int) -> Getter:
    def get(envelope: Struct) -> object:
        struct = envelope.values[parent]
        return struct.values[field] if isinstance(struct, Struct) else None

    return get


def _behind(parent: int, get: Getter) -> Getter:
    """Where the struct that the field should have been in is missing, so is the field."""
    return lambda envelope: None if envelope.values[parent] is None else get(envelope)


def _optional(schema: Schema) -> Schema:
    return replace(like(schema), optional=True)


def parse_references(option: str, prefix: str, text: str | None) -> list[FieldReference]:
    """The references of an option's comma-separated list.

    Raises:
        ConfigError: one has more than one new name, or no name at all.
    """
    return [_parse(option, prefix, item.strip()) for item in java_split(text, ",")] if text else []


def _parse(option: str, prefix: str, text: str) -> FieldReference:
    parts = java_split(text, ":")
    path = java_split(parts[0], ".")
    if len(parts) > 2:
        raise ConfigError(f"Unexpected field name: {text}", hint=f"({option} takes `field` and `field:new-name`.)")
    if (not any(parts) and text) or (not any(path) and parts[0]):
        raise ConfigError(f"{option}: there is no name in {text!r}. Write `field` or `struct.field`.")
    field = path[0] if len(path) == 1 else path[1]
    parent = _parent_of(field) if len(path) == 1 else path[0]
    if len(parts) == 2:
        return FieldReference(parent, field, prefix + parts[1])
    return FieldReference(parent, field, prefix + (field if len(path) == 1 else f"{parent}_{field}"))


def _parent_of(field: str) -> str | None:
    if field in _OF_TRANSACTION:
        return "transaction"
    if field == _UPDATE_DESCRIPTION:
        return field
    return None if field in _OWN else "source"
