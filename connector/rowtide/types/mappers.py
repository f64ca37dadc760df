"""Columns shown masked, hashed or cut, and their types told in schema parameters, as Debezium's column mappers do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from rowtide.connect.schema import Schema
from rowtide.errors import ConfigError
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.codec import Change, ColumnCodec, Convert

ColumnMapper = Callable[[Column, ColumnCodec], ColumnCodec]
"""Gives the codec by which a column is shown in place of its own."""

HashVersion = Literal[1, 2]
_SOURCE_COLUMN = "__debezium.source.column."


def truncated(length: int) -> ColumnMapper:
    """Cuts text after so many UTF-16 units and bytes after so many bytes.

    Columns that cannot be longer stay as they are, and so do values of BIT. Half a surrogate pair is dropped, on which
    Java fails.
    """

    def cut(value: object) -> object:
        if isinstance(value, str):
            return _cut_text(value, length)
        return value[:length] if isinstance(value, bytes) else value

    def mapper(column: Column, codec: ColumnCodec) -> ColumnCodec:
        if column.length is not None and column.length <= length:
            return codec
        schema = _with_parameters(codec.schema, ("truncateLength", str(length)))
        if column.jdbc_type == jdbc.BIT:
            return replace(codec, schema=schema)
        return _mapped(codec, schema, cut, ("cut", length))

    return mapper


def masked(text: str) -> ColumnMapper:
    """Replaces every value of a text column, NULL too. Other columns only get the schema parameter."""
    return _masking(lambda _column: lambda _value: text, ("const", text))


def hashed(algorithm: str, salt: str, version: HashVersion) -> ColumnMapper:
    """Replaces text by the lower-case hex digest of salt and value, cut to the column's length; NULL stays.

    Version 1 hashes the value as Java serialises it, version 2 its UTF-8 bytes.

    Args:
        algorithm: Java's name, such as `SHA-256`.

    Raises:
        ConfigError: Python has no such algorithm.
    """
    name = algorithm.lower().replace("sha3-", "sha3_").replace("-", "").replace("/", "_")
    if name not in hashlib.algorithms_available:
        raise ConfigError(
            f"column.mask.hash: the hash algorithm {algorithm} is not available.",
            hint="Use SHA-256, SHA-512, SHA3-256 or another that Python's hashlib has.",
        )
    to_bytes = java_serialized if version == 1 else str.encode

    def converter(column: Column) -> Convert:
        length = column.length or None

        def digest(value: Any) -> object:
            if value is None:
                return None
            hashing = hashlib.new(name, salt.encode())
            hashing.update(to_bytes(value))
            return hashing.hexdigest()[:length]

        return digest

    return _masking(converter, ("other",))


def source_type(column: Column, codec: ColumnCodec) -> ColumnCodec:
    """Adds parameters with the column's type, length, scale, comment and name."""
    facts = (
        ("type", column.type_name.upper()),
        ("length", column.length),
        ("scale", column.scale),
        ("comment", column.comment or None),
        ("name", column.name),
    )
    added = tuple((_SOURCE_COLUMN + name, str(fact)) for name, fact in facts if fact is not None)
    return replace(codec, schema=_with_parameters(codec.schema, *added))


def java_serialized(text: str) -> bytes:
    """What ObjectOutputStream writes for a String: a header of 4 bytes, a type byte, a length, modified UTF-8."""
    data = b"".join(_modified_utf8(unit) for unit in _code_units(text))
    if len(data) <= 0xFFFF:
        return b"\xac\xed\x00\x05t" + len(data).to_bytes(2, "big") + data
    return b"\xac\xed\x00\x05|" + len(data).to_bytes(8, "big") + data


def _modified_utf8(unit: int) -> bytes:
    return b"\xc0\x80" if unit == 0 else chr(unit).encode("utf-8", "surrogatepass")


def _code_units(text: str) -> list[int]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]


def _cut_text(text: str, length: int) -> str:
    if len(text) <= length // 2 or text.isascii():
        return text[:length]
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore")


def _masking(converter: Callable[[Column], Convert], described: Change) -> ColumnMapper:
    def mapper(column: Column, codec: ColumnCodec) -> ColumnCodec:
        schema = _with_parameters(codec.schema, ("masked", "true"))
        if column.jdbc_type not in jdbc.STRINGS:
            return replace(codec, schema=schema)
        return _mapped(codec, schema, converter(column), described)

    return mapper


def _with_parameters(schema: Schema, *added: tuple[str, str]) -> Schema:
    return replace(schema, parameters=(*schema.parameters, *added))


def _mapped(codec: ColumnCodec, schema: Schema, change: Convert, described: Change) -> ColumnCodec:
    streamed, selected = codec.convert, codec.convert_snapshot
    return ColumnCodec(
        schema,
        lambda raw: change(streamed(raw)),
        lambda raw: change(selected(raw)),
        described if codec.change is None else ("other",),
    )
