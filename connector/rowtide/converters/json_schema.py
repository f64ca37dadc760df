"""Connect schemas as the JSON in JsonConverter's envelope, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowtide.connect.schema import Field, Schema, SchemaType
from rowtide.errors import DataError

JsonObject = dict[str, object]

_TYPES = {kind.value: kind for kind in SchemaType}


def schema_to_json(schema: Schema, default_to_json: Callable[[Schema, object], object]) -> JsonObject:
    """The schema in JsonConverter's order of keys; `default_to_json` encodes a default value."""
    json: JsonObject = {"type": schema.type.value}
    if schema.type is SchemaType.STRUCT:
        json["fields"] = [
            {**schema_to_json(field.schema, default_to_json), "field": field.name} for field in schema.fields
        ]
    elif schema.type is SchemaType.ARRAY:
        json["items"] = schema_to_json(item_schema(schema), default_to_json)
    elif schema.type is SchemaType.MAP:
        json["keys"] = schema_to_json(key_schema(schema), default_to_json)
        json["values"] = schema_to_json(item_schema(schema), default_to_json)
    json["optional"] = schema.optional
    for name, value in (("name", schema.name), ("version", schema.version), ("doc", schema.doc)):
        if value is not None:
            json[name] = value
    if schema.parameters:
        json["parameters"] = dict(schema.parameters)
    if schema.default is not None:
        json["default"] = default_to_json(schema, schema.default)
    return json


def item_schema(schema: Schema) -> Schema:
    """Of an array's items or a map's values."""
    if schema.value_schema is None:
        raise DataError(f"A schema of type {schema.type.value} lacks the schema of its items.")
    return schema.value_schema


def key_schema(schema: Schema) -> Schema:
    if schema.key_schema is None:
        raise DataError("A map's schema lacks the schema of its keys.")
    return schema.key_schema


def schema_from_json(json: object, default_from_json: Callable[[Schema, object], object]) -> Schema | None:
    """The schema; None for null. Raises DataError for what JsonConverter does not write."""
    if json is None:
        return None
    if not isinstance(json, Mapping) or not isinstance(json.get("type"), str):
        raise DataError('Schema must contain "type" field')
    kind = _TYPES.get(json["type"])
    if kind is None:
        raise DataError(f"Unknown schema type: {json['type']}")
    parameters = json.get("parameters") or {}
    schema = Schema(
        kind,
        optional=json.get("optional") is True,
        name=json.get("name"),
        version=json.get("version"),
        doc=json.get("doc"),
        parameters=tuple((str(name), str(value)) for name, value in parameters.items()),
        fields=_fields(json, default_from_json) if kind is SchemaType.STRUCT else (),
        key_schema=schema_from_json(json.get("keys"), default_from_json),
        value_schema=schema_from_json(json.get("values" if kind is SchemaType.MAP else "items"), default_from_json),
    )
    if json.get("default") is not None:
        object.__setattr__(schema, "default", default_from_json(schema, json["default"]))
    return schema


def _fields(json: Mapping[str, object], default_from_json: Callable[[Schema, object], object]) -> tuple[Field, ...]:
    fields = json.get("fields")
    if not isinstance(fields, list):
        raise DataError('Struct schema\'s "fields" argument is not an array.')
    found = []
    for item in fields:
        schema = schema_from_json(item, default_from_json)
        name = item.get("field") if isinstance(item, Mapping) else None
        if schema is None or not isinstance(name, str):
            raise DataError("Struct schema's field name not specified properly")
        found.append(Field(name, schema))
    return tuple(found)
