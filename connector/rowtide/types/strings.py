"""CHAR, VARCHAR and TEXT in their character sets; JSON; MariaDB's UUID, INET4 and INET6."""

from __future__ import annotations

import ipaddress
import uuid

from rowtide.connect.schema import STRING, Schema, SchemaType
from rowtide.mysql.text_decoding import Decode, decoder
from rowtide.tables.model import Column
from rowtide.types.codec import Convert, Family
from rowtide.types.defaults import no_default
from rowtide.types.modes import ValueModes

JSON_SCHEMA = Schema(SchemaType.STRING, name="io.debezium.data.Json", version=1)
UUID_SCHEMA = Schema(SchemaType.STRING, name="io.debezium.data.Uuid", version=1)


def string_family(column: Column, modes: ValueModes) -> Family:
    """Bytes that the character set does not know become U+FFFD, as in Java. A snapshot's text is UTF-8."""
    return Family(STRING, decoder(column.charset), "", str, decoder(None))


def json_family(column: Column, modes: ValueModes) -> Family:
    """The raw text as it is; an empty one counts as NULL. MariaDB keeps JSON as text: its raw values are bytes, in
    UTF-8 unless the table was converted to another character set.
    """

    def converted(decode: Decode) -> Convert:
        def convert(raw: str | bytes) -> str | None:
            return (decode(raw) if isinstance(raw, bytes) else raw) or None

        return convert

    return Family(JSON_SCHEMA, converted(decoder(column.charset)), "{}", str, converted(decoder(None)))


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
