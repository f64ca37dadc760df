"""CHAR, VARCHAR and TEXT in their character sets; JSON; MariaDB's UUID, INET4 and INET6."""

from __future__ import annotations

import ipaddress
import uuid

from rowtide.connect.schema import STRING, Schema, SchemaType
from rowtide.mysql.charsets import codec_name, java_codec_name
from rowtide.tables.model import Column
from rowtide.types.codec import Family
from rowtide.types.defaults import no_default
from rowtide.types.modes import ValueModes

JSON_SCHEMA = Schema(SchemaType.STRING, name="io.debezium.data.Json", version=1)
UUID_SCHEMA = Schema(SchemaType.STRING, name="io.debezium.data.Uuid", version=1)


def string_family(column: Column, modes: ValueModes) -> Family:
    """Bytes that the character set does not know become U+FFFD, as in Java."""
    streamed, selected = java_codec_name(column.charset), codec_name(column.charset)

    def convert(raw: bytes) -> str:
        return raw.decode(streamed, "replace")

    def convert_selected(raw: bytes) -> str:
        return raw.decode(selected, "replace")

    return Family(STRING, convert, "", str, None if streamed == selected else convert_selected)


def json_family(column: Column, modes: ValueModes) -> Family:
    """The raw text as it is; an empty one counts as NULL. MariaDB keeps JSON as text: its raw values are bytes, in
    UTF-8 unless the table was converted to another character set.
    """
    codec = codec_name(column.charset)

    def convert(raw: str | bytes) -> str | None:
        return (raw.decode(codec, "replace") if isinstance(raw, bytes) else raw) or None

    return Family(JSON_SCHEMA, convert, "{}", str)


def uuid_family(column: Column, modes: ValueModes) -> Family:
    """Trailing zero bytes, which the server cuts in row events, are put back (Debezium shifts such a value instead)."""

    def convert(raw: bytes | str) -> str:
        return raw if isinstance(raw, str) else str(uuid.UUID(bytes=raw.ljust(16, b"\0")))

    return Family(UUID_SCHEMA, convert, "", no_default)


def inet_family(column: Column, modes: ValueModes) -> Family:
    """Debezium cannot read a statement with these types; here they are text as the server shows it."""

    size = 4 if column.type_name.upper().startswith("INET4") else 16

    def convert(raw: bytes | str) -> str:
        return raw if isinstance(raw, str) else str(ipaddress.ip_address(raw.ljust(size, b"\0")))

    return Family(STRING, convert, "", str)
