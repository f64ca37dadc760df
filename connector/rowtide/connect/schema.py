"""Connect schemas and structs: the types that records are described with.

Mirrors org.apache.kafka.connect.data. Values are plain Python: int, float, bool, str, bytes, list, dict and `Struct`;
the logical types keep their encoded number (Date in days, Time in ms of the day, Timestamp in ms since the epoch),
except Decimal,
which is `decimal.Decimal`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


class SchemaType(enum.Enum):
    """The Connect types; the value is the name that JsonConverter prints."""

    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float"
    FLOAT64 = "double"
    BOOLEAN = "boolean"
    STRING = "string"
    BYTES = "bytes"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    schema: Schema


@dataclass(frozen=True, eq=False)
class Schema:
    """A Connect schema. Immutable; compared by identity, so that prepared encoders can be kept for one.

    Attributes:
        parameters: ordered name and value pairs, as JsonConverter prints them.
        default: the default value in the value form of the module's docstring, None for none.
        fields: of a struct, in order.
        key_schema: of a map.
        value_schema: of a map's values or an array's items.
    """

    type: SchemaType
    optional: bool = False
    name: str | None = None
    version: int | None = None
    doc: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    default: object = None
    fields: tuple[Field, ...] = ()
    key_schema: Schema | None = None
    value_schema: Schema | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {field.name: i for i, field in enumerate(self.fields)})
        defaults = ((i, field.schema.default) for i, field in enumerate(self.fields))
        object.__setattr__(self, "_defaults", tuple(pair for pair in defaults if pair[1] is not None))
        required = (i for i, field in enumerate(self.fields) if not field.schema.optional)
        object.__setattr__(self, "_required", tuple(required))

    def index_of(self, name: str) -> int:
        """The position of a struct's field; KeyError if there is none."""
        index: dict[str, int] = self._index  # type: ignore[attr-defined]
        return index[name]

    @property
    def defaults(self) -> tuple[tuple[int, object], ...]:
        """Of a struct's fields that have one, the positions and defaults."""
        return self._defaults  # type: ignore[attr-defined,no-any-return]

    @property
    def required(self) -> tuple[int, ...]:
        """The positions of a struct's fields that must not be null."""
        return self._required  # type: ignore[attr-defined,no-any-return]

    def has_field(self, name: str) -> bool:
        return name in self._index  # type: ignore[attr-defined]

    def field(self, name: str) -> Schema:
        return self.fields[self.index_of(name)].schema

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in self.parameters if key == name), None)

    def as_optional(self) -> Schema:
        return self if self.optional else replace(self, optional=True)


class Struct:
    """A value of a struct schema: one value a field, in the schema's order."""

    __slots__ = ("schema", "values")

    def __init__(self, schema: Schema, values: Sequence[object]) -> None:
        self.schema = schema
        self.values = values

    def __getitem__(self, name: str) -> object:
        return self.values[self.schema.index_of(name)]

    def __setitem__(self, name: str, value: object) -> None:
        """Changes a value of a struct that was made of a list."""
        assert isinstance(self.values, list)
        self.values[self.schema.index_of(name)] = value

    def __contains__(self, name: str) -> bool:
        return self.schema.has_field(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Struct) and list(self.values) == list(other.values)

    __hash__ = None  # type: ignore[assignment]

    def items(self) -> Iterator[tuple[str, object]]:
        return zip((field.name for field in self.schema.fields), self.values, strict=True)

    def __repr__(self) -> str:
        return f"Struct({', '.join(f'{name}={value!r}' for name, value in self.items())})"


def struct(
    name: str | None,
    *fields: tuple[str, Schema],
    version: int | None = None,
    optional: bool = False,
    doc: str | None = None,
) -> Schema:
    """A struct schema from (field name, schema) pairs."""
    return Schema(
        SchemaType.STRUCT,
        optional=optional,
        name=name,
        version=version,
        doc=doc,
        fields=tuple(Field(field, schema) for field, schema in fields),
    )


def array(items: Schema, *, optional: bool = False, name: str | None = None, version: int | None = None) -> Schema:
    return Schema(SchemaType.ARRAY, optional=optional, name=name, version=version, value_schema=items)


INT8 = Schema(SchemaType.INT8)
INT16 = Schema(SchemaType.INT16)
INT32 = Schema(SchemaType.INT32)
INT64 = Schema(SchemaType.INT64)
FLOAT32 = Schema(SchemaType.FLOAT32)
FLOAT64 = Schema(SchemaType.FLOAT64)
BOOLEAN = Schema(SchemaType.BOOLEAN)
STRING = Schema(SchemaType.STRING)
BYTES = Schema(SchemaType.BYTES)
OPTIONAL_INT32 = Schema(SchemaType.INT32, optional=True)
OPTIONAL_INT64 = Schema(SchemaType.INT64, optional=True)
OPTIONAL_BOOLEAN = Schema(SchemaType.BOOLEAN, optional=True)
OPTIONAL_STRING = Schema(SchemaType.STRING, optional=True)
OPTIONAL_BYTES = Schema(SchemaType.BYTES, optional=True)
