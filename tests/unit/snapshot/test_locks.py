"""What a failure to lock means: a lost connection is tried again, a lock that is not had is told."""

from __future__ import annotations

import pymysql
import pytest

from rowtide.errors import ServerError, ServerUnavailableError
from rowtide.mysql.connection import translate
from rowtide.mysql.settings import ServerSettings
from rowtide.snapshot.locks import SnapshotLock

SETTINGS = ServerSettings("mysql", "db.example", 3306, "cdc")


class Refusing:
    """A server that answers the lock with an error of its driver."""

    def __init__(self, number: int) -> None:
        self.number = number

    def execute(self, sql: str) -> None:
        if sql.startswith("FLUSH"):
            cause = pymysql.err.OperationalError(self.number, "the server's text")
            raise translate(cause, SETTINGS) from cause


def test_a_connection_lost_at_the_lock_is_opened_again() -> None:
    with pytest.raises(ServerUnavailableError, match=r"Lost|the server's text"):
        SnapshotLock(Refusing(2013), 10).acquire([])


def test_a_lock_that_is_not_had_in_time_is_told() -> None:
    with pytest.raises(ServerError, match="no global read lock within 10 s") as raised:
        SnapshotLock(Refusing(1205), 10).acquire([])
    assert not raised.value.retriable
