"""For tests of applications: messages without a broker.

`rowtide_sdk.decode_message` turns bytes into an event; `MemorySource` feeds a whole consumer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rowtide_sdk.commits import HandledOffsets
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.message_source import CommitOutcome

__all__ = ["MemorySource", "message"]


def message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    *,
    partition: int = 0,
    offset: int = 0,
    headers: Iterable[tuple[str, bytes | None]] = (),
) -> RawMessage:
    """A message with a position."""
    return RawMessage(topic, partition, offset, 0, tuple(headers), key, value)


class MemorySource:
    """A source for `Consumer.of` that behaves like a group with one member.

    Args:
        messages: what there is to read, in order; offsets must rise within each partition.
        committed: where each partition's reading starts, for a second run after a first one.
        poll_size: messages of one poll.

    Attributes:
        committed: the offset to read next of each partition.
        commits: every commit, in order.
        outcomes: what coming commits answer, instead of DONE.
    """

    def __init__(
        self,
        messages: Iterable[RawMessage],
        *,
        committed: Mapping[TopicPartition, int] | None = None,
        poll_size: int = 100,
    ) -> None:
        self.committed: dict[TopicPartition, int] = dict(committed or {})
        self.commits: list[dict[TopicPartition, int]] = []
        self.outcomes: list[CommitOutcome] = []
        self.closed = False
        self._messages = list(messages)
        self._position = self.committed.copy()
        self._poll_size = poll_size
        self._handled: HandledOffsets | None = None

    def attach(self, handled: HandledOffsets) -> None:
        self._handled = handled
        partitions = {read.topic_partition for read in self._messages}
        self._position.update(handled.starts(partitions))

    def poll(self, timeout_s: float) -> list[RawMessage]:
        batch = [m for m in self._messages if m.offset >= self._position.get(m.topic_partition, 0)][: self._poll_size]
        for read in batch:
            self._position[read.topic_partition] = read.offset + 1
        return batch

    def commit(self, offsets: Mapping[TopicPartition, int]) -> CommitOutcome:
        outcome = self.outcomes.pop(0) if self.outcomes else CommitOutcome.DONE
        if outcome is CommitOutcome.DONE:
            self.committed.update(offsets)
            self.commits.append(dict(offsets))
        elif outcome is CommitOutcome.LOST:
            self._position = self.committed.copy()
        return outcome

    def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """Takes partitions away as a rebalance does: what was handled of them is committed first."""
        if self._handled is not None:
            taken = list(partitions)
            self.committed.update(self._handled.pending(taken))
            self._handled.forget(taken)

    def close(self) -> None:
        self.closed = True
