"""A table of a source with its topic, for tests of what follows it: each change is applied here and written there."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rowtide_sdk import RawMessage

PARTITIONS = 3
COLUMNS: Sequence[Mapping[str, Any]] = (
    {"field": "id", "type": "int32", "optional": False},
    {"field": "name", "type": "string", "optional": True},
    {
        "field": "total",
        "type": "bytes",
        "optional": True,
        "name": "org.apache.kafka.connect.data.Decimal",
        "parameters": {"scale": "2", "connect.decimal.precision": "10"},
    },
    {"field": "day", "type": "int32", "optional": True, "name": "io.debezium.time.Date"},
)


@dataclass
class SourceTable:
    """
    Attributes:
        rows: as the source has them now, by id.
        messages: by partition, as a connector writes them.
    """

    columns: Sequence[Mapping[str, Any]] = COLUMNS
    schemas: bool = True
    name: str = "orders"
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    messages: list[RawMessage] = field(default_factory=list)
    file: int = 1
    pos: int = 4
    gtid: int = 0
    _ends: dict[int, int] = field(default_factory=dict)
    _server_began: int = 0

    @property
    def topic(self) -> str:
        return f"shop.shop.{self.name}"

    def put(self, row_id: int, **values: Any) -> None:
        before = self.rows.get(row_id)
        after = {column["field"]: None for column in self.columns} | {"id": row_id} | values
        self.rows[row_id] = after
        self._change(row_id, "u" if before else "c", before, after)

    def read(self, row_id: int, **values: Any) -> None:
        self.rows[row_id] = {column["field"]: None for column in self.columns} | {"id": row_id} | values
        self._change(row_id, "r", None, self.rows[row_id])

    def delete(self, row_id: int) -> None:
        self._change(row_id, "d", self.rows.pop(row_id), None)
        self._append(row_id, None)

    def truncate(self) -> None:
        self.rows.clear()
        for partition in range(PARTITIONS):  # Debezium writes one; a partition's order is what counts here
            self._change(partition, "t", None, None)

    def fail_over(self) -> None:
        """Another server goes on, whose files are numbered anew."""
        self.file, self.pos = 1, 4
        self._server_began = len(self.messages)

    def _change(self, row_id: int, op: str, before: Any, after: Any) -> None:
        self.gtid += 1
        self.pos += 100
        source = {
            "db": "shop",
            "table": self.name,
            "file": f"bin.{self.file:06d}",
            "pos": self.pos,
            "row": 0,
            "gtid": f"0-1-{self.gtid}",
            "snapshot": "true" if op == "r" else "false",
        }
        self._append(row_id, {"before": before, "after": after, "source": source, "op": op, "ts_ms": 1})

    def _append(self, row_id: int, value: Any) -> None:
        partition = row_id % PARTITIONS
        offset = self._ends.get(partition, 0)
        self._ends[partition] = offset + 1
        row = {"type": "struct", "fields": list(self.columns), "optional": True}
        envelope = {"type": "struct", "fields": [{**row, "field": "before"}, {**row, "field": "after"}]}
        key_schema = {"type": "struct", "fields": [self.columns[0]]}
        key = {"id": row_id}
        if self.schemas:
            key = {"schema": key_schema, "payload": key}
            value = value and {"schema": envelope, "payload": value}
        texts = [json.dumps(part).encode() if part is not None else None for part in (key, value)]
        self.messages.append(RawMessage(self.topic, partition, offset, 0, (), *texts))

    def sent_again(self, chooser: random.Random) -> None:
        """The connector was restarted: it goes over the end of what it had sent of this server once more."""
        values = [m for m in self.messages[self._server_began :] if m.value is not None]
        for message in values[max(chooser.randrange(len(values) + 1), len(values) - 30) :]:
            offset = self._ends[message.partition]
            self._ends[message.partition] = offset + 1
            again = RawMessage(self.topic, message.partition, offset, 0, (), message.key, message.value)
            self.messages.append(again)


def change_at_random(table: SourceTable, chooser: random.Random) -> None:
    roll = chooser.random()
    row_id = chooser.randrange(8)
    if roll < 0.03:
        table.truncate()
    elif roll < 0.06:
        table.fail_over()
    elif roll < 0.30 and table.rows:
        table.delete(chooser.choice(sorted(table.rows)))
    else:
        table.put(row_id, name=chooser.choice([None, "a", "ü", "x" * 40]), day=chooser.randrange(-9, 20_000))
