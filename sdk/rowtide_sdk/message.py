"""A message as the broker keeps it: bytes and a position, nothing interpreted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, bytes | None], ...]
"""Names and values in the order of the message; a name may appear more than once."""

TopicPartition: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One Kafka message.

    Attributes:
        timestamp_ms: when it was produced or appended, milliseconds since 1970 UTC; -1 if unknown.
        partition, offset: -1 when the message came from no broker.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    headers: Headers
    key: bytes | None
    value: bytes | None

    @property
    def topic_partition(self) -> TopicPartition:
        return self.topic, self.partition

    def __str__(self) -> str:
        return self.topic if self.offset < 0 else f"{self.topic}[{self.partition}] at offset {self.offset}"
