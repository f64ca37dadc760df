"""Where a consumer's messages come from: the protocol, and what a commit can come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from rowtide_sdk.commits import HandledOffsets
from rowtide_sdk.message import RawMessage, TopicPartition


class CommitOutcome(Enum):
    DONE = "done"
    LATER = "later"
    """Not now (a rebalance runs, the broker is away); the same offsets may be committed later."""

    LOST = "lost"
    """The partitions are no longer this consumer's: whoever has them now reads again from the last commit."""


class MessageSource(Protocol):
    """Implemented by `KafkaSource`, and by `testing.MemorySource` without a broker. Called from one thread only."""

    def attach(self, handled: HandledOffsets) -> None:
        """Called once, before all else. A source that gives partitions away commits their pending offsets first, and
        forgets them."""

    def poll(self, timeout_s: float) -> Sequence[RawMessage]:
        """Messages in the order of each partition, from the last commit on; empty when none came in time.

        Raises:
            BrokerError: the source failed for good.
        """

    def commit(self, offsets: Mapping[TopicPartition, int]) -> CommitOutcome:
        """Makes the offsets (each the next to read) durable before it returns DONE.

        Raises:
            CommitError: it will never work, for instance for lack of a permission.
        """

    def close(self) -> None:
        """Gives all partitions away without committing anything but handled offsets; may be called twice."""
