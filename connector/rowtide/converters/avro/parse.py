"""Reads an Avro schema's JSON text, as a registry gives it, into the tree of `model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rowtide.connect import json_text
from rowtide.converters.avro.model import (
    ABSENT,
    PRIMITIVES,
    Array,
    AvroType,
    EnumType,
    Fixed,
    Map,
    Named,
    Primitive,
    Record,
    RecordField,
    Union,
    full_name,
)
from rowtide.errors import DataError

_OWN = {
    "record": ("type", "name", "namespace", "doc", "aliases", "fields"),
    "enum": ("type", "name", "namespace", "doc", "aliases", "symbols", "default"),
    "fixed": ("type", "name", "namespace", "doc", "aliases", "size"),
    "array": ("type", "items"),
    "map": ("type", "values"),
}
"""What the specification gives a meaning to; the rest are properties."""
_FIELD_OWN = ("name", "type", "doc", "default", "order", "aliases")


def parse(text: str, references: Sequence[str] = ()) -> AvroType:
    """The schema of a JSON text.

    Args:
        references: texts of the schemas that it refers to by name, each after those that it needs itself.

    Raises:
        DataError: not an Avro schema.
    """
    parser = _Parser()
    try:
        for reference in references:
            parser.type(json_text.loads(reference), None)
        return parser.type(json_text.loads(text), None)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"Not an Avro schema ({error!r}): {text[:200]}") from error


class _Parser:
    def __init__(self) -> None:
        self._named: dict[str, Named] = {}

    def type(self, json: Any, space: str | None) -> AvroType:
        if isinstance(json, str):
            return self._by_name(json, space)
        if isinstance(json, list):
            return Union([self.type(branch, space) for branch in json])
        kind = json["type"]
        if not isinstance(kind, str):  # {"type": {"type": …}}, which Avro reads as the inner type
            return self.type(kind, space)
        if kind == "error":
            kind = "record"
        props = {key: value for key, value in json.items() if key not in _OWN.get(kind, ("type",))}
        if kind == "array":
            return Array(self.type(json["items"], space), props)
        if kind == "map":
            return Map(self.type(json["values"], space), props)
        if kind in ("record", "enum", "fixed"):
            return self._definition(kind, json, space, props)
        return Primitive(kind, props) if kind in PRIMITIVES else self._by_name(kind, space)

    def _by_name(self, name: str, space: str | None) -> AvroType:
        if name in PRIMITIVES:
            return Primitive(name)
        full = name if "." in name or not space else f"{space}.{name}"
        found = self._named.get(full) or self._named.get(name)
        if found is None:
            raise DataError(f"An Avro schema refers to {full}, which it does not define.")
        return found

    def _definition(self, kind: str, json: Mapping[str, Any], outer: str | None, props: dict[str, object]) -> Named:
        name: str = json["name"]
        space = json.get("namespace", outer) or None
        if "." in name:
            space, _, name = name.rpartition(".")
        made: Named
        if kind == "enum":
            made = EnumType(space, name, list(json["symbols"]), json.get("doc"), json.get("default"), props)
        elif kind == "fixed":
            made = Fixed(space, name, int(json["size"]), props)
        else:
            made = Record(space, name, json.get("doc"), props=props)
        self._named[full_name(made)] = made
        if isinstance(made, Record):
            made.fields = [self._field(item, space) for item in json["fields"]]
        return made

    def _field(self, json: Mapping[str, Any], space: str | None) -> RecordField:
        props = {key: value for key, value in json.items() if key not in _FIELD_OWN}
        made = self.type(json["type"], space)
        return RecordField(json["name"], made, json.get("doc"), json.get("default", ABSENT), props)
