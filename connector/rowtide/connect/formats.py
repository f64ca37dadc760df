"""How a converter writes, told to an engine that encodes whole batches from row images."""

from __future__ import annotations

from typing import Protocol

from rowtide.connect.schema import Schema
from rowtide.errors import DataError


class NoFormatError(DataError):
    """What a converter writes for a schema cannot be told in pieces, though it can be written."""


class PayloadFormat(Protocol):
    """What a converter writes for a schema, in pieces.

    The methods raise DataError for what cannot be written, NoFormatError for what can be written in one piece only.

    Attributes:
        name: of the way in which values of the basic types are written: `json`, `json-numeric` (decimals as numbers) or
            `avro`.
    """

    @property
    def name(self) -> str: ...

    def frame(self, topic: str, schema: Schema) -> tuple[bytes, bytes]:
        """What comes before and after the payload of a record. May ask a registry, and then raises RetriableError where
        none answers.
        """
        ...

    def field_prefix(self, struct: Schema, index: int) -> bytes:
        """What comes before a field, whatever its value."""
        ...

    def struct_end(self, struct: Schema) -> bytes:
        """What comes after the last field."""
        ...

    def value_prefix(self, schema: Schema) -> bytes:
        """What comes before a value that is not null."""
        ...

    def null(self, schema: Schema) -> bytes | None:
        """What is written for null; None where that is an error."""
        ...

    def value(self, schema: Schema, value: object) -> bytes:
        """A value that is not null, with its prefix."""
        ...
