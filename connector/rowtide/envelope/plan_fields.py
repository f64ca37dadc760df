"""Columns in keys and rows, as plans describe them to the native engine."""

from __future__ import annotations

from rowtide.connect.formats import PayloadFormat
from rowtide.connect.schema import OPTIONAL_INT32, Schema, SchemaType
from rowtide.tables.model import Column
from rowtide.types import ColumnCodec, ValueModes
from rowtide.types.recipes import Recipe, recipe

PlannedField = tuple[int, bytes, bytes, bytes | None, Recipe, int | None]
"""Place in the row image, what comes before the field and a value, what stands for NULL, recipe, longest size."""


class NoPlanError(Exception):
    """Records of the table can only be made one by one; the message says why."""


def steps_of(
    column: Column, codec: ColumnCodec, schema: Schema, format_: PayloadFormat, values: ValueModes, *, snapshot: bool
) -> tuple[Recipe, int | None]:
    """A column's recipe, and how long its values may be. Args: schema: that is written. Raises NoPlanError."""
    cut = None
    if codec.change is not None:
        if codec.change[0] == "const":
            return codec.change, None
        if codec.change[0] != "cut":
            raise NoPlanError(f"column {column.name} is changed by a converter or a hash")
        cut = int(codec.change[1])
    steps = recipe(column, values, snapshot=snapshot)
    if steps is None:
        raise NoPlanError(f"column {column.name} has a type or character set that the native engine does not know")
    if steps[0] in ("geometry", "point"):
        steps = (steps[0], _geometry_form(format_, schema))
    return steps, cut


def _geometry_form(format_: PayloadFormat, schema: Schema) -> tuple[list[bytes], bytes, bytes, bytes]:
    """What comes before each field of a geometry, before an SRID, in place of one, and at the end."""
    before = []
    for i, field in enumerate(schema.fields):
        optional = field.schema.type is SchemaType.INT32
        before.append(format_.field_prefix(schema, i) + (b"" if optional else format_.value_prefix(field.schema)))
    null = format_.null(OPTIONAL_INT32)
    assert null is not None
    return before, format_.value_prefix(OPTIONAL_INT32), null, format_.struct_end(schema)


def null_of(column: ColumnCodec, *, snapshot: bool) -> object:
    """What the column's codec puts in the place of NULL."""
    return (column.convert_snapshot if snapshot else column.convert)(None)
