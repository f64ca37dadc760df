"""What the tasks of this worker could not do as they should, for whoever operates it: `GET /alerts`."""

from __future__ import annotations

from collections.abc import Mapping

_NUMBERS = ("unparsed_statements", "tables_waiting", "row_events_left_out")
_LISTS: Mapping[str, object] = {"unparsed_statements_last": [], "tables_waiting_since": {}}


def task_alerts(figures: Mapping[tuple[str, int], Mapping[str, object]]) -> list[dict[str, object]]:
    """The tasks that read a log, each with what it has counted and listed (`rowtide.streaming.alerts`).

    Args:
        figures: of all tasks, by connector and number.
    """
    found = []
    for (connector, number), reported in sorted(figures.items(), key=lambda item: item[0]):
        own = reported.get("task")
        if isinstance(own, Mapping) and _NUMBERS[0] in own:
            told = {name: own.get(name, empty) for name, empty in {**dict.fromkeys(_NUMBERS, 0), **_LISTS}.items()}
            found.append({"connector": connector, "task": number, **told})
    return found
