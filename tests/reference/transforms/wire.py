"""Records, schemas and values as the JSON that the Java program reads and prints.

A schema is an object with `type`, `optional` and what else it has of `name`, `version`, `doc`, `parameters` (pairs),
`default`, `keys`, `items` and `fields` (pairs). A value is JSON where that is unambiguous; otherwise an object with one
tag: `$bytes` (base64), `$decimal`, `$double` (text), `$ms` (what Java holds as java.util.Date), `$map` (pairs, in the
order of their keys) and `$struct`, with `$schema` beside it where the struct's own schema is not that of its place.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
from collections.abc import Mapping
from typing import Any

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct

_DATA = "org.apache.kafka.connect.data."
_TIMES = {
    (_DATA + "Date", SchemaType.INT32): 86_400_000,
    (_DATA + "Time", SchemaType.INT32): 1,
    (_DATA + "Timestamp", SchemaType.INT64): 1,
}
"""By name and type of the schema: milliseconds of one unit."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def record_json(record: SourceRecord) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "timestamp": record.timestamp,
        "key_schema": schema_json(record.key_schema),
        "key": value_json(record.key_schema, record.key),
        "value_schema": schema_json(record.value_schema),
        "value": value_json(record.value_schema, record.value),
        "headers": [_header_json(header) for header in record.headers],
    }


def _header_json(header: Header) -> dict[str, Any]:
    return {
        "name": header.name,
        "schema": schema_json(header.schema),
        "value": value_json(header.schema, header.value),
    }


def schema_json(schema: Schema | None) -> dict[str, Any] | None:
    if schema is None:
        return None
    node: dict[str, Any] = {"type": schema.type.name, "optional": schema.optional}
    for name in ("name", "version", "doc"):
        if getattr(schema, name) is not None:
            node[name] = getattr(schema, name)
    if schema.parameters:
        node["parameters"] = [list(pair) for pair in schema.parameters]
    if schema.type is SchemaType.MAP:
        node["keys"] = schema_json(schema.key_schema)
    if schema.type in (SchemaType.MAP, SchemaType.ARRAY):
        node["items"] = schema_json(schema.value_schema)
    if schema.type is SchemaType.STRUCT:
        node["fields"] = [[field.name, schema_json(field.schema)] for field in schema.fields]
    if schema.default is not None:
        # The struct of a default belongs to the schema as it was before it got the default.
        own = schema.default.schema if isinstance(schema.default, Struct) else schema
        node["default"] = value_json(own, schema.default)
    return node


def value_json(schema: Schema | None, value: object) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return _number_json(schema, value)
    if isinstance(value, float):
        return {"$double": _double(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, decimal.Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime.datetime):
        return {"$ms": (value - _EPOCH) // datetime.timedelta(milliseconds=1)}
    items = schema.value_schema if schema is not None else None
    if isinstance(value, list | tuple):
        return [value_json(items, item) for item in value]
    if isinstance(value, Mapping):
        keys = schema.key_schema if schema is not None else None
        return {"$map": sort_pairs([[value_json(keys, k), value_json(items, v)] for k, v in value.items()])}
    if isinstance(value, Struct):
        return _struct_json(schema, value)
    raise TypeError(f"{type(value)} is no type of Connect")


def _number_json(schema: Schema | None, value: int) -> Any:
    """A number is a time only where the type is that of such times: casts change it and leave the name."""
    kind = None if schema is None else _TIMES.get((schema.name, schema.type))
    return value if kind is None else {"$ms": value * kind}


def _double(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _struct_json(schema: Schema | None, value: Struct) -> dict[str, Any]:
    node: dict[str, Any] = {
        "$struct": {
            field.name: value_json(field.schema, each)
            for field, each in zip(value.schema.fields, value.values, strict=True)
        }
    }
    own = schema_json(value.schema)
    if schema is None or own != schema_json(schema):
        node["$schema"] = own
    return node


def sort_pairs(pairs: list[Any]) -> list[Any]:
    return sorted(pairs, key=lambda pair: json.dumps(pair[0], sort_keys=True))


def normalized(node: Any) -> Any:
    """What Java printed, with maps in the order of their keys and doubles as Python prints them."""
    if isinstance(node, list):
        return [normalized(each) for each in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"$double"}:
        return {"$double": _double(float(node["$double"].replace("Infinity", "inf")))}
    if set(node) == {"$decimal"}:
        return {"$decimal": str(decimal.Decimal(node["$decimal"]))}
    if set(node) == {"$map"}:
        return {"$map": sort_pairs([[normalized(k), normalized(v)] for k, v in node["$map"]])}
    return {name: normalized(each) for name, each in node.items()}
