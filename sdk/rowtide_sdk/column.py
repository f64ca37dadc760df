"""What a row class says about a column beyond its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rowtide_sdk.errors import ConfigError

Unit: TypeAlias = Literal["days", "s", "ms", "us", "ns"]
Encoding: TypeAlias = Literal["base64", "base64-url-safe", "hex"]

UNITS_US: Mapping[str, tuple[int, int]] = {
    "days": (86_400_000_000, 1),
    "s": (1_000_000, 1),
    "ms": (1_000, 1),
    "us": (1, 1),
    "ns": (1, 1_000),
}
"""Unit -> (factor, divisor) to microseconds."""

ENCODINGS = ("base64", "base64-url-safe", "hex")


@dataclass(frozen=True, slots=True)
class Column:
    """Given as `Annotated[type, Column(...)]`, or by the same names in a field's metadata.

    All but `name` only matter where the message brings no schema that says it.

    Attributes:
        name: the column, when it is not called like the field.
        unit: of the integers that become date, datetime, time or timedelta. Without: days for date, ms for datetime,
            us for time and timedelta (Debezium's defaults for DATE, DATETIME(0-3) and TIME).
        scale: digits after the point of a Decimal sent as base64 (decimal.handling.mode=precise). Without, text is
            read as the number itself (decimal.handling.mode=string).
        encoding: of text that becomes bytes; binary.handling.mode=bytes is base64 in JSON.
    """

    name: str | None = None
    unit: Unit | None = None
    scale: int | None = None
    encoding: Encoding = "base64"

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in UNITS_US:
            raise ConfigError(f"unit of a column: {self.unit!r} is none of {', '.join(UNITS_US)}")
        if self.encoding not in ENCODINGS:
            raise ConfigError(f"encoding of a column: {self.encoding!r} is none of {', '.join(ENCODINGS)}")

    @classmethod
    def from_metadata(cls, metadata: Mapping[Any, Any]) -> Column | None:
        """Reads `column`, `unit`, `scale` and `encoding` of a field's metadata; None when it has none of them."""
        given = {name: metadata[name] for name in ("unit", "scale", "encoding") if name in metadata}
        if "column" in metadata:
            given["name"] = metadata["column"]
        return cls(**given) if given else None
