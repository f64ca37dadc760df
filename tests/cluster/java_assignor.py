"""Kafka Connect's own incremental assignor, in a JVM that answers questions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rowtide.runtime.membership.incremental import Round
from rowtide.runtime.membership.work import NOTHING, Work
from rowtide_dev import jars

_SOURCE = Path(__file__).parent / "java" / "Assignors.java"


class JavaAssignor:
    def __init__(self, log: Path) -> None:
        self._log = log
        command = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                   "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                   "-cp", f"{jars.folder('kafka')}/*", str(_SOURCE)]  # fmt: skip
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, encoding="utf-8"
            )

    def begin(self, max_delay_ms: int) -> None:
        """A leader without a past."""
        self._ask(op="new", max_delay=max_delay_ms)

    def assign(
        self, now_ms: int, tasks: Mapping[str, int], members: Mapping[str, Work], last: int, generation: int
    ) -> Round:
        """As `IncrementalAssignor.assign`; `tasks` is their number by connector."""
        answer = self._ask(
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
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _ask(self, **request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the JVM ended:\n" + self._log.read_text()[-4000:])
        return json.loads(line)


def _works(given: Mapping[str, Any], members: Mapping[str, Work]) -> dict[str, Work]:
    works = {
        member: Work.of(each.get("connectors", ()), ((name, index) for name, index in each.get("tasks", ())))
        for member, each in given.items()
    }
    return {**dict.fromkeys(members, NOTHING), **works}
