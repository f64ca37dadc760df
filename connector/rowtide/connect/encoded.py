"""Structs of records that are encoded already: they are read when somebody looks into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from rowtide.connect.schema import Schema, Struct

KEY, VALUE, BEFORE, AFTER, SOURCE = range(5)
"""The parts of a record (`_native.EncodedRows`)."""


class StructReader(Protocol):
    """Knows the rows that structs are read from.

    Attributes:
        topic: which the bytes were written for.
    """

    topic: str

    def values(self, struct: EncodedStruct) -> tuple[object, ...]: ...

    def value(self, struct: EncodedStruct, field: int) -> object: ...


class EncodedStruct(Struct):
    """A struct whose bytes are known, and whose values are read at the first question.

    The class makes plain structs, so that `type(struct)(schema, values)` is one.

    Attributes:
        rows: the `_native.EncodedRows` with its bytes; None once a value was changed, or one was given away that its
            holder may change.
        part: which struct of the record it is.
        index: of the row.
        known: its values, None until they are read.
    """

    __slots__ = ("index", "known", "part", "reading", "rows")

    rows: Any
    part: int
    index: int
    reading: StructReader
    known: Sequence[object] | None

    def __new__(cls, schema: Schema, values: Sequence[object]) -> Struct:  # type: ignore[misc]
        return Struct(schema, values)

    @property
    def values(self) -> Sequence[object]:
        known = self.known
        if known is None:
            known = self.known = self.reading.values(self)
        return known

    @values.setter
    def values(self, values: Sequence[object]) -> None:
        self.known = values
        self.rows = None

    def __getitem__(self, name: str) -> object:
        field = self.schema.index_of(name)
        known = self.known
        return self.reading.value(self, field) if known is None else known[field]

    def __setitem__(self, name: str, value: object) -> None:
        values = list(self.values)
        values[self.schema.index_of(name)] = value
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return Struct, (self.schema, self.values)
