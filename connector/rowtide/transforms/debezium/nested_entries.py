"""Adds entries to a struct, some of them within the structs that it holds, as HeaderToValue does.

A name `a.b.c` means the field `c` of the struct `b` within `a`. Where a struct is missing it is made, but only from the
struct that is reached, for one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowtide.connect.schema import Field, Schema, SchemaType, Struct
from rowtide.errors import ConnectError, DataError
from rowtide.transforms.kafka.declare import java_split
from rowtide.transforms.structs import check_null, java_class, require_struct, value_at

_ROOT = "payload"
_COMPOSED = (SchemaType.STRUCT, SchemaType.ARRAY, SchemaType.MAP)


@dataclass(frozen=True, slots=True)
class Entry:
    """Attributes: schema: None only of a value that has none."""

    name: str
    schema: Schema | None
    value: object

    @property
    def path(self) -> list[str]:
        return java_split(self.name, ".")


@dataclass(frozen=True, slots=True)
class _Level:
    """A struct on the way. Attributes: name: of its field, `payload` of the record's value itself."""

    name: str
    depth: int

    def inner(self, name: str) -> _Level:
        return _Level(name, self.depth + 1)

    def own_field(self, path: list[str]) -> str | None:
        """The field of this struct that a path means, None where it means one of another."""
        if len(path) == 1 and self.name == _ROOT:
            return path[0]
        if len(path) == self.depth + 1 and path[max(self.depth - 1, 0)] == self.name:
            return path[self.depth]
        return None

    def leads_through(self, path: list[str]) -> bool:
        if self.depth == 0:
            return self.name == _ROOT
        return self.depth < len(path) and path[self.depth - 1] == self.name

    def field_within(self, path: list[str], parent: str) -> str | None:
        """The field of a struct to be made, named `parent`, that a path means."""
        if self.depth == 0 and self.name == _ROOT:
            return path[1] if len(path) > 1 and parent == path[0] else None
        if self.depth > 0 and ".".join(path[: self.depth + 1]) == parent and self.depth + 1 < len(path):
            return path[self.depth + 1]
        return None


def extended_schema(schema: Schema, entries: Sequence[Entry]) -> Schema:
    """Raises ConnectError for a path through a field that is no struct, DataError for an entry without schema."""
    nested = [entry for entry in entries if "." in entry.name]
    for entry in nested:
        _check_way(schema, entry)
    return _extended(schema, entries, [entry.name for entry in nested], _Level(_ROOT, 0))


def _check_way(schema: Schema, entry: Entry) -> None:
    for step in entry.path[:-1]:
        if not schema.has_field(step):
            return
        schema = schema.field(step)
        if schema.type not in _COMPOSED:
            raise ConnectError(
                f"Field '{step}' is a primitive type, not a struct. Cannot add nested field '{entry.name}'."
            )


def _extended(schema: Schema, entries: Sequence[Entry], nested: list[str], level: _Level) -> Schema:
    if schema.type not in _COMPOSED:
        return schema
    if schema.type is not SchemaType.STRUCT:
        raise DataError("Cannot list fields on non-struct type")
    fields = {field.name: field for field in schema.fields}
    for name, field in fields.items():
        if _is_passed(name, nested):
            fields[name] = Field(name, _extended(field.schema, entries, nested, level.inner(name)))
    for entry in entries:
        name_here = level.own_field(entry.path)
        if name_here is not None and name_here not in fields:
            fields[name_here] = _field(name_here, entry)
    for parent in _new_parents(schema, nested, level):
        inner = ((level.field_within(entry.path, parent), entry) for entry in entries)
        made = tuple(_field(name, entry) for name, entry in inner if name is not None)
        names = [field.name for field in made]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise _twice(twice)
        if parent in fields:
            raise _twice(parent)
        fields[parent] = Field(parent, Schema(SchemaType.STRUCT, optional=True, fields=made))
    return Schema(
        SchemaType.STRUCT,
        name=schema.name,
        version=schema.version,
        doc=schema.doc,
        parameters=schema.parameters,
        fields=tuple(fields.values()),
    )


def _field(name: str, entry: Entry) -> Field:
    if entry.schema is None:
        raise DataError(f"fieldSchema for field {name} cannot be null.")
    return Field(name, entry.schema)


def _twice(name: str) -> DataError:
    return DataError(f"Cannot create field because of field name duplication {name}")


def _is_passed(name: str, nested: list[str]) -> bool:
    """Debezium looks for the name anywhere in a path."""
    return any(f"{name}." in path for path in nested)


def _new_parents(schema: Schema, nested: list[str], level: _Level) -> list[str]:
    """Structs to be made in this one."""
    paths = [java_split(name, ".") for name in nested]
    wanted = (path[level.depth] for path in paths if level.leads_through(path) and level.depth < len(path) - 1)
    return [name for name in dict.fromkeys(wanted) if not schema.has_field(name)]


def _fitting(schema: Schema, name: str, entry: Entry) -> object:
    """The entry's value for a field that may have been there before. Raises DataError where it is of another type."""
    if not schema.has_field(name):
        raise DataError(f"{name} is not a valid field name")
    wanted = schema.field(name).type
    if entry.value is None:
        check_null(schema.fields[schema.index_of(name)])
    elif entry.schema is not None and entry.schema.type is not wanted:
        found = java_class(entry.schema, entry.value)
        raise DataError(f'Invalid Java object for schema with type {wanted.name}: class {found} for field: "{name}"')
    return entry.value


def extended_value(value: Struct, schema: Schema, entries: Sequence[Entry]) -> Struct:
    """The value with the entries, of the schema that was made for it. Fields that it does not have stay null."""
    nested = [entry.name for entry in entries if "." in entry.name]
    return _filled(value, schema, entries, nested, _Level(_ROOT, 0))


def _filled(value: Struct, schema: Schema, entries: Sequence[Entry], nested: list[str], level: _Level) -> Struct:
    values: dict[str, object] = dict.fromkeys(field.name for field in schema.fields)
    for field in value.schema.fields:
        name = field.name
        each = value_at(value, name, with_default=True)
        # A struct that other records got entries into has a new schema without an entry, too.
        is_extended = isinstance(each, Struct) and schema.has_field(name) and schema.field(name) is not each.schema
        if each is not None and (is_extended or _is_passed(name, nested)):
            inner = require_struct(field.schema, each, "Nested field")
            each = _filled(inner, schema.field(name), entries, nested, level.inner(name))
        values[name] = each
    for entry in entries:
        name_here = level.own_field(entry.path)
        if name_here is not None:
            values[name_here] = _fitting(schema, name_here, entry)
    for parent in _new_parents(value.schema, nested, level):
        made = schema.field(parent)
        inner_values: dict[str, object] = dict.fromkeys(field.name for field in made.fields)
        for entry in entries:
            name_within = level.field_within(entry.path, parent)
            if name_within is not None:
                inner_values[name_within] = entry.value
        values[parent] = Struct(made, list(inner_values.values()))
    return Struct(schema, list(values.values()))
