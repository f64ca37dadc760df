"""What earlier events of a stream tell about how to read later ones."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from rowtide.binlog.events import FormatDescription, TableMap
from rowtide.binlog.reference.layout import Layouts

TABLES_MAX = 4096
"""Tables kept; statements name theirs anew each time, and none names that many."""


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A TABLE_MAP with its body, by which a repetition is recognised, and the row layouts made for it.

    Attributes:
        statements: how many had been read before it.
    """

    statements: int
    body: bytes
    table_map: TableMap
    layouts: Layouts


@dataclass(slots=True)
class State:
    """Owned by one decoder.

    Attributes:
        format: None before the first FORMAT_DESCRIPTION.
        position: where the last event that is in a file ended, 0 when unknown.
        statements: so far, of those that may have changed tables.
    """

    format: FormatDescription | None = None
    position: int = 0
    statements: int = 0
    tables: OrderedDict[int, KnownTable] = field(default_factory=OrderedDict)

    @property
    def checksum(self) -> bool:
        return self.format is not None and self.format.checksum

    def post_header_length(self, event_type: int, default: int) -> int:
        lengths = self.format.post_header_lengths if self.format else b""
        return lengths[event_type - 1] if event_type <= len(lengths) else default

    def remember(self, table_id: int, table: KnownTable) -> None:
        self.tables[table_id] = table
        self.tables.move_to_end(table_id)
        if len(self.tables) > TABLES_MAX:
            self.tables.popitem(last=False)
