"""Keys of rows, as tuples of their columns' values and as text."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, ...]


def key_text(key: Key) -> str:
    """A key as text that is equal for equal keys."""
    return json.dumps([_plain(value) for value in key], ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
