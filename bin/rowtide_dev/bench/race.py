"""One race: both sides get the same rows, one after the other, and are timed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from rowtide_dev.bench.figures import Throughput
from rowtide_dev.bench.places import Ends, Places, Side
from rowtide_dev.bench.workloads import Workload, connector_config
from rowtide_dev.errors import DevError

_LOOK_S = 0.03
_PROBE_S = 0.5
_SETTLE_S = 1.0


@dataclass(slots=True)
class Outcome:
    """What a race has left.

    Attributes:
        log: file and position in the server's log before the rows.
        topics: by side, those with the rows; only where they were kept.
    """

    rows: int
    figures: dict[str, Throughput] = field(default_factory=dict)
    log: tuple[str, int] = ("", 0)
    topics: dict[str, list[str]] = field(default_factory=dict)


class Race:
    """Runs one workload once; nothing of it remains but, if asked for, its topics."""

    def __init__(self, places: Places, workload: Workload, rows: int, *, timeout_s: float, keep: bool = False) -> None:
        self._places = places
        self._workload = workload
        self._timeout_s = timeout_s
        self._keep = keep
        self._id = uuid.uuid4().hex[:6]
        self._database = f"race{self._id}"
        self.outcome = Outcome(rows)

    def run(self) -> Outcome:
        """Raises DevError when a side fails or takes longer than the timeout."""
        with self._places.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self._database} CHARACTER SET utf8mb4")
            cursor.execute(f"USE {self._database}")
            try:
                self._workload.shape.create(cursor, self.outcome.rows)
                connection.commit()
                if self._workload.snapshot:
                    self._snapshot(cursor)
                else:
                    self._stream(cursor)
            finally:
                self._clear(cursor)
        return self.outcome

    def _clear(self, cursor: object) -> None:
        for side in self._places.sides:
            if self._name(side) in side.rest.connectors():
                side.rest.delete(self._name(side))
            if not self._keep:
                self._ends(side).remove()
        cursor.execute(f"DROP DATABASE {self._database}")  # type: ignore[attr-defined]

    def _stream(self, cursor: object) -> None:
        for side in self._places.sides:
            self._create(side, "no_data")
            self._wait_until_it_streams(side, cursor)
        time.sleep(_SETTLE_S)
        for side in self._places.sides:
            side.rest.stop(self._name(side))
            name = self._name(side)
            side.rest.wait_until(name, lambda s=side, n=name: not s.rest.task_state(n), "stopped", self._timeout_s)  # type: ignore[misc]
        before = {side.name: self._ends(side).count() for side in self._places.sides}
        self.outcome.log = _log_position(cursor)
        self._workload.shape.write(cursor, self.outcome.rows, self._workload.transaction)
        for side in self._places.sides:
            self._time(side, before[side.name], lambda s=side: s.rest.resume(self._name(s)))  # type: ignore[misc]

    def _snapshot(self, cursor: object) -> None:
        self._workload.shape.write(cursor, self.outcome.rows, self._workload.transaction)
        for side in self._places.sides:
            self._time(side, 0, lambda s=side: self._create(s, "initial_only"))  # type: ignore[misc]

    def _create(self, side: Side, snapshot_mode: str) -> None:
        config = self._places.connector(self._name(side), self._database, snapshot_mode)
        side.rest.put_config(self._name(side), config | connector_config(self._workload, self._places.registry))

    def _wait_until_it_streams(self, side: Side, cursor: object) -> None:
        name = self._name(side)
        side.rest.wait_until(name, lambda: side.rest.task_state(name) == "RUNNING", "running", self._timeout_s)

        def streams() -> bool:
            self._workload.shape.probe(cursor)
            cursor.connection.commit()  # type: ignore[attr-defined]
            time.sleep(_PROBE_S)
            # A client remembers for a while that a topic was not there.
            return self._ends(side).count() >= len(self._workload.shape.tables)

        side.rest.wait_until(name, streams, "streaming", self._timeout_s)

    def _time(self, side: Side, before: int, start: Callable[[], None]) -> None:
        """Starts a side and follows it until its topics hold all rows."""
        rows, ends, usage = self.outcome.rows, self._ends(side), side.usage()
        began = time.monotonic()
        start()
        first: tuple[float, int] | None = None
        while True:
            have, now = ends.count() - before, time.monotonic()
            if first is None and have > 0:
                first = (now, have)
            if first is not None and have >= rows:
                break
            if now - began > self._timeout_s:
                failure = side.rest.failure(self._name(side))[:2000]
                raise DevError(f"{side.name}: {have} of {rows} rows after {self._timeout_s:.0f} s. {failure}")
            usage.look()
            time.sleep(_LOOK_S)
        usage.look()
        span_s = max(now - first[0], _LOOK_S)
        self.outcome.figures[side.name] = Throughput(
            rate=(rows - first[1]) / span_s if first[1] < rows else rows / span_s,
            overall=rows / (now - began),
            cpu_us=usage.cpu_s / rows * 1e6,
            memory_mb=usage.peak_mb,
        )
        self.outcome.topics[side.name] = self._topics(side)
        side.rest.stop(self._name(side))
        time.sleep(_SETTLE_S)

    def _ends(self, side: Side) -> Ends:
        return Ends(self._places.kafka, self._topics(side))

    def _name(self, side: Side) -> str:
        return f"{side.name}{self._id}"

    def _topics(self, side: Side) -> list[str]:
        return [f"{self._name(side)}.{self._database}.{table}" for table in self._workload.shape.tables]


def _log_position(cursor: object) -> tuple[str, int]:
    cursor.execute("SHOW MASTER STATUS")  # type: ignore[attr-defined]
    row = cursor.fetchone()  # type: ignore[attr-defined]
    return str(row[0]), int(row[1])
