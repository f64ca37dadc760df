"""Where the stream is and where a restart would go on: the state behind Debezium's offset map.

The rules are those of Debezium's BinlogOffsetContext: inside a transaction the restart point is the event that
opened it, with a count of
the events done since; outside one it is the end of the last event. A server's ROTATE moves both. The time is that of
the last row or statement that was looked at: transactions that have none leave it as it was.
"""

from __future__ import annotations

from rowtide.changes import BinlogOffset


class OffsetTracker:
    """Mutable restart point of one stream; `current()` is an immutable copy of it."""

    def __init__(self, start: BinlogOffset) -> None:
        self.file = start.file
        self.position = start.pos
        self.server_id = start.server_id
        self.gtid: str | None = None
        self.transaction_id: str | None = None
        self.thread: int | None = None
        self.query: str | None = None
        self.row = 0
        self._event_length = 0
        self._restart_file = start.file
        self._restart_pos = start.pos
        self._restart_gtids = start.gtids
        self._current_gtids = start.gtids
        self._events_done = start.event
        self._rows_done = start.row
        self._in_transaction = False
        self._ts_sec = start.ts_sec

    @property
    def completed_gtids(self) -> str | None:
        """The GTID set including the running transaction."""
        return self._current_gtids

    def set_completed_gtids(self, gtids: str) -> None:
        """The set that the stream was started with."""
        if gtids:
            self._current_gtids = self._restart_gtids = gtids

    def rotated(self, file: str, position: int) -> None:
        self.file = self._restart_file = file
        self.position = self._restart_pos = position
        self._rows_done = self._events_done = 0

    def event_started(self, position: int, length: int) -> None:
        self.position = position
        self._event_length = length
        if not self._in_transaction:
            self._restart_pos = position + length
            self._rows_done = self._events_done = 0

    def event_completed(self) -> None:
        self._events_done += 1

    def change_at(self, time_us: int) -> None:
        """A captured row or a recorded statement of this time comes now."""
        self._ts_sec = time_us // 1_000_000

    def rows_started(self, first_row: int) -> None:
        self._rows_done = first_row

    def rows_completed(self, rows: int) -> None:
        """All rows of the event are done; `rows` is how many it has."""
        self.row = rows - 1
        self._rows_done = 0

    def gtid_started(self, gtid: str, gtids: str) -> None:
        """A GTID event opened `gtid`; `gtids` is the completed set with it."""
        self.gtid = gtid
        self._restart_gtids = self._current_gtids or gtids
        self._current_gtids = gtids

    def transaction_started(self) -> None:
        self._rows_done = self._events_done = 0
        self._restart_file, self._restart_pos = self.file, self.position
        self._in_transaction = True
        self.transaction_id = self.gtid or f"file={self.file},pos={self.position}"

    def transaction_completed(self) -> None:
        self._restart_gtids = self._current_gtids
        self._restart_file, self._restart_pos = self.file, self.position + self._event_length
        self._rows_done = self._events_done = 0
        self._in_transaction = False
        self.query = self.thread = self.transaction_id = None

    def transactions_done(
        self,
        last_event: tuple[int, int, int],
        gtids: tuple[str | None, str | None],
        last_row: tuple[int, int] | None,
    ) -> None:
        """Whole transactions are done, outside of one.

        Args:
            last_event: position, length and server id.
            gtids: the last one, and the completed set; None as they were.
            last_row: its number in its event and its time in µs; None without rows.
        """
        self.position, self._event_length, self.server_id = last_event
        self.gtid = gtids[0] or self.gtid
        self._current_gtids = gtids[1] or self._current_gtids
        if last_row is not None:
            self.row = last_row[0]
            self.change_at(last_row[1])
        self.transaction_completed()
        self.event_completed()

    def current(self) -> BinlogOffset:
        """The offset as it stands."""
        return BinlogOffset(
            file=self._restart_file,
            pos=self._restart_pos,
            gtids=self._restart_gtids,
            event=self._events_done,
            row=self._rows_done,
            server_id=self.server_id,
            ts_sec=self._ts_sec,
        )
