"""PartitionRouting: chooses a record's partition by a hash of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowtide.config.definition import Importance, Type
from rowtide.connect.java_text import to_string
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import DataError
from rowtide.transforms.debezium.envelope import envelope, is_change, text_of
from rowtide.transforms.debezium.java_hash import java_hash
from rowtide.transforms.debezium.murmur import murmur
from rowtide.transforms.debezium.options import (
    DebeziumTransformation,
    Option,
    Settings,
    no_empty_item,
    option,
    positive,
    required,
)
from rowtide.transforms.java_conversion import wrap
from rowtide.transforms.kafka.declare import java_split

_FIELDS, _PARTITIONS, _HASH = "partition.payload.fields", "partition.topic.num", "partition.hash.function"
_INT_MAX = (1 << 31) - 1


def _in_group(order: int, made: Option) -> Option:
    return replace(made, key=replace(made.key, group="partitions", order=order))


class PartitionRouting(DebeziumTransformation):
    options = (
        _in_group(
            1,
            option(
                _FIELDS,
                "List of payload fields to use for compute partition.",
                "Fields of the envelope, as `after.id` or `source.table`; `change.` is `before.` of deletes and "
                "`after.` of others.",
                required,
                no_empty_item,
                type_=Type.LIST,
                importance=Importance.HIGH,
            ),
        ),
        _in_group(
            2,
            option(
                _PARTITIONS,
                "Number of partition configured for topic",
                "How many partitions the topic has.",
                required,
                positive,
                type_=Type.INT,
                importance=Importance.HIGH,
            ),
        ),
        _in_group(3, option(_HASH, "Hash function", "`java` (hashCode) or `murmur`.", default="java")),
    )

    def set_up(self, settings: Settings) -> None:
        settings.checked(_FIELDS, _PARTITIONS)
        self._paths = [[part.strip() for part in java_split(item, ".")] for item in settings.items(_FIELDS)]
        self._partitions = int(settings.required_text(_PARTITIONS))
        self._hash: Callable[[Schema, object], int] = _murmur if settings.choice(_HASH) == "murmur" else java_hash

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError where a struct on the way to a field is null."""
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        try:
            operation = text_of(value, "op")
            if operation in ("t", "m"):
                return record
            found = [each for path in self._paths if (each := _find(value, path, operation)) is not None]
            if not found:
                return record
            total = sum(self._hash(schema, each) for schema, each in found)
        except DataError as error:
            raise DataError(f"Unprocessable message {to_string(value.schema, value)}") from error
        positive_hash = wrap(total, 32) & _INT_MAX
        return replace(record, partition=(0 if positive_hash == _INT_MAX else positive_hash) % self._partitions)


def _find(value: Struct, path: list[str], operation: str | None) -> tuple[Schema, object] | None:
    """The field's schema and value; None where there is no such field or it is null. Raises DataError, see `apply`."""
    current = value
    for step in path[:-1]:
        name = ("before" if operation == "d" else "after") if step == "change" else step
        if name not in current or current.schema.field(name).type is not SchemaType.STRUCT:
            return None
        inner = current[name]
        if inner is None:
            raise DataError(f"{name} is null")
        assert isinstance(inner, Struct)
        current = inner
    if path[-1] not in current:
        return None
    schema = current.schema.field(path[-1])
    found = current[path[-1]]
    found = schema.default if found is None else found
    return None if found is None else (schema, found)


def _murmur(schema: Schema, value: object) -> int:
    if isinstance(value, str):
        return murmur(value.encode("utf-8", "replace"))
    return murmur((java_hash(schema, value) & 0xFFFFFFFF).to_bytes(4, "little"))
