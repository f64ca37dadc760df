"""EnforceRecordSize: cuts long texts and bytes of records that are larger than they may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from rowtide.config.definition import REQUIRED, ConfigDef, ConfigKey, Importance, Type
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import ConfigError
from rowtide.transforms.kafka.declare import invalid
from rowtide.transforms.parts import ConfiguredTransformation
from rowtide.transforms.structs import values_of

_OPTIONS = ConfigDef(
    [
        ConfigKey("max.bytes", Type.INT, REQUIRED, "Size that no record should exceed.", Importance.HIGH),
        ConfigKey("compression.ratio", Type.DOUBLE, 1.0, "What the estimated size is multiplied by."),
        ConfigKey("min.field.size", Type.INT, 25000, "Fields of that size and smaller ones are left alone."),
    ]
)
_STRUCT, _TEXT, _BYTES, _ARRAY, _MAP, _PRIMITIVE, _REFERENCE = 56, 56, 24, 64, 88, 24, 8
_ENTRY = 100
_POSITION_ENTRIES = 8
"""Of partition and offset, which Debezium counts; one of each record's own is not known here."""
_TIMESTAMP = 8


@dataclass(frozen=True, slots=True)
class _Long:
    index: int
    size: int


class EnforceRecordSize(ConfiguredTransformation):
    """Cuts long texts and bytes of changes that are larger than they may be.

    The size of a record is estimated as Debezium does it, by the objects that it takes in Java's memory.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._max = cast("int", options["max.bytes"])
        self._ratio = cast("float", options["compression.ratio"])
        self._min = cast("int", options["min.field.size"])
        for name, wrong, problem in (
            ("max.bytes", self._max <= 0, "Must be a positive integer"),
            ("compression.ratio", self._ratio <= 0, "Must be a positive number"),
            ("min.field.size", self._min < 0, "Must be non-negative"),
        ):
            if wrong:
                raise ConfigError(invalid(name, options[name], problem))

    def apply(self, record: SourceRecord) -> SourceRecord:
        if not isinstance(record.value, Struct):
            return record
        excess = math.ceil(_record_size(record, record.value) * self._ratio) - self._max
        value = record.value
        rows = {name: self._long_fields(value, name) for name in ("before", "after")}
        sizes = {name: sum(each.size for each in fields) for name, fields in rows.items()}
        total = sum(sizes.values())
        if excess <= 0 or total <= 0:
            return record
        values = list(value.values)
        for name, fields in rows.items():
            if fields:
                row = cast("Struct", value[name])
                share = math.ceil(sizes[name] / total * excess)
                values[value.schema.index_of(name)] = _cut(row, fields, sizes[name], share)
        return replace(record, value=Struct(value.schema, values))

    def _long_fields(self, value: Struct, name: str) -> list[_Long]:
        if name not in value:
            return []
        row = value[name]
        if not isinstance(row, Struct):
            return []
        # Decimals are of type bytes too and have no length here.
        sizes = (
            (i, _length(each))
            for i, each in enumerate(values_of(row, with_defaults=True))
            if isinstance(each, str | bytes)
        )
        return [_Long(i, size) for i, size in sizes if size > self._min]


def _cut(row: Struct, fields: list[_Long], total: int, excess: int) -> Struct:
    values = values_of(row, with_defaults=True)
    for each in fields:
        keep = max(0, each.size - math.ceil(each.size / total * excess))
        value = values[each.index]
        values[each.index] = value[:keep] if isinstance(value, bytes) else _first_units(cast("str", value), keep)
    return Struct(row.schema, values)


def _length(value: str | bytes) -> int:
    """Of a text in UTF-16 units, as Java counts them."""
    if isinstance(value, bytes) or value.isascii():
        return len(value)
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _first_units(text: str, count: int) -> str:
    if text.isascii():
        return text[:count]
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * count].decode("utf-16-le", "surrogatepass")
    # Half of a letter cannot be written; Java puts a question mark there.
    return kept.encode("utf-8", "replace").decode()


def _record_size(record: SourceRecord, value: Struct) -> int:
    key = record.key if isinstance(record.key, Struct) else None
    entries = _POSITION_ENTRIES + len(record.headers)
    return entries * _ENTRY + _TIMESTAMP + _struct_size(key) + _struct_size(value) + len(record.topic.encode())


def _struct_size(value: Struct | None) -> int:
    if value is None:
        return 0
    fields = zip(value.schema.fields, value.values, strict=True)
    return _STRUCT + sum(_REFERENCE + _value_size(field.schema, each) for field, each in fields)


def _value_size(schema: Schema, value: object) -> int:
    if schema.type not in _SIZED:
        return _PRIMITIVE
    if value is None:
        return 0
    if isinstance(value, Struct):
        return _struct_size(value)
    if isinstance(value, str):
        return _TEXT + len(value.encode("utf-8", "replace"))
    if isinstance(value, bytes | Decimal):
        return _BYTES + (len(value) if isinstance(value, bytes) else _decimal_length(value))
    items = schema.value_schema
    assert items is not None
    if isinstance(value, Mapping):
        keys = schema.key_schema
        assert keys is not None
        return _MAP + sum(2 * _REFERENCE + _value_size(keys, k) + _value_size(items, v) for k, v in value.items())
    return _ARRAY + sum(_REFERENCE + _value_size(items, each) for each in cast("list[object]", value))


_SIZED = (SchemaType.STRING, SchemaType.BYTES, SchemaType.STRUCT, SchemaType.ARRAY, SchemaType.MAP)


def _decimal_length(value: Decimal) -> int:
    sign, digits, _ = value.as_tuple()
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    return (unscaled + 1 if unscaled < 0 else unscaled).bit_length() // 8 + 1
