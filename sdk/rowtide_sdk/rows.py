"""Which row class belongs to which table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, overload

from rowtide_sdk.errors import ConfigError
from rowtide_sdk.row import Row
from rowtide_sdk.row_class import Extra, RowClass

R = TypeVar("R")
C = TypeVar("C")


class Rows(Generic[R]):
    """Row classes, each for a table (`db.table`) or a topic; or one for all. R is what rows may become.

    Args:
        classes: a class for every row, or a mapping; a topic's entry goes before a table's. Tables without an entry
            give `Row` objects.
        extra: what columns without a field in the class mean: "ignore" them or "error".

    Raises:
        ConfigError: not a dataclass or attrs class, or a field of a type that no column's value can become.
    """

    @overload
    def __init__(self: Rows[C], classes: type[C], *, extra: Extra = "ignore") -> None: ...

    @overload
    def __init__(self: Rows[C | Row], classes: Mapping[str, type[C]], *, extra: Extra = "ignore") -> None: ...

    def __init__(self, classes: Any, *, extra: Extra = "ignore") -> None:
        if extra not in ("ignore", "error"):
            raise ConfigError(f'extra is "ignore" or "error", not {extra!r}')
        self._default: RowClass[Any] | None = None
        self._classes: dict[str, RowClass[Any]] = {}
        if isinstance(classes, Mapping):
            self._classes = {name: RowClass(cls, extra) for name, cls in classes.items()}
        else:
            self._default = RowClass(classes, extra)

    def row_class(self, topic: str, table: str) -> RowClass[Any] | None:
        """The class for rows of this topic and `db.table`; None where they stay `Row` objects."""
        return self._classes.get(topic) or self._classes.get(table) or self._default
