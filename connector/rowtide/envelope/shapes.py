"""Records of one operation on a table as transforms see them before there are any: with values that are not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowtide.changes import Operation
from rowtide.connect.record import Header, RecordTransforms, SourceRecord
from rowtide.connect.schema import Schema, Struct
from rowtide.connect.shape import Unknown
from rowtide.envelope.config import EnvelopeConfig
from rowtide.envelope.plan_fields import NoPlanError, null_of
from rowtide.envelope.table_schema import TRANSACTION_BLOCK, TableSchema
from rowtide.errors import RowtideError
from rowtide.tables.model import Column, Table
from rowtide.types import ColumnCodec

SOURCE_SLOTS = ("ts_ms", "ts_us", "ts_ns", "server_id", "gtid", "file", "pos", "row", "thread", "query")
ENVELOPE_SLOTS = {"op": "op", "ts_ms": "now_ms", "ts_us": "now_us", "ts_ns": "now_ns"}
TRANSACTION_SLOTS = {"id": "transaction_id", "total_order": "total_order", "data_collection_order": "table_order"}
MARKER = "marker"
_MAY_BE_NULL = ("gtid", "thread", "query", MARKER)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the image before or after."""

    before: bool
    column: Column
    codec: ColumnCodec


@dataclass(frozen=True, slots=True)
class Slot:
    """What the native engine fills in, by its name there; or the snapshot marker."""

    name: str


Shape = tuple[SourceRecord, SourceRecord] | None
"""A record with all values, and with all nulls that it may have; None for one that is dropped."""


def source_constants(config: EnvelopeConfig, table: Table) -> dict[str, object]:
    """What all source blocks of a table have."""
    return {
        "version": config.identity.version,
        "connector": config.identity.flavor,
        "name": config.topics.prefix,
        "db": table.id.database,
        "sequence": None,
        "table": table.id.table,
    }


class Shapes:
    """Makes them for one operation."""

    def __init__(
        self,
        config: EnvelopeConfig,
        table: Table,
        schema: TableSchema,
        headers: tuple[Header, ...],
        operation: Operation,
        *,
        in_transaction: bool,
    ) -> None:
        self._config = config
        self._table = table
        self._schema = schema
        self._headers = headers
        self._operation = operation
        self._in_transaction = in_transaction

    def transformed(self, transforms: RecordTransforms) -> list[Shape]:
        """What transforms make of each record of a row.

        Raises:
            ShapeError: they look at values.
            NoPlanError: what they do depends on which values are null.
        """
        full, nulls = ([transforms.of_shape(each) for each in self._records(of)] for of in (_itself, self._or_null))
        shapes: list[Shape] = []
        for one, other in zip(full, nulls, strict=True):
            if (one is None) is not (other is None):
                raise NoPlanError("transforms drop records by whether a value is null")
            shapes.append(None if one is None or other is None else (one, other))
        return shapes

    def _records(self, of: Callable[[Unknown], object]) -> list[SourceRecord]:
        schema, operation = self._schema, self._operation
        key = self._key(of)
        key_schema = None if key is None else key.schema
        value = self._value(of)
        records = [SourceRecord(schema.topic, None, key_schema, key, value.schema, value, self._headers)]
        if operation == "d" and self._config.rules.tombstones:
            records.append(SourceRecord(schema.topic, None, key_schema, key, None, None, self._headers))
        return records

    def _key(self, of: Callable[[Unknown], object]) -> Struct | None:
        schema = self._schema
        if schema.key_schema is None:
            return None
        before = self._operation == "d"
        values = [of(_unknown(column, codec, before=before)) for column, codec in schema.key_columns]
        return Struct(schema.key_schema, values if schema.key_constant is None else [*values, schema.key_constant])

    def _row(self, of: Callable[[Unknown], object], *, before: bool) -> Struct:
        values = [of(_unknown(column, codec, before=before)) for column, codec in self._schema.value_columns]
        return Struct(self._schema.value_schema, values)

    def _value(self, of: Callable[[Unknown], object]) -> Struct:
        envelope = self._schema.envelope_schema
        return Struct(envelope, [self._part(field.name, field.schema, of) for field in envelope.fields])

    def _part(self, name: str, schema: Schema, of: Callable[[Unknown], object]) -> object:
        if name == "before":
            return self._row(of, before=True) if self._operation in ("u", "d") else None
        if name == "after":
            return self._row(of, before=False) if self._operation != "d" else None
        if name == "source":
            constants = source_constants(self._config, self._table)
            return Struct(schema, [_source_part(field.name, field.schema, constants, of) for field in schema.fields])
        if name == "transaction":
            slots = [of(_slot(TRANSACTION_SLOTS[field.name], field.schema)) for field in TRANSACTION_BLOCK.fields]
            return Struct(schema, slots) if self._in_transaction else None
        if name == "op":
            return self._operation
        if name not in ENVELOPE_SLOTS:
            raise NoPlanError(f"the envelope has a field {name}")
        return of(_slot(ENVELOPE_SLOTS[name], schema))

    def _or_null(self, unknown: Unknown) -> object:
        origin = unknown.origin
        if isinstance(origin, Slot):
            return None if origin.name in _MAY_BE_NULL else unknown
        assert isinstance(origin, Cell)
        try:
            null = null_of(origin.codec, snapshot=self._operation == "r")
        except RowtideError:
            return unknown
        # A column that cannot be null is an error where it is; the record path says it.
        return unknown if null is None and not unknown.schema.optional else null


def _itself(unknown: Unknown) -> object:
    return unknown


def _unknown(column: Column, codec: ColumnCodec, *, before: bool) -> Unknown:
    return Unknown(codec.schema, Cell(before, column, codec), f"column {column.name}")


def _slot(name: str, schema: Schema) -> Unknown:
    return Unknown(schema, Slot(name), name)


def _source_part(name: str, schema: Schema, constants: dict[str, object], of: Callable[[Unknown], object]) -> object:
    if name in constants:
        return constants[name]
    if name == "snapshot":
        return of(_slot(MARKER, schema))
    if name not in SOURCE_SLOTS:
        raise NoPlanError(f"the source block has a field {name}")
    return of(_slot(name, schema))
