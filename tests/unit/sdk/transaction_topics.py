"""Topics of transactions as a connector writes them, for tests: rows over tables and partitions, BEGIN and END."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rowtide_sdk import RawMessage

PREFIX = "shop"
TOPIC = f"{PREFIX}.transaction"
TABLES = ("shop.orders", "shop.items", "shop.notes")
PARTITIONS = 2


@dataclass
class Topics:
    """Appends messages to partitions.

    Attributes:
        gtids: whether the server has GTIDs.
        blocks: whether rows have a transaction block.
    """

    gtids: bool = True
    blocks: bool = True
    messages: list[RawMessage] = field(default_factory=list)
    _ends: Counter[tuple[str, int]] = field(default_factory=Counter)
    _pos: int = 100

    def append(self, topic: str, partition: int, value: Any, key: Any = None) -> None:
        offset = self._ends[topic, partition]
        self._ends[topic, partition] += 1
        parts = [None if part is None else json.dumps(part).encode() for part in (key, value)]
        self.messages.append(RawMessage(topic, partition, offset, 0, (), *parts))

    def begin(self, number: int) -> None:
        self._boundary("BEGIN", number, None)

    def end(self, number: int, rows: Iterable[tuple[str, int]]) -> None:
        self._boundary("END", number, Counter(table for table, _ in rows))

    def _boundary(self, status: str, number: int, counts: Counter[str] | None) -> None:
        collections = counts and [{"data_collection": table, "event_count": n} for table, n in counts.items()]
        total = None if counts is None else counts.total()
        value = {
            "status": status,
            "id": self.id_of(number),
            "event_count": total,
            "data_collections": collections,
            "ts_ms": number,
        }
        self.append(TOPIC, 0, value, {"id": self.id_of(number)})

    def id_of(self, number: int) -> str:
        return f"0-1-{number}" if self.gtids else f"file=bin.000001,pos={number * 1000}"

    def row(self, number: int, rows: list[tuple[str, int]], place: int, ts_ms: int | None = None) -> None:
        """One of a transaction's rows (table, id), by its place in it."""
        table, row_id = rows[place]
        of_table = sum(1 for other, _ in rows[: place + 1] if other == table)
        block = {"id": self.id_of(number), "total_order": place + 1, "data_collection_order": of_table}
        database, _, name = table.partition(".")
        value = {
            "before": None,
            "after": {"id": row_id, "tx": number, "place": place},
            "source": {
                "name": PREFIX,
                "ts_ms": number * 1000 if ts_ms is None else ts_ms,
                "snapshot": "false",
                "db": database,
                "table": name,
                "server_id": 1,
                "gtid": self.id_of(number) if self.gtids else None,
                "file": "bin.000001",
                "pos": number * 1000 + place,
                "row": 0,
            },
            "transaction": block if self.blocks else None,
            "op": "c",
            "ts_ms": number,
        }
        self.append(f"{PREFIX}.{table}", row_id % PARTITIONS, value, {"id": row_id})

    def transaction(self, number: int, rows: list[tuple[str, int]]) -> None:
        self.begin(number)
        for place in range(len(rows)):
            self.row(number, rows, place)
        self.end(number, rows)

    def read_row(self, table: str, row_id: int) -> None:
        """A row of a snapshot."""
        database, _, name = table.partition(".")
        source = {"name": PREFIX, "snapshot": "true", "db": database, "table": name, "file": "bin.000001", "pos": 4}
        value = {"before": None, "after": {"id": row_id}, "source": source, "transaction": None, "op": "r", "ts_ms": 1}
        self.append(f"{PREFIX}.{table}", row_id % PARTITIONS, value, {"id": row_id})
