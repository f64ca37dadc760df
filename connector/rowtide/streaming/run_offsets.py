"""Offsets of records that the native engine made of whole transactions, told when somebody stores one."""

from __future__ import annotations

from typing import Protocol, Self

from rowtide.binlog.events import EncodedRun
from rowtide.changes import BinlogOffset


class GtidSet(Protocol):
    """A growing set of GTIDs; str() is what an offset stores."""

    def add(self, gtid: str) -> None: ...

    def copy(self) -> Self: ...


class RunOffsets:
    """What `OffsetTracker` would say after each record."""

    def __init__(
        self, run: EncodedRun, start: BinlogOffset, current_gtids: str | None, completed: GtidSet | None
    ) -> None:
        """Args:
        start: the offset before the first transaction.
        current_gtids: the completed set before it as text, None without one.
        completed: that set; None where GTIDs are not kept.
        """
        self._run = run
        self._start = start
        self._current_gtids = current_gtids
        self._completed = completed.copy() if completed is not None else None

    def __call__(self, record: int) -> BinlogOffset:
        transaction, position, event, row, server_id, seconds = self._run.place(record)
        return BinlogOffset(
            file=self._start.file,
            pos=position,
            gtids=self._gtids(transaction),
            event=event,
            row=row,
            server_id=server_id,
            ts_sec=seconds,
        )

    def _gtids(self, transaction: int) -> str | None:
        """The set before a transaction; of the first one ever, with it."""
        if self._completed is None:
            return self._start.gtids
        if transaction == 0 and self._current_gtids:
            return self._current_gtids
        gtids = self._completed.copy()
        for gtid in self._run.gtids(max(transaction, 1)):
            gtids.add(gtid)
        return str(gtids)
