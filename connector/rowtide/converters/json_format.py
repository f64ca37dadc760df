"""What JsonConverter writes, in the pieces that an engine puts together itself."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.connect import json_text
from rowtide.connect.schema import Schema
from rowtide.converters.json_values import JsonOptions, encoder


class JsonFormat:
    """`rowtide.connect.formats.PayloadFormat` of JSON."""

    def __init__(self, options: JsonOptions, start: Callable[[Schema], bytes] | None) -> None:
        """Args: start: what comes before a payload, for converters that write the schema beside it."""
        self._options = options
        self._start = start

    @property
    def name(self) -> str:
        return "json-numeric" if self._options.numeric_decimals else "json"

    def frame(self, topic: str, schema: Schema) -> tuple[bytes, bytes]:
        return (self._start(schema), b"}") if self._start is not None else (b"", b"")

    def field_prefix(self, struct: Schema, index: int) -> bytes:
        return (b"," if index else b"{") + json_text.encode(struct.fields[index].name) + b":"

    def struct_end(self, struct: Schema) -> bytes:
        return b"}" if struct.fields else b"{}"

    def value_prefix(self, schema: Schema) -> bytes:
        return b""

    def null(self, schema: Schema) -> bytes | None:
        replaced = schema.default is not None and self._options.replace_null
        return self._encoded(schema, None) if replaced or schema.optional else None

    def value(self, schema: Schema, value: object) -> bytes:
        return self._encoded(schema, value)

    def _encoded(self, schema: Schema, value: object) -> bytes:
        return json_text.encode(encoder(schema, self._options)(value))
