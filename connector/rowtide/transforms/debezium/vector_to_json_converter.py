"""VectorToJsonConverter: vectors become texts of JSON, wherever in a record's structs they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from rowtide.connect.java_numbers import java_double, java_float
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType
from rowtide.transforms.debezium.envelope import renamed
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings
from rowtide.transforms.structs import SchemaCache, make_struct, require_struct, value_at, values_of

_DATA = "io.debezium.data."
_FLOATS, _DOUBLES, _SPARSE = (_DATA + name for name in ("FloatVector", "DoubleVector", "SparseDoubleVector"))
_JSON = Schema(SchemaType.STRING, name=_DATA + "Json", version=1)
_OPTIONAL_JSON = _JSON.as_optional()

_Convert = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Attributes: fields: by place, how a value is converted; None where it stays."""

    schema: Schema
    fields: tuple[_Convert | None, ...]

    def convert(self, value: object) -> object:
        if value is None:
            return None
        values = values_of(require_struct(None, value, "Should be a struct."), with_defaults=True)
        pairs = zip(self.fields, values, strict=True)
        return make_struct(self.schema, [each if convert is None else convert(each) for convert, each in pairs])


class VectorToJsonConverter(DebeziumTransformation):
    def set_up(self, settings: Settings) -> None:
        self._plans = SchemaCache(_plan)

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError for a value that is no struct."""
        if record.value is None:
            return record
        value = require_struct(record.value_schema, record.value, "Value should be a struct")
        plan = self._plans(record.value_schema or value.schema)
        return replace(record, value_schema=plan.schema, value=plan.convert(value))


def _plan(schema: Schema) -> _Plan:
    fields = [(field.name, *_converted(field.schema)) for field in schema.fields]
    made = renamed(schema, schema.name, [(name, each) for name, each, _ in fields])
    return _Plan(made, tuple(convert for _, _, convert in fields))


def _converted(schema: Schema) -> tuple[Schema, _Convert | None]:
    json = _OPTIONAL_JSON if schema.optional else _JSON
    if schema.name in (_FLOATS, _DOUBLES):
        return json, _vector(java_float if schema.name == _FLOATS else java_double)
    if schema.name == _SPARSE:
        return json, _sparse
    if schema.type is SchemaType.STRUCT:
        plan = _plan(schema)
        return plan.schema, plan.convert
    return schema, None


def _vector(text: Callable[[float], str]) -> _Convert:
    def convert(values: object) -> object:
        if values is None:
            return None
        shown = ("null" if each is None else text(each) for each in cast("list[float | None]", values))
        return f'{{ "values": [{", ".join(shown)}] }}'

    return convert


def _sparse(vector: object) -> object:
    if vector is None:
        return None
    struct = require_struct(None, vector, "SparseDoubleVector should be a struct.")
    entries = cast("Mapping[int, float]", value_at(struct, "vector", with_default=False))
    shown = (f'"{key}": {java_double(value)}' for key, value in sorted(entries.items()))
    dimensions = value_at(struct, "dimensions", with_default=False)
    return f'{{ "dimensions": {dimensions}, "vector": {{ {", ".join(shown)} }} }}'
