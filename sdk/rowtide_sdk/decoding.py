"""How messages are decoded, beyond the classes of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, overload

from rowtide_sdk.registry import Registry
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows
from rowtide_sdk.unavailable import DEFAULT, Placeholder

R = TypeVar("R")
C = TypeVar("C")


class Decoding(Generic[R]):
    """Given as `rows` to a consumer, where messages are not JSON or the connector's settings must be known.

    Args:
        rows: a row class, a mapping of `db.table` or topic to row classes, or Rows(...); without, `Row` objects.
        registry: where Avro messages have their schemas. Messages in JSON need none, and may be mixed with Avro.
        unavailable: the connector's `unavailable.value.placeholder`; None takes every value as it is.
        flattened: True takes rows without envelope also where nothing was added to them that tells the operation; each
            is an `Update` then. With `__op` or `__deleted` among fields or headers they are recognised in any case.

    Raises:
        ConfigError: a row class that cannot work.
    """

    @overload
    def __init__(
        self: Decoding[Row],
        rows: None = None,
        *,
        registry: Registry | None = ...,
        unavailable: str | bytes | None = ...,
        flattened: bool = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: Decoding[C],
        rows: type[C] | Rows[C],
        *,
        registry: Registry | None = ...,
        unavailable: str | bytes | None = ...,
        flattened: bool = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: Decoding[C | Row],
        rows: Mapping[str, type[C]],
        *,
        registry: Registry | None = ...,
        unavailable: str | bytes | None = ...,
        flattened: bool = ...,
    ) -> None: ...

    def __init__(
        self,
        rows: Any = None,
        *,
        registry: Registry | None = None,
        unavailable: str | bytes | None = DEFAULT,
        flattened: bool = False,
    ) -> None:
        self.rows: Rows[Any] | None = rows if rows is None or isinstance(rows, Rows) else Rows(rows)
        self.registry = registry
        self.placeholder = None if unavailable is None else Placeholder(unavailable)
        self.flattened = flattened


def as_decoding(rows: Any) -> Decoding[Any]:
    """What applications may give as `rows`, as Decoding."""
    return rows if isinstance(rows, Decoding) else Decoding(rows)
