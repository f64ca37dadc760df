"""Records whose values are not known yet: with them a chain of transforms shows what it does to all rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from rowtide.connect.schema import Schema


class ShapeError(Exception):
    """What transforms do depends on values, or on something else that differs from record to record."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unknown:
    """Stands for a value that differs from record to record. It may be moved; whoever looks at it gets a ShapeError.

    `is None` cannot be answered here; so records are shown to transforms a second time, with all nulls there can be.

    Attributes:
        schema: of the value.
        origin: where the value comes from, for whoever made it.
        name: for messages.
        shown: what is shown in place of the value where that is not null; None for the value itself.
    """

    schema: Schema
    origin: object
    name: str
    shown: tuple[object] | None = None

    def masked(self, shown: object) -> Unknown:
        """Something else in place of the value, but null where that is null."""
        return Unknown(self.schema, self.origin, self.name, (shown,))

    def refuse(self, *_: object) -> NoReturn:
        raise ShapeError(f"looks at the value of {self.name}")

    def __repr__(self) -> str:
        return f"Unknown({self.name})"

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = __str__ = refuse
    __len__ = __iter__ = __contains__ = __getitem__ = __format__ = __int__ = __float__ = __index__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __neg__ = __abs__ = refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __and__ = __or__ = __xor__ = __bytes__ = refuse
