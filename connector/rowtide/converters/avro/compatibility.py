"""Whether data of one Avro schema can be read with another.

The rules are those of https://avro.apache.org/docs/1.11.3/specification/#schema-resolution.
"""

from __future__ import annotations

from rowtide.converters.avro.model import ABSENT, Array, AvroType, EnumType, Fixed, Map, Record, Union, full_name

_PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
"""What a writer's type may be read as, beside itself."""


def problem(reader: AvroType, writer: AvroType) -> str | None:
    """The first reason why data of `writer` cannot be read with `reader`; None if it can."""
    return _problem(reader, writer, set())


def _problem(reader: AvroType, writer: AvroType, seen: set[tuple[int, int]]) -> str | None:
    if (id(reader), id(writer)) in seen:  # a type within itself
        return None
    seen = seen | {(id(reader), id(writer))}
    if isinstance(writer, Union):
        return next((found for branch in writer.branches if (found := _problem(reader, branch, seen))), None)
    if isinstance(reader, Union):
        if any(_problem(branch, writer, seen) is None for branch in reader.branches):
            return None
        return f"no branch of the union takes {writer.kind}"
    if isinstance(reader, Record) and isinstance(writer, Record):
        return _names(reader, writer) or _fields(reader, writer, seen)
    if isinstance(reader, EnumType) and isinstance(writer, EnumType):
        missing = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
        unknown = f"{full_name(reader)} lacks the symbols {', '.join(missing)}"
        return _names(reader, writer) or (unknown if missing and reader.default is None else None)
    if isinstance(reader, Fixed) and isinstance(writer, Fixed):
        sizes = None if reader.size == writer.size else f"{full_name(reader)} has {reader.size} bytes"
        return _names(reader, writer) or sizes
    if isinstance(reader, Array) and isinstance(writer, Array):
        return _problem(reader.items, writer.items, seen)
    if isinstance(reader, Map) and isinstance(writer, Map):
        return _problem(reader.values, writer.values, seen)
    if reader.kind == writer.kind or reader.kind in _PROMOTIONS.get(writer.kind, ()):
        return None
    return f"{writer.kind} cannot be read as {reader.kind}"


def _names(reader: Record | EnumType | Fixed, writer: Record | EnumType | Fixed) -> str | None:
    """Names are compared without their namespace, as Java does it."""
    return None if reader.name == writer.name else f"{full_name(writer)} cannot be read as {full_name(reader)}"


def _fields(reader: Record, writer: Record, seen: set[tuple[int, int]]) -> str | None:
    written = {item.name: item.type for item in writer.fields}
    for item in reader.fields:
        if item.name not in written:
            if item.default is ABSENT:
                return f"{full_name(reader)}.{item.name} has no default and is not written"
        elif found := _problem(item.type, written[item.name], seen):
            return f"{full_name(reader)}.{item.name}: {found}"
    return None
