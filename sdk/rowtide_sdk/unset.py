"""A column that was not sent, which is not the same as NULL."""

from __future__ import annotations

from enum import Enum


class Unset(Enum):
    """Its only member is `UNSET`: falsy, and shown by that name."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET
"""The value of a column whose content the connector did not have (its `unavailable.value.placeholder`)."""
