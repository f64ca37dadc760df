"""What an upserter remembers in its target, in the same transactions as the rows: offsets, positions, deletes."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rowtide_sdk.keys import Key, key_text
from rowtide_sdk.message import TopicPartition
from rowtide_sdk.position import Place, Position
from rowtide_sdk.upsert.changes import Deleted, TableChanges, chunks
from rowtide_sdk.upsert.target import Target, UpsertStatement
from rowtide_sdk.upsert.types import POSITION_COLUMN, Kind, TargetColumn

OFFSETS = "_rowtide_offsets"
DELETED = "_rowtide_deleted"

_KEYS_AT_ONCE = 500
_POSITION = TargetColumn(POSITION_COLUMN, Kind.BYTES, optional=False, length=20)
_OFFSETS_COLUMNS = (
    TargetColumn("consumer", Kind.TEXT, optional=False, length=100),
    TargetColumn("topic", Kind.TEXT, optional=False, length=249),
    TargetColumn("part", Kind.INTEGER, optional=False),
    TargetColumn("next_offset", Kind.BIGINT, optional=False),
    TargetColumn("epoch", Kind.INTEGER, optional=False),
    TargetColumn("base", Kind.TEXT),
    TargetColumn("seen", Kind.TEXT),
    _POSITION,
)
_OFFSETS_KEY = ("consumer", "topic", "part")
_DELETED_COLUMNS = (
    TargetColumn("table_name", Kind.TEXT, optional=False, length=64),
    TargetColumn("row_key", Kind.TEXT, optional=False, length=600),
    TargetColumn("deleted_at", Kind.BIGINT, optional=False),
    _POSITION,
)
_DELETED_KEY = ("table_name", "row_key")
_NOWHERE = Position(0, 0, 0, 0)


class Bookkeeping:
    """
    Args:
        consumer: tells upserters apart that share a target.
        remember_s: for how long deletes are remembered, so that older changes that come again don't undo them.
    """

    def __init__(self, target: Target[Any], consumer: str, remember_s: float) -> None:
        self._target = target
        self._consumer = consumer
        self._remember_s = remember_s
        self._with_deletes: set[str] = set()
        self._forgotten_at = 0.0

    def prepare(self) -> None:
        """Creates the tables when they are missing."""
        self._target.create_table(OFFSETS, _OFFSETS_COLUMNS, _OFFSETS_KEY)
        self._target.create_table(DELETED, _DELETED_COLUMNS, _DELETED_KEY)
        quoted = self._target.quoted
        tables = self._target.execute(f"SELECT DISTINCT {quoted('table_name')} FROM {quoted(DELETED)}")
        self._with_deletes = {table for (table,) in tables}

    def load(self) -> tuple[dict[TopicPartition, int], dict[TopicPartition, Place]]:
        """Where each partition goes on, and how far its positions are known."""
        quoted = self._target.quoted
        names = ", ".join(quoted(column.name) for column in _OFFSETS_COLUMNS[1:])
        rows = self._target.execute(
            f"SELECT {names} FROM {quoted(OFFSETS)} WHERE {quoted('consumer')} = {self._target.mark}", [self._consumer]
        )
        offsets: dict[TopicPartition, int] = {}
        places: dict[TopicPartition, Place] = {}
        for topic, partition, offset, epoch, base, seen, position in rows:
            offsets[topic, partition] = offset
            place = Position.from_bytes(bytes(position))
            if place != _NOWHERE:
                places[topic, partition] = Place(epoch, place, base, json.loads(seen))
        return offsets, places

    def store(self, offsets: Mapping[TopicPartition, int], places: Mapping[TopicPartition, Place]) -> None:
        """Stores offsets with the positions of their partitions."""
        rows = []
        for (topic, partition), offset in offsets.items():
            place = places.get((topic, partition)) or Place(0, _NOWHERE, "", {})
            seen = json.dumps(place.seen)
            rows.append(
                [self._consumer, topic, partition, offset, place.epoch, place.base, seen, place.position.to_bytes()]
            )
        if rows:
            columns = tuple(column.name for column in _OFFSETS_COLUMNS)
            self._target.upsert(UpsertStatement(OFFSETS, columns, _OFFSETS_KEY), rows)

    def later_deletes(self, table: str, keys: Collection[Key]) -> dict[Key, Position]:
        """Of keys that were deleted, where that stands."""
        if table not in self._with_deletes:
            return {}
        texts = {key_text(key): key for key in keys}
        quoted = self._target.quoted
        found: dict[Key, Position] = {}
        for chunk in chunks(texts, _KEYS_AT_ONCE):
            marks = ", ".join([self._target.mark] * len(chunk))
            rows = self._target.execute(
                f"SELECT {quoted('row_key')}, {quoted(POSITION_COLUMN)} FROM {quoted(DELETED)} "
                f"WHERE {quoted('table_name')} = {self._target.mark} AND {quoted('row_key')} IN ({marks})",
                [table, *chunk],
            )
            for text, data in rows:
                found[texts[text]] = Position.from_bytes(bytes(data))
        return found

    def remember_deletes(self, changes: TableChanges) -> None:
        """Notes what a table lost."""
        now = int(time.time())
        name = changes.table.name
        rows: list[Sequence[object]] = [
            [name, key_text(key), now, change.position.to_bytes()]
            for key, change in changes.rows.items()
            if isinstance(change, Deleted)
        ]
        if rows:
            columns = tuple(column.name for column in _DELETED_COLUMNS)
            self._target.upsert(UpsertStatement(DELETED, columns, _DELETED_KEY), rows)
            self._with_deletes.add(name)

    def forget_old_deletes(self, now: float) -> None:
        """Drops what is older than the time they are remembered for; looks at most once in an hour."""
        if now - self._forgotten_at >= 3600:
            self._forgotten_at = now
            quoted = self._target.quoted
            self._target.execute(
                f"DELETE FROM {quoted(DELETED)} WHERE {quoted('deleted_at')} < {self._target.mark}",
                [int(now - self._remember_s)],
            )
