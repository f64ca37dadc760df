"""Which source table goes to which target table, and how its columns are called there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rowtide_sdk.errors import ConfigError

Create: TypeAlias = Literal["missing", "evolve", "never"]
"""Whether target tables are made: when missing; also with columns added that the source got; or never."""


@dataclass(frozen=True, slots=True)
class TargetTable:
    """
    Attributes:
        name: in the target, without a schema's or database's name.
        columns: the target's name of a source column; those that are not here keep theirs.
        only: source columns that are copied; None for all.
        key: source columns that tell rows apart; None for those of the messages' keys.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] | None = None
    key: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigError("TargetTable.name must not be empty")
        if isinstance(self.only, str) or isinstance(self.key, str):
            raise ConfigError(f"TargetTable({self.name!r}): only and key are lists of columns, not one text")

    def target_column(self, column: str) -> str:
        return self.columns.get(column, column)

    def copies(self, column: str) -> bool:
        return self.only is None or column in self.only
