"""Holds the server still for the moment in which position and schemas are read."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rowtide.errors import AccessError, ServerError, ServerUnavailableError
from rowtide.mysql.server import Server, quoted
from rowtide.tables.model import TableId

log = logging.getLogger(__name__)

_LOCK_WAIT_TIMEOUT = 1205


def _timed_out(error: ServerError) -> bool:
    """Whether the server gave up waiting for the lock; it did not go away then."""
    cause = error.__cause__
    return cause is not None and cause.args[:1] == (_LOCK_WAIT_TIMEOUT,)


class SnapshotLock:
    """A global read lock or, where that is refused, locks on the captured tables.

    Table locks cannot be given up before the rows are read, since that would also end the read view.
    """

    def __init__(self, server: Server, timeout_s: int) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self.held = False
        self.tables_only = False

    def acquire(self, tables: Sequence[TableId]) -> None:
        """Raises ServerError naming `snapshot.lock.timeout.ms` when the lock is not had in time."""
        self._server.execute(f"SET SESSION lock_wait_timeout = {max(1, self._timeout_s)}")
        try:
            self._server.execute("FLUSH TABLES WITH READ LOCK")
        except AccessError as refused:
            self._acquire_tables(tables, refused)
        except ServerError as error:
            if isinstance(error, ServerUnavailableError) and not _timed_out(error):
                raise
            raise ServerError(
                f"The snapshot got no global read lock within {self._timeout_s} s: {error.message}",
                hint="A long statement holds it up: wait for it, raise snapshot.lock.timeout.ms, "
                "or set snapshot.locking.mode=none "
                "if no DDL runs meanwhile.",
            ) from error
        self.held = True

    def _acquire_tables(self, tables: Sequence[TableId], refused: AccessError) -> None:
        log.info("No global read lock (%s); locking the captured tables until they are read", refused.message)
        names = ", ".join(f"{quoted(table.database)}.{quoted(table.table)}" for table in tables)
        if names:
            try:
                self._server.execute(f"FLUSH TABLES {names} WITH READ LOCK")
            except ServerError as error:
                raise AccessError(
                    f"Neither a global read lock nor table locks can be had: {error.message}",
                    hint="Grant RELOAD (or LOCK TABLES) to database.user, "
                    "or set snapshot.locking.mode=none if no DDL runs meanwhile.",
                ) from error
        self.tables_only = True

    def release(self) -> None:
        if self.held:
            self._server.execute("UNLOCK TABLES")
            self.held = False
