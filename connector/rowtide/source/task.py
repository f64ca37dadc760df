"""The task: snapshot, then stream, restarted where it was when a connection is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from rowtide.changes import BinlogOffset
from rowtide.connect.plugins import Config, Offset, SourceTask, TaskContext
from rowtide.connect.record import RecordBatch
from rowtide.errors import SchemaError, ServerUnavailableError
from rowtide.mysql.settings import Flavor
from rowtide.source import assembly, settings
from rowtide.source.parts import Parts
from rowtide.source.positions import comparison, offset_from_map
from rowtide.source.retry import Backoff, Patience
from rowtide.source.snapshot_phase import SnapshotPhase
from rowtide.source.stream_phase import StreamPhase
from rowtide.tables.history import recover

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
        self._backoff = Backoff(
            parsed.number("retriable.restart.connector.wait.ms") / 1000,
            parsed.number("errors.max.retries"),
            context.stopping,
        )
        patience = Patience(_BROKERS_MAY_BE_AWAY_S, context.stopping)
        stored = patience.call(lambda: context.offset({"server": parsed.topic_prefix}))
        self._phase = patience.call(lambda: self._first_phase(parts, stored))

    def _first_phase(self, parts: Parts, stored: Offset | None) -> SnapshotPhase | StreamPhase | None:
        offset = None if stored is None else offset_from_map(stored)
        if stored is None or offset is None or offset.snapshot:
            if offset is not None:
                log.info("The last snapshot did not come to its end; taking a new one")
            self._history.initialize()
            _wait(parts, "snapshot.delay.ms")
            return SnapshotPhase(parts)
        self._recover(parts, stored)
        parts.builder.restore(stored)
        log.info("Going on from the stored offset %s", dict(stored))
        return StreamPhase(parts, offset) if parts.settings.streams else None

    def _recover(self, parts: Parts, stored: Offset) -> None:
        started = time.monotonic()
        parts.replace_schemas(assembly.new_schemas(parts.settings))
        facts = recover(
            self._history,
            parts.schemas,
            stored,
            server=parts.settings.topic_prefix,
            at_or_before=comparison(parts.settings.flavor),
        )
        if not facts.applied and parts.settings.text("schema.history.internal").endswith("MemorySchemaHistory"):
            log.warning("The schema history in memory is empty after a restart; tables are taken from the live server")
        elif not facts.applied:
            raise SchemaError(
                f"The schema history {self._history.describe()} is missing or empty, though the connector has an "
                f"offset.",
                hint="Point schema.history.internal.* at the history that belongs to it; or, to start over with "
                "a snapshot, "
                "stop the connector, delete its offsets, and resume it.",
            )
        log.info(
            "Recovered %d tables from %d history records in %.1f s",
            len(parts.schemas.tables),
            facts.applied,
            time.monotonic() - started,
        )

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
        if not parts.settings.streams:
            log.info("snapshot.mode=initial_only: nothing more to do")
            return None
        _wait(parts, "streaming.delay.ms")
        return StreamPhase(parts, offset)

    def metrics(self) -> Mapping[str, object]:
        phase = self._phase
        figures: dict[str, object] = {"records": self._records, "snapshot_running": isinstance(phase, SnapshotPhase)}
        if isinstance(phase, StreamPhase):
            position = phase.resume_point()
            figures |= {"connected": phase.connected, "binlog_file": position.file, "binlog_position": position.pos}
        return figures

    def stop(self) -> None:
        if self._phase is not None:
            self._phase.close()
        if self._parts is not None:
            for close in self._parts.closers:
                close()
            self._history.close()


def _wait(parts: Parts, option: str) -> None:
    until = time.monotonic() + parts.settings.number(option) / 1000
    while time.monotonic() < until and not parts.stopping():
        time.sleep(0.05)
