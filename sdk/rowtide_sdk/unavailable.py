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
        # What a message's bytes must hold for any of these forms to be in it, whatever the converter.
        texts = [*scalars, named, ",".join(map(str, numbers)), ", ".join(map(str, numbers))]
        self._marks = [raw, *(text.encode() for text in texts), *(json.dumps(text)[1:-1].encode() for text in texts)]
        self._marks.append(b"".join(_varint(number) for number in numbers))

    def may_be_in(self, message: bytes) -> bool:
        """False where no column of the message needs to be looked at."""
        return any(mark in message for mark in self._marks)

    def columns(self, wire: Mapping[str, Any]) -> frozenset[str]:
        """The columns that were not sent."""
        return frozenset(name for name, value in wire.items() if self._is(value))

    def _is(self, value: Any) -> bool:
        if isinstance(value, str | bytes):
            return value in self._scalars
        return isinstance(value, list | dict) and value in self._others


def _varint(number: int) -> bytes:
    """An int as Avro writes it."""
    left = (number << 1) ^ (number >> 31)
    encoded = bytearray()
    while left > 0x7F:
        encoded.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*encoded, left])
