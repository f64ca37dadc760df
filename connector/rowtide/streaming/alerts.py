"""What the stream could not do as it should, for logs and figures: statements not understood, tables that wait."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rowtide.errors import SchemaError
from rowtide.tables.model import TableId

log = logging.getLogger(__name__)

_STATEMENTS_MAX = 20
_CHARACTERS_MAX = 500
_AGAIN_S = 60.0
"""So long a table waits before it is said again."""


@dataclass(frozen=True, slots=True)
class UnreadStatement:
    """A statement that was not understood.

    Attributes:
        place: `file:position` of its event.
        sql: its first characters.
        reason: what was not understood.
    """

    place: str
    database: str
    sql: str
    reason: str


@dataclass(slots=True)
class WaitingTable:
    """A table whose rows are left out for now, as nothing tells how to read them.

    Attributes:
        since: `file:position` of the first event that was left out.
        events: how many were.
        cause: the last statement that was not understood and names the table, as far as there is one.
        said: when that was last logged, by the monotonic clock.
    """

    since: str
    cause: UnreadStatement | None
    said: float
    events: int = 0


class Alerts:
    """Bounded by the number of captured tables. Not thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.unparsed_statements = 0
        self.events_left_out = 0
        self._last: deque[UnreadStatement] = deque(maxlen=_STATEMENTS_MAX)
        self._waiting: dict[TableId, WaitingTable] = {}

    def unread(self, place: str, database: str, sql: str, reason: str) -> None:
        """A statement was not understood."""
        self.unparsed_statements += 1
        self._last.append(UnreadStatement(place, database, sql[:_CHARACTERS_MAX], reason))
        log.warning(
            "%s: a statement in %s could not be understood and is recorded as it is; its table keeps the definition it "
            "had, and its next row is read with what the row's event or the server says of it. Reason: %s. "
            "Statement: %s",
            place, database, reason, sql[:_CHARACTERS_MAX],
        )  # fmt: skip

    def left_out(self, table: TableId, place: str, error: SchemaError) -> None:
        """Rows of a table cannot be read."""
        self.events_left_out += 1
        now = self._clock()
        waiting = self._waiting.get(table)
        if waiting is None:
            waiting = self._waiting[table] = WaitingTable(place, self._cause(table), now - _AGAIN_S)
        waiting.events += 1
        if now - waiting.said < _AGAIN_S:
            return
        waiting.said = now
        cause = waiting.cause
        log.error(
            "%s waits since %s, with %d row events left out; all other tables go on. %s %s It goes on by itself "
            "with the first rows that fit what the history or the server says of it; to have what was left out, take "
            "a new snapshot: stop the connector, delete its offsets and its schema history topic, start it again. "
            "inconsistent.schema.handling.mode=fail stops the task instead. SET GLOBAL binlog_row_metadata=FULL on the "
            "server keeps this from happening.",
            table, waiting.since, waiting.events, error.message,
            f"The statement at {cause.place} was not understood ({cause.reason}): {cause.sql}" if cause
            else "No statement on it was left unread since the task started.",
        )  # fmt: skip

    def read(self, table: TableId, place: str) -> None:
        """Rows of a table can be read, maybe again."""
        if not self._waiting:
            return
        waiting = self._waiting.pop(table, None)
        if waiting is not None:
            log.warning(
                "%s goes on at %s; %d row events since %s were left out", table, place, waiting.events, waiting.since
            )

    def figures(self) -> Mapping[str, object]:
        """For a task's metrics; numbers, and what they count."""
        return {
            "unparsed_statements": self.unparsed_statements,
            "row_events_left_out": self.events_left_out,
            "tables_waiting": len(self._waiting),
            "unparsed_statements_last": [
                {"place": one.place, "database": one.database, "statement": one.sql, "reason": one.reason}
                for one in self._last
            ],
            "tables_waiting_since": {str(table): one.since for table, one in self._waiting.items()},
        }

    def _cause(self, table: TableId) -> UnreadStatement | None:
        named = (one for one in reversed(self._last) if table.table.lower() in one.sql.lower())
        return next(named, None)
