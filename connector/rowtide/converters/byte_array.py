"""ByteArrayConverter: bytes as they are."""

from __future__ import annotations

from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import OPTIONAL_BYTES, Schema, SchemaType
from rowtide.errors import DataError


class ByteArrayConverter(Converter):
    """Takes no options."""

    def configure(self, config: Config, *, is_key: bool) -> None:
        pass

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        if schema is not None and schema.type is not SchemaType.BYTES:
            raise DataError(
                f"Invalid schema type for ByteArrayConverter: {schema.type.name}",
                hint="Use it for converters of bytes only, or another converter.",
            )
        if value is None or isinstance(value, bytes):
            return value
        raise DataError(f"ByteArrayConverter is not compatible with objects of type {type(value).__name__}")

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        return OPTIONAL_BYTES, data
