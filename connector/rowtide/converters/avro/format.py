"""What AvroConverter writes, in the pieces that an engine puts together itself."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.connect.formats import NoFormatError
from rowtide.connect.schema import Schema, SchemaType
from rowtide.converters.avro import names
from rowtide.converters.avro.binary import write_long
from rowtide.converters.avro.encoder import encoder
from rowtide.converters.avro.model import Array, AvroType, Primitive, Record, Union, is_null
from rowtide.converters.avro.options import DataOptions
from rowtide.converters.avro.schemas import NATURAL, to_avro
from rowtide.converters.json_schema import item_schema


class AvroFormat:
    """`rowtide.connect.formats.PayloadFormat` of Avro, for records whose fields have Avro's natural types in order."""

    name = "avro"

    def __init__(self, options: DataOptions, start: Callable[[str, Schema], tuple[bytes, AvroType]]) -> None:
        """Args: start: what comes before the payloads of a topic, and the schema that they are written with."""
        self._options = options
        self._start = start

    def frame(self, topic: str, schema: Schema) -> tuple[bytes, bytes]:
        start, avro = self._start(topic, schema)
        self._check(schema, avro)
        return start, b""

    def field_prefix(self, struct: Schema, index: int) -> bytes:
        return b""

    def struct_end(self, struct: Schema) -> bytes:
        return b""

    def value_prefix(self, schema: Schema) -> bytes:
        if not schema.optional:
            return b""
        return write_long(_null_branch(schema) ^ 1)

    def null(self, schema: Schema) -> bytes | None:
        if schema.default is not None and not self._options.ignore_default:
            return self.value(schema, schema.default)
        return write_long(_null_branch(schema)) if schema.optional else None

    def value(self, schema: Schema, value: object) -> bytes:
        avro = to_avro(schema, self._options)
        if avro.kind == "bytes":
            # Alone it would stand without its length.
            avro = Union([avro])
            return encoder(schema, avro, self._options)(value)[1:]
        return encoder(schema, avro, self._options)(value)

    def _check(self, schema: Schema, avro: AvroType) -> None:
        """Raises NoFormatError where values are not written as the pieces say."""
        made = avro
        if isinstance(avro, Union):
            place = _null_branch(schema)
            if not schema.optional or len(avro.branches) != 2 or not is_null(avro.branches[place]):
                raise _unnatural(schema, avro)
            made = avro.branches[place ^ 1]
        elif schema.optional:
            raise _unnatural(schema, avro)
        if schema.type is SchemaType.STRUCT and isinstance(made, Record):
            self._check_fields(schema, made)
        elif schema.type is SchemaType.ARRAY and isinstance(made, Array):
            self._check(item_schema(schema), made.items)
        elif not isinstance(made, Primitive) or made.kind != NATURAL.get(schema.type):
            raise _unnatural(schema, avro)

    def _check_fields(self, schema: Schema, avro: Record) -> None:
        scrubbed = self._options.scrub_names
        given = [names.scrub(item.name) if scrubbed else item.name for item in schema.fields]
        if given != [item.name for item in avro.fields]:
            raise _unnatural(schema, avro)
        for item, field in zip(schema.fields, avro.fields, strict=True):
            self._check(item.schema, field.type)


def _null_branch(schema: Schema) -> int:
    """Null comes first, but after a default that is of the other branch."""
    return 0 if schema.default is None else 1


def _unnatural(schema: Schema, avro: AvroType) -> NoFormatError:
    name = f" {schema.name}" if schema.name else ""
    return NoFormatError(f"its Avro schema has {avro.kind} for a Connect {schema.type.value}{name}")
