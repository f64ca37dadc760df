"""Avro schemas as a tree, and their JSON text as Apache Avro's `Schema.toString()` prints it.

https://avro.apache.org/docs/1.11.3/specification/ for what the parts mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rowtide.connect import json_text
from rowtide.errors import DataError

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
TYPE_NAMES = frozenset((*PRIMITIVES, "record", "error", "enum", "fixed", "array", "map", "union"))


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""The default of a field that has none; null is a default of its own."""


class Single(float):
    """A JSON number that stands for a 32-bit float, and is printed as one."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Primitive:
    """Attributes:
    kind: one of PRIMITIVES.
    props: properties beside those of the specification, in their order.
    """

    kind: str
    props: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class RecordField:
    """Attributes:
    default: a JSON value, or ABSENT.
    """

    name: str
    type: AvroType
    doc: str | None = None
    default: object = ABSENT
    props: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Record:
    """`fields` are filled in after the record was made, so that they may refer to it."""

    space: str | None
    name: str
    doc: str | None = None
    fields: list[RecordField] = field(default_factory=list)
    props: dict[str, object] = field(default_factory=dict)
    kind: str = "record"


@dataclass(slots=True, eq=False)
class EnumType:
    space: str | None
    name: str
    symbols: list[str]
    doc: str | None = None
    default: str | None = None
    props: dict[str, object] = field(default_factory=dict)
    kind: str = "enum"


@dataclass(slots=True, eq=False)
class Fixed:
    space: str | None
    name: str
    size: int
    props: dict[str, object] = field(default_factory=dict)
    kind: str = "fixed"


@dataclass(slots=True, eq=False)
class Array:
    items: AvroType
    props: dict[str, object] = field(default_factory=dict)
    kind: str = "array"


@dataclass(slots=True, eq=False)
class Map:
    values: AvroType
    props: dict[str, object] = field(default_factory=dict)
    kind: str = "map"


@dataclass(slots=True, eq=False)
class Union:
    branches: list[AvroType]
    props: dict[str, object] = field(default_factory=dict)  # always empty: a union has no place for any
    kind: str = "union"


Named = Record | EnumType | Fixed
AvroType = Primitive | Named | Array | Map | Union


def full_name(schema: Named) -> str:
    return f"{schema.space}.{schema.name}" if schema.space else schema.name


def is_null(schema: AvroType) -> bool:
    return schema.kind == "null"


def to_text(schema: AvroType) -> str:
    """The schema's compact JSON text. Raises DataError when two named types that differ have one name."""
    return json_text.encode(_Printer().json(schema, None), escape_astral=False).decode()


class _Printer:
    def __init__(self) -> None:
        self._seen: dict[str, Named] = {}

    def json(self, schema: AvroType, space: str | None) -> object:
        """JSON that `json_text.encode` takes; `space` is the namespace around it."""
        if isinstance(schema, Primitive):
            return {"type": schema.kind, **_printable(schema.props)} if schema.props else schema.kind
        if isinstance(schema, Union):
            return [self.json(branch, space) for branch in schema.branches]
        if isinstance(schema, Array):
            return {"type": "array", "items": self.json(schema.items, space), **_printable(schema.props)}
        if isinstance(schema, Map):
            return {"type": "map", "values": self.json(schema.values, space), **_printable(schema.props)}
        known = self._seen.get(full_name(schema))
        if known is None:
            self._seen[full_name(schema)] = schema
            return self._definition(schema, space)
        if known is not schema and to_text(known) != to_text(schema):
            raise DataError(
                f"Can't redefine: {full_name(schema)}",
                hint="Two types that differ have one name, which an Avro schema cannot express.",
            )
        return _reference(schema, space)

    def _definition(self, schema: Named, space: str | None) -> object:
        json: dict[str, object] = {"type": schema.kind, "name": schema.name}
        if schema.space is not None:
            if schema.space != space:
                json["namespace"] = schema.space
        elif space is not None:
            json["namespace"] = ""
        if isinstance(schema, Fixed):
            json["size"] = schema.size
            return {**json, **_printable(schema.props)}
        if schema.doc is not None:
            json["doc"] = schema.doc
        if isinstance(schema, EnumType):
            json["symbols"] = schema.symbols
            if schema.default is not None:
                json["default"] = schema.default
        else:
            json["fields"] = [self._field(item, schema.space) for item in schema.fields]
        return {**json, **_printable(schema.props)}

    def _field(self, item: RecordField, space: str | None) -> object:
        json: dict[str, object] = {"name": item.name, "type": self.json(item.type, space)}
        if item.doc is not None:
            json["doc"] = item.doc
        if item.default is not ABSENT:
            json["default"] = printable(item.default)
        return {**json, **_printable(item.props)}


def _reference(schema: Named, space: str | None) -> str:
    """The short name within the same namespace, unless it would read as a type of Avro's own."""
    if schema.space is None or (schema.space == space and schema.name not in TYPE_NAMES):
        return schema.name
    return full_name(schema)


def printable(value: object) -> object:
    """A JSON value as `json_text.encode` takes it: floats become fragments."""
    if isinstance(value, float):
        return json_text.number_fragment(value, single=isinstance(value, Single))
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [printable(item) for item in value]
    return value


def _printable(props: dict[str, object]) -> dict[str, object]:
    return {key: printable(value) for key, value in props.items()}
