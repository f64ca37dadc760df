"""Kafka Connect's own incremental assignor, in a JVM that answers questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rowtide.runtime.membership.incremental import Round
from rowtide.runtime.membership.work import NOTHING, Work
from rowtide_dev import jars
from rowtide_dev.java_program import JavaProgram

_SOURCE = Path(__file__).parent / "java" / "Assignors.java"


class JavaAssignor:
    def __init__(self, log: Path) -> None:
        self._program = JavaProgram(_SOURCE, [jars.folder("kafka")], log, "-Xmx128m")

    def begin(self, max_delay_ms: int) -> None:
        """A leader without a past."""
        self._program.ask(op="new", max_delay=max_delay_ms)

    def assign(
        self, now_ms: int, tasks: Mapping[str, int], members: Mapping[str, Work], last: int, generation: int
    ) -> Round:
        """As `IncrementalAssignor.assign`; `tasks` is their number by connector."""
        answer = self._program.ask(
            op="round",
            now=now_ms,
            config=dict(tasks),
            last=last,
            generation=generation,
            members={
                member: {"connectors": sorted(work.connectors), "tasks": sorted(work.tasks)}
                for member, work in sorted(members.items())
            },
        )
        return Round(_works(answer["new"], members), _works(answer["revoked"], members), answer["delay"])

    def close(self) -> None:
        self._program.close()


def _works(given: Mapping[str, Any], members: Mapping[str, Work]) -> dict[str, Work]:
    works = {
        member: Work.of(each.get("connectors", ()), ((name, index) for name, index in each.get("tasks", ())))
        for member, each in given.items()
    }
    return {**dict.fromkeys(members, NOTHING), **works}
