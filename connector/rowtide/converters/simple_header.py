"""SimpleHeaderConverter: header values as text; the default converter of headers."""

from __future__ import annotations

import re

from rowtide.connect import json_text
from rowtide.connect.java_text import header_text
from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import BOOLEAN, FLOAT64, INT8, INT16, INT32, INT64, STRING, Schema
from rowtide.errors import DataError

_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
_INTEGERS = ((8, INT8), (16, INT16), (32, INT32), (64, INT64))


class SimpleHeaderConverter(Converter):
    """Takes no options. Reading infers the type: lists and maps have no schema, what is unclear is a string."""

    def configure(self, config: Config, *, is_key: bool) -> None:
        pass

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        if isinstance(value, str):
            return value.encode("utf-8", "replace")
        return None if value is None else header_text(schema, value).encode("utf-8", "replace")

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        if data is None:
            return None, None
        text = data.decode("utf-8", "replace").strip()
        if text in ("true", "false"):
            return BOOLEAN, text == "true"
        if text == "null":
            return None, None
        number = _number(text)
        if number is not None:
            return number
        if text[:1] in ("[", "{"):
            try:
                return None, json_text.loads(text)
            except DataError:
                return STRING, text
        return STRING, text


def _number(text: str) -> tuple[Schema, int | float] | None:
    """An integer of the smallest type that holds it, or a double."""
    if _INTEGER.fullmatch(text):
        number = int(text)
        for bits, schema in _INTEGERS:
            if -(1 << (bits - 1)) <= number < 1 << (bits - 1):
                return schema, number
    return (FLOAT64, float(text)) if _NUMBER.fullmatch(text) else None
