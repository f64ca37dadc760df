"""The row of a table for which the application names no class."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rowtide_sdk.unset import UNSET


class Row(Mapping[str, Any]):
    """Columns by name, in the table's order, with exact Python values where the schema told them.

    `row["total"]` and `row.total` are the same; a column named like a method (`keys`, `items`, `values`, `get`, `raw`,
    `json`) is reached by `row["keys"]`. Rows are immutable; equal when their columns and values are.
    """

    __slots__ = ("_values", "_wire")

    def __init__(self, values: Mapping[str, Any], wire: Mapping[str, Any] | None = None) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_wire", self._values if wire is None else wire)

    def __getitem__(self, column: str) -> Any:
        return self._values[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, column: str) -> Any:
        if column.startswith("__"):  # protocols that Python looks up (copy, pickle) are no columns
            raise AttributeError(column)
        try:
            return self._values[column]
        except KeyError:
            raise AttributeError(f"no column {column!r}; the row has {', '.join(self._values)}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"rows are immutable; {name} cannot be set")

    def __reduce__(self) -> tuple[object, ...]:
        return Row, (self._values, self._wire)

    def __hash__(self) -> int:
        return hash(tuple(self._values))  # values may be lists; equal rows have equal columns

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"

    def raw(self, column: str) -> Any:
        """The column's value as it stood in the message: nanoseconds as int, bytes in JSON as base64, and so on."""
        return self._wire[column]

    def json(self, column: str) -> Any:
        """A JSON column parsed; None for NULL, UNSET where it was not sent.

        Raises:
            ValueError: the text is not JSON.
        """
        if self._values[column] is UNSET:
            return UNSET
        text = self._wire[column]
        return None if text is None else json.loads(text)
