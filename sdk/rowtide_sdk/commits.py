"""Which offsets may be committed, and when: only what was handled, never further."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rowtide_sdk.errors import ConfigError
from rowtide_sdk.message import TopicPartition

EVENTS_MAX = 1_000_000
SECONDS_MAX = 3600.0

RETRY_S = 1.0
"""Pause after a commit that did not work."""


@dataclass(frozen=True, slots=True)
class CommitPolicy:
    """When handled offsets are committed: as soon as one of these says so, and always at the end.

    Attributes:
        each_batch: when all events of one poll were handled (at most kafka's max_poll_records, 500 by default).
        events: after so many handled events, 1 to 1000000; None for no such limit.
        seconds: when so long has passed since the last commit, up to 3600; checked between events and while idle.
    """

    each_batch: bool = True
    events: int | None = None
    seconds: float | None = 5.0

    def __post_init__(self) -> None:
        if self.events is not None and not 1 <= self.events <= EVENTS_MAX:
            raise ConfigError(f"CommitPolicy.events must be from 1 to {EVENTS_MAX}, not {self.events}")
        if self.seconds is not None and not 0 <= self.seconds <= SECONDS_MAX:
            raise ConfigError(f"CommitPolicy.seconds must be from 0 to {SECONDS_MAX:g}, not {self.seconds}")
        if not self.each_batch and self.events is None and self.seconds is None:
            raise ConfigError(
                "a CommitPolicy needs each_batch, events or seconds; with none of them nothing is committed"
            )


LoadOffsets: TypeAlias = Callable[[Collection[TopicPartition]], Mapping[TopicPartition, int]]
"""Where to go on reading, of those partitions that are known."""


@dataclass(frozen=True, slots=True)
class StoredOffsets:
    """Offsets that are kept beside what is made of the events, in the same transaction, instead of in Kafka.

    Kafka gets them too, for those who watch a group's lag, but reading starts where the store says.

    Attributes:
        load: asked whenever partitions are assigned.
        policy: when Kafka gets them.
    """

    load: LoadOffsets
    policy: CommitPolicy = CommitPolicy()


class HandledOffsets:
    """The offset after the last handled message of each partition, as far as not yet committed.

    Used by the consumer's thread; while that waits in a poll, by the source's rebalance callbacks.

    Args:
        commit: when offsets are committed, and where reading starts if that is not what Kafka knows.
        on_forget: called when partitions went away, as what was read from them must not be handled any more.
    """

    def __init__(self, commit: CommitPolicy | StoredOffsets, now: float, on_forget: Callable[[], None]) -> None:
        self._policy = commit.policy if isinstance(commit, StoredOffsets) else commit
        self._load = commit.load if isinstance(commit, StoredOffsets) else None
        self._on_forget = on_forget
        self._next: dict[TopicPartition, int] = {}
        self._events = 0
        self._since = now
        self._not_before = now
        self._failing_since: float | None = None

    def starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where to read partitions from that were assigned, for those where Kafka's committed offset does not count."""
        return self._load(partitions) if self._load is not None and partitions else {}

    def advance(self, offsets: Mapping[TopicPartition, int], events: int) -> None:
        """So many more events are handled; the offsets are the next to read."""
        self._next.update(offsets)
        self._events += events

    def pending(self, partitions: Iterable[TopicPartition] | None = None) -> dict[TopicPartition, int]:
        """Offsets to commit: of all partitions, or of those given."""
        if partitions is None:
            return dict(self._next)
        return {partition: self._next[partition] for partition in partitions if partition in self._next}

    def is_due(self, now: float, *, batch_ended: bool) -> bool:
        if not self._next:
            self._since = now  # time without anything to commit does not count
            return False
        if now < self._not_before:
            return False
        policy = self._policy
        if batch_ended and policy.each_batch:
            return True
        if policy.events is not None and self._events >= policy.events:
            return True
        return policy.seconds is not None and now - self._since >= policy.seconds

    def committed(self, offsets: dict[TopicPartition, int], now: float) -> None:
        """Forgets what was committed, unless more has been handled since."""
        for partition, offset in offsets.items():
            if self._next.get(partition) == offset:
                del self._next[partition]
        self._events = 0
        self._since = now
        self._failing_since = None

    def postponed(self, now: float) -> float:
        """Notes a commit that is to be tried again after RETRY_S; returns for how many seconds they have failed."""
        self._not_before = now + RETRY_S
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since

    def forget(self, partitions: Iterable[TopicPartition] | None = None) -> None:
        """Drops partitions that are no longer this consumer's; without argument, all."""
        for partition in list(self._next if partitions is None else partitions):
            self._next.pop(partition, None)
        self._on_forget()
