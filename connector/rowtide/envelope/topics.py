"""Names of topics, as Debezium's DefaultTopicNamingStrategy makes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowtide.envelope.names import utf16_units
from rowtide.tables.model import TableId

_INVALID = re.compile(r"[^a-zA-Z0-9._\-]")
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
    """

    prefix: str
    delimiter: str = "."
    transaction_part: str = "transaction"
    heartbeat_prefix: str = "__debezium-heartbeat"
    heartbeat_name: str = ""

    def data(self, table: TableId) -> str:
        """Topic of a table's rows; schema names are built from it too. Two tables may share one after sanitising."""
        parts = (self.prefix, table.database, table.table)
        return sanitised(self.delimiter.join(part for part in parts if part.strip()))

    @property
    def schema_changes(self) -> str:
        return self.prefix

    @property
    def transactions(self) -> str:
        return f"{self.prefix}{self.delimiter}{self.transaction_part}"

    @property
    def heartbeats(self) -> str:
        return self.heartbeat_name or f"{self.heartbeat_prefix}{self.delimiter}{self.prefix}"


def sanitised(name: str) -> str:
    """Each UTF-16 unit that a topic may not have becomes an underscore; cut to Kafka's longest name."""
    if not name.isascii():
        name = "".join(utf16_units(name))
    name = _INVALID.sub("_", name)[:_LENGTH_MAX]
    return name.replace(".", "_") if name in (".", "..") else name
