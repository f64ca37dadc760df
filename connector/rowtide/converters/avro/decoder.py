"""Prepared functions from binary Avro to Connect values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rowtide.connect.logical import DECIMAL, from_unscaled_bytes
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.converters.avro.binary import READERS, Reader
from rowtide.converters.avro.connect_schemas import is_map_entry
from rowtide.converters.avro.model import Array, AvroType, EnumType, Fixed, Map, Record, Union, is_null
from rowtide.converters.avro.schemas import is_union
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.converters.json_values import scale_of
from rowtide.errors import DataError

Decode = Callable[[Reader], Any]

_MOST_ITEMS = 10_000_000
"""In one block; beyond it lies damaged data, not a table's row."""


def decoder(schema: Schema | None, avro: AvroType) -> Decode:
    """The function that reads a value. It raises DataError for data that does not fit.

    Args:
        schema: what `ConnectSchemas` made of `avro`; None for the record `Anything`.
    """
    if schema is None:
        return _anything(avro)
    if avro.kind == "bytes":  # a value that is nothing but bytes stands without its length
        return _decimal(schema, lambda reader: reader.take(reader.left))
    return _decoder(schema, avro)


def _decoder(schema: Schema, avro: AvroType) -> Decode:
    if isinstance(avro, Union):
        return _union(schema, avro)
    if isinstance(avro, Record):
        return _record(schema, avro)
    if isinstance(avro, EnumType):
        symbols = avro.symbols
        return lambda reader: symbols[_within(reader.long(), len(symbols))]
    if isinstance(avro, Map):
        item = _decoder(item_schema(schema), avro.values)
        return lambda reader: {reader.string(): item(reader) for _ in _blocks(reader)}
    if isinstance(avro, Array):
        return _array(schema, avro)
    if isinstance(avro, Fixed):
        size = avro.size
        return _decimal(schema, lambda reader: reader.take(size))
    return _decimal(schema, READERS[avro.kind])


def _decimal(schema: Schema, read: Decode) -> Decode:
    if schema.name != DECIMAL:
        return read
    scale = scale_of(schema)
    return lambda reader: from_unscaled_bytes(read(reader), scale)


def _within(index: int, size: int) -> int:
    if not 0 <= index < size:
        raise DataError(f"Avro data has the index {index} where {size} are known.")
    return index


def _blocks(reader: Reader) -> Iterator[int]:
    """One turn for each item; the items have to be read in between."""
    while count := reader.long():
        if count < 0:  # a block that says its size as well
            count = -count
            reader.long()
        yield from range(_within(count, _MOST_ITEMS))


def _union(schema: Schema, avro: Union) -> Decode:
    branches = avro.branches
    fields = [branch for branch in branches if not is_null(branch)]
    if not (schema.type is SchemaType.STRUCT and is_union(schema)):
        decoders = [READERS["null"] if is_null(branch) else _decoder(schema, branch) for branch in branches]
        return lambda reader: decoders[_within(reader.long(), len(decoders))](reader)
    places = {id(branch): i for i, branch in enumerate(fields)}

    def member(branch: AvroType) -> Decode:
        if is_null(branch):
            return READERS["null"]
        place = places[id(branch)]
        read = _decoder(schema.fields[place].schema, branch)

        def decode(reader: Reader) -> Struct:
            values: list[object] = [None] * len(fields)
            values[place] = read(reader)
            return Struct(schema, values)

        return decode

    members = [member(branch) for branch in branches]
    return lambda reader: members[_within(reader.long(), len(members))](reader)


def _record(schema: Schema, avro: Record) -> Decode:
    decoders = [_decoder(own.schema, item.type) for own, item in zip(schema.fields, avro.fields, strict=True)]
    return lambda reader: Struct(schema, [decode(reader) for decode in decoders])


def _array(schema: Schema, avro: Array) -> Decode:
    if is_map_entry(avro.items):
        assert isinstance(avro.items, Record)
        types = {item.name: item.type for item in avro.items.fields}
        readers = {
            "key": _decoder(key_schema(schema), types["key"]),
            "value": _decoder(item_schema(schema), types["value"]),
        }
        order = [(item.name, readers[item.name]) for item in avro.items.fields]

        def entries(reader: Reader) -> dict[object, object]:
            found = [{name: read(reader) for name, read in order} for _ in _blocks(reader)]
            return {entry["key"]: entry["value"] for entry in found}

        return entries
    item = _decoder(item_schema(schema), avro.items)
    return lambda reader: [item(reader) for _ in _blocks(reader)]


def _anything(avro: AvroType) -> Decode:
    """The value of the one field that is set."""
    assert isinstance(avro, Record)
    names = [item.name for item in avro.fields]

    def decode(reader: Reader) -> object:
        found: object = None
        for name in names:
            if reader.long():
                found = readers[name](reader)
        return found

    readers: dict[str, Decode] = {
        **READERS,
        "array": lambda reader: [decode(reader) for _ in _blocks(reader)],
        "map": lambda reader: {decode(reader): decode(reader) for _ in _blocks(reader)},
    }
    return decode
