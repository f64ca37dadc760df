"""Messages in Avro: a zero byte, the schema's id in a registry (four bytes, big-endian), and the record."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rowtide_sdk.avro_schema import ConnectSchemas, bare, parsed
from rowtide_sdk.errors import RegistryError
from rowtide_sdk.payload import SCHEMAS_MAX, CompiledSchema, Payload, compile_schema
from rowtide_sdk.registry import RegisteredSchema, Registry

MAGIC = b"\0"
_HEADER = 5


class AvroError(ValueError):
    """Bytes that are no record of the schema they name, or a schema that cannot be used; in words free of values."""


@dataclass(frozen=True, slots=True)
class _Known:
    read: Callable[[io.BytesIO], Any]
    compiled: CompiledSchema


class AvroReader:
    """Reads messages by the schemas of a registry, each of which is fetched and compiled once.

    Values are those of the schema-less Avro types (an int for a date, bytes for a decimal); the readers of the
    compiled schema make Python values of them, as they do of JSON. Not for more than one thread at a time.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[tuple[int, str], _Known] = {}

    def read(self, part: str, data: bytes) -> Payload:
        """Parses one part ("key" or "value") of a message.

        Raises:
            AvroError: not bytes of the schema they name, or the registry does not have that.
            RegistryError: the registry refused or cannot be reached.
        """
        if len(data) < _HEADER:
            raise AvroError("begins as Avro does, but is too short for a schema's id")
        number = int.from_bytes(data[1:_HEADER], "big")
        known = self._known.get((number, part))
        if known is None:
            known = self._fetch(number, part)
        stream = io.BytesIO(data)
        stream.seek(_HEADER)
        try:
            value = known.read(stream)
        except (EOFError, ValueError, TypeError, IndexError, KeyError, OverflowError, struct.error) as error:
            raise AvroError(f"the bytes are no record of the registry's schema {number}") from error
        if stream.tell() != len(data):
            raise AvroError(f"more bytes follow than a record of the registry's schema {number} has")
        return Payload(value, known.compiled)

    def _fetch(self, number: int, part: str) -> _Known:
        try:
            registered = self._registry.schema(number)
        except RegistryError as error:
            if error.missing:
                raise AvroError(error.problem) from error
            raise
        try:
            known = _compile(registered, part)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AvroError(f"the registry's schema {number} is none of a Connect converter") from error
        if len(self._known) >= SCHEMAS_MAX:
            self._known.clear()
        self._known[number, part] = known
        return known


def _compile(registered: RegisteredSchema, part: str) -> _Known:
    import fastavro  # here, as only Avro needs it
    from fastavro.schema import SchemaParseException

    references = [parsed(text) for text in registered.references]
    schema = parsed(registered.text)
    named: dict[str, Any] = {}
    try:
        for reference in references:
            fastavro.parse_schema(bare(reference), named_schemas=named)
        ready = fastavro.parse_schema(bare(schema), named_schemas=named)
    except SchemaParseException as error:
        raise ValueError("no Avro schema") from error
    compiled = compile_schema(ConnectSchemas(references).convert(schema), part)
    return _Known(lambda stream: fastavro.schemaless_reader(stream, ready, None), compiled)
