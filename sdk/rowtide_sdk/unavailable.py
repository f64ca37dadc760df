"""Columns that were not sent: the forms of the connector's `unavailable.value.placeholder`.

Forms by column type as in Debezium's `UnchangedToastedPlaceholder.java` and `BinlogValueConverters.java`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rowtide_sdk.errors import ConfigError

DEFAULT = "__debezium_unavailable_value"
NONE: frozenset[str] = frozenset()

_OTHERS = frozenset({bytes, list, dict})


class Placeholder:
    """Finds the columns whose value is the placeholder.

    Args:
        text: the connector's `unavailable.value.placeholder`; bytes for one that was given there as `hex:...`.

    Raises:
        ConfigError: it is empty.
    """

    def __init__(self, text: str | bytes) -> None:
        if not text:
            raise ConfigError("unavailable of Decoding is the connector's unavailable.value.placeholder; None, not ''")
        raw = text.encode() if isinstance(text, str) else text
        decoded = raw.decode(errors="replace")
        encoded = base64.b64encode(raw).decode()
        scalars = {
            decoded,
            encoded,
            base64.urlsafe_b64encode(raw).decode(),
            raw.hex(),
            json.dumps({decoded: decoded}, separators=(",", ":"), ensure_ascii=False),
        }
        numbers = [byte - 256 if byte > 127 else byte for byte in raw]  # Java's bytes have a sign
        named = str(UUID(bytes=hashlib.md5(raw, usedforsecurity=False).digest(), version=3))
        self._scalars = frozenset({*scalars, raw})
        self._others: tuple[Any, ...] = ([decoded], [encoded], [raw], numbers, [named], {decoded: decoded})

    def columns(self, wire: Mapping[str, Any]) -> frozenset[str]:
        """The columns that were not sent."""
        # Of every row that is read, so without a call for each column.
        scalars = self._scalars
        found = NONE
        for name, value in wire.items():
            kind = value.__class__
            if (kind is str and value in scalars) or (kind in _OTHERS and self._is(value)):
                found |= {name}
        return found

    def _is(self, value: Any) -> bool:
        return value in self._scalars if isinstance(value, bytes) else value in self._others
