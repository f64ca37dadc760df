"""JsonConverter's two forms: a bare payload, or an object of schema and payload; told apart message by message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rowtide_sdk.flattened import row_schema
from rowtide_sdk.schema import RowReader, Schema

# Fractions are read as Decimal, which keeps their digits; readers turn them into float where a float belongs.
_DECODER = json.JSONDecoder(parse_float=Decimal)
_START = '{"schema":{'
_MIDDLE = ',"payload":'

SCHEMAS_MAX = 1000
"""Schemas kept, one for each topic and part (key, value); as many as JsonConverter's schemas.cache.size."""


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A schema with the reader of its rows; `prefix` is the message's text up to the payload."""

    prefix: str
    name: str | None
    row_reader: RowReader | None


@dataclass(frozen=True, slots=True)
class Payload:
    """A message's JSON, and its schema when it brought one."""

    value: Any
    schema: CompiledSchema | None


class PayloadReader:
    """Splits schema and payload, and compiles each schema once.

    JsonConverter writes the same schema text before every payload of a table, so a message that begins with the text
    seen last is only parsed from its payload on. Not for more than one thread at a time.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], CompiledSchema] = {}

    def read(self, topic: str, part: str, data: bytes) -> Payload:
        """Parses one part ("key" or "value") of a message.

        Raises:
            ValueError: not UTF-8, not JSON, or a schema that is none.
        """
        text = data.decode()
        known = self._last.get((topic, part))
        if known is not None and known.prefix and text.startswith(known.prefix):
            value, end = _DECODER.raw_decode(text, len(known.prefix))
            if text[end:] == "}":
                return Payload(value, known)
        return self._read_whole(topic, part, text)

    def _read_whole(self, topic: str, part: str, text: str) -> Payload:
        document = _DECODER.decode(text)
        if not _has_schema(document):
            return Payload(document, None)
        schema, payload = document["schema"], document["payload"]
        if schema is None:
            return Payload(payload, None)
        try:
            compiled = compile_schema(schema, part, _prefix_of(text))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the {part}'s schema is not one of Connect") from error
        if len(self._last) >= SCHEMAS_MAX:
            self._last.clear()
        self._last[topic, part] = compiled
        return Payload(payload, compiled)


def _has_schema(document: Any) -> bool:
    if not isinstance(document, dict) or document.keys() != {"schema", "payload"}:
        return False
    schema = document["schema"]
    return schema is None or (isinstance(schema, dict) and "type" in schema)


def _prefix_of(text: str) -> str:
    """The text before the payload; empty when the message was not written as JsonConverter writes."""
    if not text.startswith(_START):
        return ""
    _, end = _DECODER.raw_decode(text, len(_START) - 1)
    return text[: end + len(_MIDDLE)] if text.startswith(_MIDDLE, end) else ""


def compile_schema(schema: Schema, part: str, prefix: str = "") -> CompiledSchema:
    """A key is a row itself, and so is a value whose envelope a transform removed; the value of an envelope has its
    rows' schema under `after` and, the same, under `before`.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: not a schema of Connect.
    """
    row: Schema | None = schema
    if part == "value":
        fields = {field["field"]: field for field in schema.get("fields", ())}
        row = fields.get("after") or fields.get("before")
        if row is None or row["type"] != "struct":  # columns of a row may be called so too
            row = row_schema(schema)
    reader = RowReader(row) if row is not None and row["type"] == "struct" else None
    return CompiledSchema(prefix, schema.get("name"), reader)
