"""Reads binary Avro with a reader that is neither side's own, as values that JSON can hold."""

from __future__ import annotations

import base64
import copy
import io
from typing import Any

import fastavro

_parsed: dict[int, tuple[Any, Any]] = {}
"""By the identity of a schema, which is kept beside it so that the identity stays its own."""


class AvroReader:
    """One value.

    Args:
        schema: an Avro schema, parsed from its JSON.
        data: binary Avro, without what stands before it in a record.

    Attributes:
        value: bytes as base64, logical types as text.
        left_over: how many bytes follow the value.
    """

    def __init__(self, schema: Any, data: bytes) -> None:
        self.left_over = 0
        if schema == "bytes" or (isinstance(schema, dict) and schema["type"] == "bytes"):
            self.value: Any = _plain(data)  # a value that is nothing but bytes stands without its length
            return
        if id(schema) not in _parsed:
            _parsed[id(schema)] = (schema, fastavro.parse_schema(copy.deepcopy(schema)))
        stream = io.BytesIO(data)
        self.value = _plain(fastavro.schemaless_reader(stream, _parsed[id(schema)][1], None))
        self.left_over = len(stream.read())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, int | float | str | None) else str(value)
