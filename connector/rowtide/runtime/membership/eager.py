"""The eager assignor: every rebalance deals out everything anew."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

from rowtide.runtime.membership.work import Task, Work


def assign(configured: Work, members: Iterable[str]) -> dict[str, Work]:
    """What each member gets: connectors in turn, then, the turn going on, each connector's tasks."""
    connectors: dict[str, list[str]] = {member: [] for member in sorted(members)}
    tasks: dict[str, list[Task]] = {member: [] for member in connectors}
    turn = cycle(connectors)
    for connector in sorted(configured.connectors):
        connectors[next(turn)].append(connector)
    for task in sorted(configured.tasks):
        tasks[next(turn)].append(task)
    return {member: Work.of(connectors[member], tasks[member]) for member in connectors}
