"""What is decided by a topic's name alone, and so once a topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_TOPICS_MAX = 10_000


class ByTopic(dict[str, T], Generic[T]):
    """What was decided, by topic. Forgets all when there are very many."""

    def __init__(self, decide: Callable[[str], T]) -> None:
        super().__init__()
        self._decide = decide

    def __missing__(self, topic: str) -> T:
        """Raises what deciding raises, each time anew."""
        decided = self._decide(topic)
        if len(self) >= _TOPICS_MAX:
            self.clear()
        self[topic] = decided
        return decided
