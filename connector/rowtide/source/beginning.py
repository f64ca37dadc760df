"""The first thing a task does: it looks at what is stored, and begins with a snapshot or with the stream."""

from __future__ import annotations

import logging
import time

from rowtide.changes import BinlogOffset
from rowtide.connect.plugins import Offset
from rowtide.errors import ConnectError, PositionLostError, SchemaError
from rowtide.mysql.server import Server
from rowtide.snapshot.plan import all_tables
from rowtide.source import assembly
from rowtide.source.parts import Parts
from rowtide.source.positions import comparison, offset_from_map
from rowtide.source.snapshot_mode import Found, Plan, plan_of
from rowtide.source.snapshot_phase import SnapshotPhase
from rowtide.source.stream_phase import StreamPhase
from rowtide.tables.history import HistoryStore, recover
from rowtide.tables.history.recovery import RecoveryFacts

log = logging.getLogger(__name__)

Phase = SnapshotPhase | StreamPhase


class Beginning:
    """Decides once for a start, and again should the log turn out to be gone."""

    def __init__(self, parts: Parts, history: HistoryStore) -> None:
        self._parts = parts
        self._history = history

    def phase(self, stored: Offset | None) -> Phase | None:
        """The first phase, None when there is nothing to do.

        Raises:
            SchemaError, ConnectError: the start needs something that is not there; what to do is in the hint.
            ServerUnavailableError: the server cannot be asked now; the call may be made again.
        """
        check_guardrail(self._parts)
        mode = self._parts.settings.mode
        offset = None if stored is None else offset_from_map(stored)
        if stored is None or offset is None or offset.snapshot:
            if offset is not None:
                log.info("The last snapshot did not come to its end; taking a new one")
            return self._snapshot(plan_of(mode, Found(offset is not None, unfinished=offset is not None)), offset)
        plan = plan_of(mode, Found(offset=True, history_lost=self._recover(stored)))
        if plan.from_stored:
            self._parts.builder.restore(stored)
        if plan.snapshot:
            return self._snapshot(plan, offset)
        log.info("Going on from the stored offset %s", dict(stored))
        return StreamPhase(self._parts, offset) if mode.streams else None

    def after_loss(self, error: PositionLostError) -> Phase:
        """The snapshot that closes the gap. Raises the error when the mode takes none."""
        plan = plan_of(self._parts.settings.mode, Found(offset=True, log_lost=error))
        if not plan.snapshot:
            raise error
        log.warning("%s Taking a new snapshot, as snapshot.mode says", error.message)
        return self._snapshot(plan, None)

    def _snapshot(self, plan: Plan, offset: BinlogOffset | None) -> SnapshotPhase:
        self._history.initialize()
        wait(self._parts, "snapshot.delay.ms")
        return SnapshotPhase(self._parts, plan, offset)

    def _recover(self, stored: Offset) -> SchemaError | None:
        """Applies the schema history; answers what is wrong with it, None when nothing is."""
        started = time.monotonic()
        parts, settings = self._parts, self._parts.settings
        with Server(settings.server) as server:
            ignores_case = server.ignores_case()
        parts.replace_schemas(assembly.new_schemas(settings, parts.filters, case_insensitive=ignores_case))
        facts = recover(
            self._history,
            parts.schemas,
            stored,
            server=settings.topic_prefix,
            at_or_before=comparison(settings.flavor),
            prefer_ddl=settings.flag("schema.history.internal.prefer.ddl"),
            ddl_filter=parts.filters.ddl,
        )
        log.info(
            "Recovered %d tables from %d history records in %.1f s",
            len(parts.schemas.tables),
            facts.applied,
            time.monotonic() - started,
        )
        return self._history_problem(facts)

    def _history_problem(self, facts: RecoveryFacts) -> SchemaError | None:
        if facts.applied:
            return None
        if self._parts.settings.text("schema.history.internal").endswith("MemorySchemaHistory"):
            log.warning("The schema history in memory is empty after a restart; tables are taken from the live server")
            return None
        return SchemaError(
            f"The schema history {self._history.describe()} is missing or empty, though the connector has an offset.",
            hint="Point schema.history.internal.* at the history that belongs to it; or start once with "
            "snapshot.mode=recovery, if no table was changed since the connector stopped; or, to start over with a "
            "snapshot, stop the connector, delete its offsets, and resume it.",
        )


def check_guardrail(parts: Parts) -> None:
    """Counts the tables whose definitions are kept. Raises ConnectError, or warns, when there are too many."""
    limit = parts.settings.number("guardrail.collections.max")
    if not limit:
        return
    with Server(parts.settings.server) as server:
        count = sum(map(parts.filters.schema_recorded, all_tables(server)))
    if count <= limit:
        return
    sentence = f"The connector keeps definitions of {count} tables, but guardrail.collections.max is {limit}."
    hint = (
        "Raise it, or keep definitions of captured tables alone "
        "(schema.history.internal.store.only.captured.tables.ddl=true)."
    )
    if parts.settings.text("guardrail.collections.limit.action").strip().lower() == "fail":
        raise ConnectError(sentence, hint=hint)
    log.warning("%s %s", sentence, hint)


def wait(parts: Parts, option: str) -> None:
    """Sleeps for the time of an option in ms, unless the task is stopped."""
    until = time.monotonic() + parts.settings.number(option) / 1000
    while time.monotonic() < until and not parts.stopping():
        time.sleep(0.05)
