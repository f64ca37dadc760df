"""BINARY, VARBINARY and BLOB, by `binary.handling.mode`."""

from __future__ import annotations

import base64

from rowtide.connect.schema import BYTES, STRING
from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.codec import Convert, Family, identity
from rowtide.types.modes import BinaryMode, ValueModes


def binary_family(column: Column, modes: ValueModes) -> Family:
    """The server cuts trailing zeros of a BINARY(n) in row events; they are put back. A default is not padded."""
    shown = _shown(modes.binary)
    length = column.length or 0
    convert: Convert = shown
    if column.jdbc_type == jdbc.BINARY and length:

        def convert(raw: bytes) -> object:
            return shown(raw.ljust(length, b"\0"))

    schema = BYTES if modes.binary == "bytes" else STRING
    return Family(schema, convert, shown(b""), lambda text: shown(text.encode()))


def _shown(mode: BinaryMode) -> Convert:
    if mode == "hex":
        return lambda raw: raw.hex()
    if mode == "base64":
        return lambda raw: base64.b64encode(raw).decode()
    if mode == "base64-url-safe":
        return lambda raw: base64.urlsafe_b64encode(raw).decode()
    return identity
