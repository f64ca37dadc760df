"""The task: snapshot, then stream, restarted where it was when a connection is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from rowtide.changes import BinlogOffset
from rowtide.connect.plugins import Config, Offset, SourceTask, TaskContext
from rowtide.connect.record import RecordBatch
from rowtide.errors import PositionLostError, ServerUnavailableError
from rowtide.mysql.settings import Flavor
from rowtide.source import assembly, settings
from rowtide.source.beginning import Beginning, wait
from rowtide.source.parts import Parts
from rowtide.source.retry import Backoff, Patience
from rowtide.source.snapshot_phase import SnapshotPhase
from rowtide.source.stream_phase import StreamPhase

log = logging.getLogger(__name__)

_BROKERS_MAY_BE_AWAY_S = 120.0
"""How long a start waits for brokers that do not answer, as they may be restarting, before the task fails."""


class BinlogTask(SourceTask):
    """One connector's only task."""

    def __init__(self) -> None:
        self._parts: Parts | None = None
        self._phase: SnapshotPhase | StreamPhase | None = None
        self._records = 0

    def start(self, config: Config, context: TaskContext) -> None:
        flavor: Flavor = "mariadb" if config.get("rowtide.flavor") == "mariadb" else "mysql"
        parsed = settings.parse(flavor, config)
        self._history = assembly.history(parsed)
        self._parts = parts = assembly.parts(parsed, self._history, context)
        self._stopping = context.stopping
        self._backoff = Backoff(
            parsed.number("retriable.restart.connector.wait.ms") / 1000,
            parsed.number("errors.max.retries"),
            context.stopping,
        )
        self._beginning = beginning = Beginning(parts, self._history)
        patience = Patience(_BROKERS_MAY_BE_AWAY_S, context.stopping)
        stored = patience.call(lambda: context.offset({"server": parsed.topic_prefix}))
        self._phase = patience.call(lambda: self._first_phase(beginning, stored))

    def _first_phase(self, beginning: Beginning, stored: Offset | None) -> SnapshotPhase | StreamPhase | None:
        """Waits for a server that is away, as a running task does."""
        while True:
            try:
                return beginning.phase(stored)
            except ServerUnavailableError as error:
                self._backoff.failed(error)
                if self._stopping():
                    raise

    def poll(self, timeout_s: float) -> Sequence[RecordBatch]:
        assert self._parts is not None
        phase = self._phase
        if phase is None:  # initial_only, and done
            time.sleep(timeout_s)
            return []
        try:
            batches = phase.poll(timeout_s)
        except ServerUnavailableError as error:
            phase.close()
            self._backoff.failed(error)
            return []
        except PositionLostError as error:
            phase.close()
            self._phase = self._beginning.after_loss(error)
            return []
        self._backoff.succeeded()
        if batches is None:
            assert isinstance(phase, SnapshotPhase)
            self._phase = self._after_snapshot(self._parts, phase.end_offset())
            phase.close()
            return []
        self._records += sum(map(len, batches))
        return batches

    def _after_snapshot(self, parts: Parts, offset: BinlogOffset) -> StreamPhase | None:
        log.info("The snapshot is complete")
        if not parts.settings.mode.streams:
            log.info("snapshot.mode=%s: nothing more to do", parts.settings.mode.name)
            return None
        wait(parts, "streaming.delay.ms")
        return StreamPhase(parts, offset)

    def metrics(self) -> Mapping[str, object]:
        phase = self._phase
        figures: dict[str, object] = {"records": self._records, "snapshot_running": isinstance(phase, SnapshotPhase)}
        if isinstance(phase, StreamPhase):
            figures |= phase.figures()
        return figures

    def stop(self) -> None:
        if self._phase is not None:
            self._phase.close()
        if self._parts is not None:
            for close in self._parts.closers:
                close()
            self._history.close()
