"""Up to where each partition is done, while what was read from it waits for other partitions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from rowtide_sdk.message import TopicPartition


class Holder(Protocol):
    """What a partition's reading cannot be committed beyond until it is released."""

    @property
    def released(self) -> bool: ...


class Ledger:
    """Offsets in the order in which they were read, and the first of those that are not done."""

    def __init__(self) -> None:
        self._held: dict[TopicPartition, deque[tuple[int, Holder]]] = {}
        self._read: dict[TopicPartition, int] = {}
        self._told: dict[TopicPartition, int] = {}

    def read(self, partition: TopicPartition, offset: int) -> None:
        """The message there is done, or held."""
        self._read[partition] = offset + 1

    def hold(self, partition: TopicPartition, offset: int, holder: Holder) -> None:
        self._held.setdefault(partition, deque()).append((offset, holder))

    def last_holder(self, partition: TopicPartition) -> Holder | None:
        """The one that was read last, unless it is released."""
        held = self._held.get(partition)
        return held[-1][1] if held and not held[-1][1].released else None

    def done(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """For each of the partitions that were read the offset that may be committed: of the first not done."""
        return {partition: self._first_not_done(partition) for partition in partitions if partition in self._read}

    def news(self) -> dict[TopicPartition, int]:
        """Offsets that may be committed, of all partitions where this has changed since it was asked last."""
        done = self.done(list(self._read))
        changed = {partition: offset for partition, offset in done.items() if self._told.get(partition) != offset}
        self._told.update(changed)
        return changed

    def _first_not_done(self, partition: TopicPartition) -> int:
        held = self._held.get(partition)
        while held and held[0][1].released:
            held.popleft()
        return held[0][0] if held else self._read[partition]

    def clear(self) -> None:
        self._held.clear()
        self._read.clear()
        self._told.clear()
