"""JSON text exactly as Jackson writes it for Kafka Connect: compact, Java's number formats, Java's choice of escapes.

`"`, `\\` and the controls that have one take their short escape, other controls `\\u001F` with upper-case digits,
characters beyond the basic plane two surrogate escapes `\\uD83D\\uDE00`; everything else is raw UTF-8.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

import orjson

from rowtide.connect.java_numbers import java_double, java_float
from rowtide.errors import DataError

__all__ = ["dumps", "encode", "java_double", "java_float", "loads", "number_fragment", "quote"]

_ASTRAL = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}")
_ESCAPE = re.compile(rb"\\(?:u[0-9a-f]{4}|.)")
_NATIVE_INT_MIN, _NATIVE_INT_MAX = -(1 << 63), (1 << 64) - 1


def dumps(value: object, *, escape_astral: bool = True) -> bytes:
    """JSON of plain Python values: dict with string keys (in their order), list, tuple, str, int, float, bool, None.

    Floats print as Java doubles; NaN and the infinities as quoted strings. `escape_astral` as for `encode`.

    Raises:
        DataError: a value of another type, a key that is no string, or text with half a surrogate pair.
    """
    return encode(_prepared(value), escape_astral=escape_astral)


def encode(value: object, *, escape_astral: bool = True) -> bytes:
    """As `dumps`, for values whose numbers were made into fragments already (`number_fragment`). Raises DataError.

    Jackson leaves characters beyond the basic plane raw where it writes to text and not to bytes:
    `escape_astral=False`.
    """
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        raise DataError(f"The value cannot be written as JSON: {error}.") from error
    if escape_astral and not text.isascii():
        text = _ASTRAL.sub(_surrogates, text)
    if b"\\u00" in text:
        text = _ESCAPE.sub(_upper_case, text)
    return text


def loads(data: bytes | str) -> object:
    """The Python value of a JSON text. Integers keep any size; bare NaN and Infinity are refused, as by Jackson.

    Raises:
        DataError: it is not JSON in UTF-8.
    """
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise DataError(f"Not a JSON text: {error}.") from error


def quote(text: str) -> str:
    """A JSON string literal. Raises DataError for half a surrogate pair."""
    return encode(text).decode()


def number_fragment(value: float, *, single: bool = False) -> orjson.Fragment:
    """What stands for a float in the argument of `encode`; `single` prints it as a Java float.

    Not a number and the infinities are written as strings.
    """
    text = java_float(value) if single else java_double(value)
    return orjson.Fragment(f'"{text}"' if text[-1] in "Ny" else text)


def _prepared(value: object) -> object:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if _NATIVE_INT_MIN <= value <= _NATIVE_INT_MAX else orjson.Fragment(str(value))  # type: ignore[operator]
    if isinstance(value, float):
        return number_fragment(value)
    if isinstance(value, dict):
        return {key: _prepared(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_prepared(item) for item in value]
    if isinstance(value, str | int):
        return value
    raise DataError(f"A value of type {kind.__name__} cannot be written as JSON.")


def _surrogates(match: re.Match[bytes]) -> bytes:
    code = ord(match.group().decode()) - 0x10000
    return b"\\u%04X\\u%04X" % (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF))


def _upper_case(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    return b"\\u" + escape[2:].upper() if escape[1:2] == b"u" else escape


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")
