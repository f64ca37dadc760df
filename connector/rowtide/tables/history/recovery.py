"""Rebuilds the tables from the schema history, up to where the connector's stored offset is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rowtide.errors import SchemaError
from rowtide.tables.ddl import SchemaState
from rowtide.tables.ddl_filter import DdlFilter
from rowtide.tables.history.record import HistoryRecord
from rowtide.tables.history.store import HistoryStore
from rowtide.tables.model import TableChange

log = logging.getLogger(__name__)

Position = Mapping[str, object]
AtOrBefore = Callable[[Position, Position], bool]
"""Whether the position of a record (first) is at or before the stored one."""

_MOST_WARNINGS = 20


@dataclass(slots=True)
class RecoveryFacts:
    """What a recovery did.

    Attributes:
        read: records of any connector and position.
        applied: those of this connector up to the stored position.
        later: those of this connector behind it.
        foreign: those of other connectors.
        unusable: those that could not be read.
        unparsed: applied ones whose statement could not be understood; nothing came of them.
    """

    read: int = 0
    applied: int = 0
    later: int = 0
    foreign: int = 0
    unusable: int = 0
    unparsed: int = 0


def recover(
    store: HistoryStore,
    state: SchemaState,
    stored: Position,
    *,
    server: str,
    at_or_before: AtOrBefore,
    prefer_ddl: bool = False,
    ddl_filter: DdlFilter | None = None,
) -> RecoveryFacts:
    """Applies the history's records to `state`, in order.

    A record's table changes are taken as they are; without any, its statement is read, unless the filter drops it.

    Args:
        stored: the connector's offset.
        server: topic.prefix; records of other sources are passed over.
        prefer_ddl: reads statements even where there are table changes.

    Raises:
        KafkaUnavailableError, SchemaError: the store cannot be read to its end.
    """
    facts = RecoveryFacts()
    ddl_filter = ddl_filter or DdlFilter()
    for text in store.read():
        facts.read += 1
        try:
            record = HistoryRecord.from_json(text)
        except SchemaError as error:
            facts.unusable += 1
            _warn(facts.unusable, "a schema history record is passed over: %s", error)
            continue
        if record.source.get("server") != server:
            facts.foreign += 1
        elif not at_or_before(record.position, stored):
            facts.later += 1
        else:
            facts.applied += 1
            _apply(record, state, facts, ddl_filter, prefer_ddl=prefer_ddl)
    if facts.foreign:
        log.warning(
            "%d of %d schema history records are other connectors'; a history of its own is read faster",
            facts.foreign,
            facts.read,
        )
    return facts


def _apply(
    record: HistoryRecord, state: SchemaState, facts: RecoveryFacts, ddl_filter: DdlFilter, *, prefer_ddl: bool
) -> None:
    if record.changes and not prefer_ddl:
        for change in record.changes:
            if change.type == "ALTER" and change.previous_id is None and state.table(change.id) is None:
                # ALTER TABLE ... RENAME: only the statement names the table that is no more.
                state.apply(record.ddl or "", record.database or "")
            apply_change(state, change)
        return
    if not record.ddl or ddl_filter.drops(record.ddl):
        return
    result = state.apply(record.ddl, record.database or "")
    if result.unparsed:
        facts.unparsed += 1
        _warn(facts.unparsed, "a recorded statement on %s could not be read: %s", record.database, result.reason)


def apply_change(state: SchemaState, change: TableChange) -> None:
    """Puts or removes the table that a record describes."""
    if change.previous_id is not None:
        state.remove(change.previous_id)
    if change.table is not None:
        state.put(change.table)
    elif change.type == "DROP":
        state.remove(change.id)


def _warn(count: int, message: str, *arguments: object) -> None:
    if count <= _MOST_WARNINGS:
        log.warning(message, *arguments)
