"""Sends a statement and hands over the bytes of the answer, which somebody else reads."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pymysql
from pymysql.constants import COMMAND

from rowtide.mysql.connection import translated
from rowtide.mysql.settings import ServerSettings

_READ_BYTES = 256 << 10
_DEPRECATE_EOF = 1 << 24
_SERVER_LOST = 2013


class RawQuery:
    """One statement on a connection that nobody else uses until its answer is read."""

    def __init__(self, connection: Any, settings: ServerSettings, statement: str) -> None:
        """Args: connection: one of `rowtide.mysql.connection`. Raises ServerError and its kinds."""
        self._connection = connection
        self._settings = settings
        with translated(settings):
            # The driver has no public call that leaves the answer unread.
            self._connection._execute_command(COMMAND.COM_QUERY, statement)
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._socket: socket.socket = self._connection._sock
        # The driver changes it back when it reads again, as it remembers what it has set last.
        self._socket.settimeout(self._connection._read_timeout)
        self._connection._current_timeout = self._connection._read_timeout

    @property
    def deprecate_eof(self) -> bool:
        """The connection's capability CLIENT_DEPRECATE_EOF: an OK packet ends the rows, and nothing the columns."""
        return bool(self._connection.client_flag & self._connection.server_capabilities & _DEPRECATE_EOF)

    def receive(self) -> memoryview:
        """The next bytes, valid until the next call. Raises ServerUnavailableError when none can come any more."""
        with translated(self._settings):
            try:
                received = self._socket.recv_into(self._buffer)
            except OSError as error:
                raise self._lost(f" ({error})") from error
            if not received:
                raise self._lost("")
            return self._buffer[:received]

    def _lost(self, why: str) -> pymysql.err.OperationalError:
        self.abandon()
        return pymysql.err.OperationalError(_SERVER_LOST, f"Lost connection to MySQL server during query{why}")

    def refused(self, packet: bytes) -> NoReturn:
        """Raises the error that the server answered with."""
        with translated(self._settings):
            pymysql.err.raise_mysql_exception(packet)
        raise AssertionError("the driver raises something for every error packet")

    def abandon(self) -> None:
        """Gives up the connection, with what is unread of the answer."""
        self._connection._force_close()
