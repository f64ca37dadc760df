"""Columns to Connect schemas and values: one module a type family."""

from rowtide.types.codec import ColumnCodec, Convert, identity
from rowtide.types.columns import column_codec
from rowtide.types.modes import ValueModes

__all__ = ["ColumnCodec", "Convert", "ValueModes", "column_codec", "identity"]
