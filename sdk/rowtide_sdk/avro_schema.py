"""From Avro schemas to the Connect schemas they were made of, in the JSON form that messages with schema carry.

The properties (`connect.name`, `connect.type`, `connect.parameters`, `connect.default`) are those that Confluent's
AvroData adds: https://github.com/confluentinc/schema-registry, `AvroData.java`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

Avro: TypeAlias = Any
"""A schema as its JSON says it: a name, a list (union) or an object."""

Connect: TypeAlias = dict[str, Any]

_PRIMITIVES: Mapping[str, str] = {
    "boolean": "boolean",
    "int": "int32",
    "long": "int64",
    "float": "float",
    "double": "double",
    "bytes": "bytes",
    "fixed": "bytes",
    "string": "string",
    "enum": "string",
}
_LOGICAL: Mapping[tuple[str, str], str] = {
    ("int", "date"): "org.apache.kafka.connect.data.Date",
    ("int", "time-millis"): "org.apache.kafka.connect.data.Time",
    ("long", "timestamp-millis"): "org.apache.kafka.connect.data.Timestamp",
}
_DECIMAL = "org.apache.kafka.connect.data.Decimal"
_NAMED = ("record", "error", "enum", "fixed")
_UNNAMED = "io.confluent.connect.avro."
"""Namespace of the names that AvroData invents."""

_UNKNOWN_PRECISION = 64


def parsed(text: str) -> Avro:
    """Fractions as Decimal, as in a message's own schema."""
    return json.loads(text, parse_float=Decimal)


class ConnectSchemas:
    """Converts one schema and those that it refers to.

    Args:
        references: schemas whose types may be named.
    """

    def __init__(self, references: Iterable[Avro] = ()) -> None:
        self._types: dict[str, Avro] = {}
        self._open: set[str] = set()
        for reference in references:
            self._collect(reference, "")

    def convert(self, schema: Avro) -> Connect:
        """
        Raises:
            ValueError: recursive, or a union of several types, which no Debezium record has.
            KeyError: a type that is not there.
        """
        self._collect(schema, "")
        return self._convert(schema, "")

    def _collect(self, schema: Avro, space: str) -> None:
        """Remembers named types, which may be named before they are reached in another order."""
        if isinstance(schema, list):
            for branch in schema:
                self._collect(branch, space)
        elif isinstance(schema, dict):
            kind = schema["type"]
            if kind in _NAMED:
                name = _full_name(schema, space)
                space = name.rpartition(".")[0]
                self._types[name] = {**schema, "namespace": space}
                for field in schema.get("fields", ()):
                    self._collect(field["type"], space)
            elif isinstance(kind, dict | list):
                self._collect(kind, space)
            else:
                self._collect(schema.get("items", "null"), space)
                self._collect(schema.get("values", "null"), space)

    def _convert(self, schema: Avro, space: str) -> Connect:
        if isinstance(schema, list):
            branches = [branch for branch in schema if branch != "null"]
            if len(branches) != 1:
                raise ValueError("a union of several types")
            return {**self._convert(branches[0], space), "optional": len(branches) < len(schema)}
        if isinstance(schema, str):
            if schema in _PRIMITIVES:
                return {"type": _PRIMITIVES[schema], "optional": False}
            qualified = f"{space}.{schema}"
            return self._convert(self._types[qualified if qualified in self._types else schema], space)
        kind = schema["type"]
        if isinstance(kind, dict | list):
            return self._convert(kind, space)
        made: Connect = {"type": _PRIMITIVES.get(kind, kind), "optional": False}
        if kind in ("record", "error"):
            made |= self._record(schema, space)
        elif kind == "array":
            made |= self._array(schema, space)
        elif kind == "map":
            made |= {
                "keys": {"type": "string", "optional": False},
                "values": self._convert(schema["values"], space),
            }
        elif kind not in _PRIMITIVES:
            return self._convert(kind, space)
        return made | _properties(schema, kind, made["type"])

    def _record(self, schema: Avro, space: str) -> Connect:
        name = _full_name(schema, space)
        if name in self._open:
            raise ValueError(f"the type {name} contains itself")
        self._open.add(name)
        inner = name.rpartition(".")[0]
        fields = [self._field(field, inner) for field in schema["fields"]]
        self._open.discard(name)
        made: Connect = {"type": "struct", "fields": fields}
        if not name.startswith(_UNNAMED):
            made["name"] = name
        return made

    def _field(self, field: Avro, space: str) -> Connect:
        made = {**self._convert(field["type"], space), "field": field["name"]}
        if "default" not in made and field.get("default") is not None:
            made["default"] = _default(field["default"], made["type"])
        return made

    def _array(self, schema: Avro, space: str) -> Connect:
        items = self._convert(schema["items"], space)
        entry = schema["items"]
        if isinstance(entry, dict) and (
            entry.get("connect.internal.type") == "MapEntry" or _full_name(entry, space) == f"{_UNNAMED}MapEntry"
        ):
            key, value = items["fields"]
            return {"type": "map", "keys": key, "values": value}
        return {"items": items}


def _properties(schema: Avro, kind: str, connect_type: str) -> Connect:
    """What AvroData wrote beside the type."""
    made: Connect = {}
    parameters: dict[str, str] = {}
    logical = schema.get("logicalType")
    if logical == "decimal" and kind in ("bytes", "fixed"):
        made["name"] = _DECIMAL
        parameters["scale"] = str(schema.get("scale", 0))
        precision = schema.get("precision", _UNKNOWN_PRECISION)
        if precision != _UNKNOWN_PRECISION:
            parameters["connect.decimal.precision"] = str(precision)
    elif (kind, logical) in _LOGICAL:
        made["name"] = _LOGICAL[kind, logical]
    if "connect.name" in schema:
        made["name"] = schema["connect.name"]
    parameters |= schema.get("connect.parameters") or {}
    if parameters:
        made["parameters"] = parameters
    if schema.get("connect.type") in ("int8", "int16"):
        made["type"] = schema["connect.type"]
    if schema.get("connect.default") is not None:
        made["default"] = _default(schema["connect.default"], connect_type)
    return made


def _default(value: Any, connect_type: str) -> Any:
    """As JsonConverter writes it: Avro's JSON has bytes as ISO-8859-1 text, Connect's as base64."""
    if connect_type == "bytes" and isinstance(value, str):
        return base64.b64encode(value.encode("latin-1")).decode()
    return value


def _full_name(schema: Avro, space: str) -> str:
    name: str = schema.get("name", "")
    namespace = schema.get("namespace", space)
    return name if "." in name or not namespace else f"{namespace}.{name}"


def bare(schema: Avro) -> Avro:
    """Only what decoding needs: without logical types (readers of Connect schemas make values) and defaults."""
    if isinstance(schema, list):
        return [bare(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: schema[key] for key in ("name", "namespace", "size", "symbols") if key in schema}
    kept["type"] = bare(schema["type"])
    if "fields" in schema:
        kept["fields"] = [{"name": field["name"], "type": bare(field["type"])} for field in schema["fields"]]
    return kept | {key: bare(schema[key]) for key in ("items", "values") if key in schema}
