"""Names of topics, as Debezium's naming strategies make them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowtide.connect.names import unicode_escape, utf16_units
from rowtide.envelope.routing import Routing
from rowtide.tables.model import TableId

_INVALID = re.compile(r"[^a-zA-Z0-9._\-]")
_INVALID_OR_UNDERSCORE = re.compile(r"[^a-zA-Z0-9.\-]")
_LENGTH_MAX = 249  # of a topic's name in Kafka


@dataclass(frozen=True, slots=True)
class TopicNaming:
    """Options of topic names.

    Attributes:
        prefix: `topic.prefix`.
        delimiter: `topic.delimiter`.
        transaction_part: `topic.transaction`.
        heartbeat_prefix: `topic.heartbeat.prefix`.
        heartbeat_name: `topic.heartbeat.name`; replaces prefix and all where it is not empty.
        with_database: the database is part of the name; not so with Debezium's Schema... strategies.
        escaped: what a topic may not have, and underscores, become `_uXXXX`, as with the ...Unicode... strategies.
        routing: of the ...Regex... strategies.
    """

    prefix: str
    delimiter: str = "."
    transaction_part: str = "transaction"
    heartbeat_prefix: str = "__debezium-heartbeat"
    heartbeat_name: str = ""
    with_database: bool = True
    escaped: bool = False
    routing: Routing | None = None

    def data(self, table: TableId) -> str:
        """Topic of a table's rows; schema names are built from it too. Two tables may share one after sanitising."""
        name = sanitised(self._plain(table), escaped=self.escaped)
        if self.routing is None:
            return name
        return self.routing.topics.of(name) or name

    def key_field(self, table: TableId) -> tuple[str, str] | None:
        """Name and value of the field that keys have more, None for none."""
        if self.routing is None or self.routing.key_field is None:
            return None
        name = self._plain(table)
        return self.routing.key_field, self.routing.key_values.of(name) if self.routing.key_values else name

    def _plain(self, table: TableId) -> str:
        parts = (self.prefix, table.database if self.with_database else "", table.table)
        return self.delimiter.join(part for part in parts if part.strip())

    @property
    def schema_changes(self) -> str:
        return self.prefix

    @property
    def transactions(self) -> str:
        return f"{self.prefix}{self.delimiter}{self.transaction_part}"

    @property
    def heartbeats(self) -> str:
        return self.heartbeat_name or f"{self.heartbeat_prefix}{self.delimiter}{self.prefix}"


def sanitised(name: str, *, escaped: bool = False) -> str:
    """Each UTF-16 unit that a topic may not have becomes an underscore, or its escape; cut to Kafka's longest name."""
    if not name.isascii():
        name = "".join(utf16_units(name))
    if escaped:
        name = _INVALID_OR_UNDERSCORE.sub(lambda match: unicode_escape(match[0]), name)
    else:
        name = _INVALID.sub("_", name)
    name = name[:_LENGTH_MAX]
    if name in (".", ".."):
        return name.replace(".", unicode_escape(".") if escaped else "_")
    return name
