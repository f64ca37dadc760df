"""What an expression may reach from a value: fields, entries, items and a few methods, and nothing of Python's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rowtide.connect.schema import Schema, Struct
from rowtide.connect.shape import Unknown
from rowtide.errors import DataError
from rowtide.transforms.structs import value_at

_TEXT_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """What `header.name` stands for."""

    value: object
    schema: Schema | None


def known(value: object) -> object:
    """The value. Raises ShapeError for one that differs from record to record."""
    if isinstance(value, Unknown):
        value.refuse()
    return value


def attribute(value: object, name: str) -> object:
    """`value.name`. Raises DataError where there is no such field."""
    if isinstance(value, Struct):
        return known(value_at(value, name, with_default=True))
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, HeaderValue) and name in ("value", "schema"):
        return known(value.value) if name == "value" else value.schema
    if isinstance(value, Schema) and name in _OF_SCHEMAS:
        return _OF_SCHEMAS[name](value)
    raise DataError(f"{_kind(value)} has no field {name!r}")


def item(value: object, key: object) -> object:
    """`value[key]`. Raises DataError where there is none."""
    if isinstance(value, Struct | Mapping | HeaderValue | Schema) and isinstance(key, str):
        return attribute(value, key)
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, str | bytes | list | tuple) and isinstance(key, int) and not isinstance(key, bool):
        try:
            return value[key]
        except IndexError:
            raise DataError(f"there is no item {key} in {_kind(value)} of length {len(value)}") from None
    raise DataError(f"{_kind(value)} has no item {key!r}")


def section(value: object, first: object, last: object) -> object:
    """`value[first:last]`. Raises DataError for what has no order."""
    if not isinstance(value, str | bytes | list | tuple):
        raise DataError(f"{_kind(value)} has no items in an order")
    return value[first:last]  # type: ignore[index]


_OF_SCHEMAS: dict[str, Callable[[Schema], object]] = {
    "name": lambda schema: schema.name,
    "version": lambda schema: schema.version,
    "doc": lambda schema: schema.doc,
    "type": lambda schema: schema.type.name,
    "optional": lambda schema: schema.optional,
    "parameters": lambda schema: dict(schema.parameters),
    "fields": lambda schema: [field.name for field in schema.fields],
}


def method(value: object, name: str) -> Callable[..., object]:
    """The method of a text or map that an expression calls. Raises DataError for any other."""
    if isinstance(value, str) and name in _OF_TEXTS:
        found = _OF_TEXTS[name]
        return lambda *arguments: found(value, *arguments)
    if isinstance(value, Mapping) and name == "get":
        return lambda key, default=None: value.get(key, default)
    raise DataError(f"{_kind(value)} has no method {name}()")


def _replace(text: str, old: object, new: object) -> str:
    if not isinstance(old, str) or not isinstance(new, str):
        raise DataError("replace() takes two texts")
    if (text.count(old) if old else len(text) + 1) * len(new) > _TEXT_MAX:
        raise DataError("replace() would make a text of more than 16 MiB")
    return text.replace(old, new)


_OF_TEXTS: dict[str, Callable[..., object]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "split": str.split,
    "find": str.find,
    "isdigit": str.isdigit,
    "replace": _replace,
}
METHODS = frozenset((*_OF_TEXTS, "get"))


def _kind(value: object) -> str:
    names = {Struct: "a struct", Mapping: "a map", str: "a text", bytes: "bytes", list: "a list", Schema: "a schema"}
    return (
        "null"
        if value is None
        else next(
            (name for type_, name in names.items() if isinstance(value, type_)),
            f"a value of type {type(value).__name__}",
        )
    )
