"""Connectors and tasks as what members own, get and give up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Task = tuple[str, int]
"""Connector and index."""


@dataclass(frozen=True, slots=True)
class Work:
    """A set of connectors and of tasks. A connector and its tasks are dealt out separately."""

    connectors: frozenset[str] = frozenset()
    tasks: frozenset[Task] = frozenset()

    @classmethod
    def of(cls, connectors: Iterable[str] = (), tasks: Iterable[Task] = ()) -> Work:
        return cls(frozenset(connectors), frozenset(tasks))

    def __or__(self, other: Work) -> Work:
        return Work(self.connectors | other.connectors, self.tasks | other.tasks)

    def __sub__(self, other: Work) -> Work:
        return Work(self.connectors - other.connectors, self.tasks - other.tasks)

    def __and__(self, other: Work) -> Work:
        return Work(self.connectors & other.connectors, self.tasks & other.tasks)

    def __bool__(self) -> bool:
        return bool(self.connectors or self.tasks)


NOTHING = Work()


def union(works: Iterable[Work]) -> Work:
    result = NOTHING
    for work in works:
        result |= work
    return result
