"""Restart requests: which of a connector's instances they concern, and which of several waiting ones counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rowtide.runtime.storage.snapshot import RestartRequest

FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class RestartPlan:
    """What a request restarts, given the states known now."""

    connector: bool
    tasks: tuple[int, ...]


def plan_restart(
    request: RestartRequest, connector_state: str | None, task_states: Iterable[tuple[int, str]]
) -> RestartPlan:
    """The connector unless only failed ones count and it is not; tasks only when the request includes them."""

    def concerned(state: str | None) -> bool:
        return not request.only_failed or state == FAILED

    tasks = (task for task, state in sorted(task_states) if request.include_tasks and concerned(state))
    return RestartPlan(concerned(connector_state), tuple(tasks))


def strongest(waiting: RestartRequest | None, request: RestartRequest) -> RestartRequest:
    """The one of two requests for a connector that counts: all before the connector alone before failed ones."""
    return request if waiting is None or _rank(request) >= _rank(waiting) else waiting


def _rank(request: RestartRequest) -> int:
    return (0 if request.only_failed else 2) + (1 if request.include_tasks else 0)
