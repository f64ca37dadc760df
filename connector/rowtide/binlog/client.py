"""A connection on which the server sends its binlog, as to a replica."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pymysql

from rowtide.binlog import dump_commands
from rowtide.binlog.engine import Decoder, select_engine
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Event
from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.errors import AccessError, ServerUnavailableError
from rowtide.mysql.connection import connect, translated
from rowtide.mysql.settings import ServerSettings

_READ_BYTES = 256 << 10
_UNKNOWN_VARIABLE = 1193
_NANOSECONDS = 1_000_000_000
_MARIADB_CAPABILITY_GTID = 4
_CLOSE_WAIT_S = 5.0
_SHORTEST_TIMEOUT_S = 0.001


class BinlogClient:
    """Reads a server's binlog from one point on. Start it once, then read from one thread; `close` from any.

    Args:
        server_id: number as a replica; another reader with the same one is thrown out by the server.
        heartbeat_s: how long the server may be silent before it sends a heartbeat; 0 for none.
        net_write_timeout_s: how long the server waits while nobody reads; None for its own setting.
        silence_s: a connection on which nothing came for so long counts as lost; None for never.
        annotate_rows: give MariaDB's statements of row events; offsets count events, so this changes them.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        server_id: int,
        heartbeat_s: float = 48.0,
        net_write_timeout_s: int | None = None,
        silence_s: float | None = None,
        annotate_rows: bool = False,
        decoder: Callable[[], Decoder] | None = None,
    ) -> None:
        self._settings = settings
        self._server_id = server_id
        self._heartbeat_s = heartbeat_s
        self._net_write_timeout_s = net_write_timeout_s
        self._silence_s = silence_s
        self._annotate_rows = annotate_rows
        self._decoder = decoder() if decoder else select_engine()[1]()
        self._stream: _Stream | None = None

    def start_at_position(self, file: str, position: int) -> None:
        """Asks for the events of `file` from `position` on.

        Raises:
            ServerError: of the kind that says what is wrong. A position that the server does not have is reported by
                the first `read` (PositionLostError).
        """
        dump_commands.check_position(file, position)
        self._start(
            [], dump_commands.COM_BINLOG_DUMP, lambda flags: dump_commands.dump(self._server_id, file, position, flags)
        )

    def start_at_gtid(self, gtids: str) -> None:
        """Asks for all transactions that are not in the set (MySQL), or that follow the position (MariaDB).

        Raises:
            BinlogError: not a GTID set of this kind of server.
            ServerError: as for `start_at_position`.
        """
        if self._settings.flavor == "mysql":
            command = dump_commands.dump_gtid(self._server_id, MysqlGtidSet.parse(gtids))
            self._start([], dump_commands.COM_BINLOG_DUMP_GTID, lambda _: command)
            return
        state = MariadbGtidSet.parse(gtids)
        variables = [
            f"SET @slave_connect_state='{state}'",
            "SET @slave_gtid_strict_mode=0",
            "SET @slave_gtid_ignore_duplicates=0",
        ]
        self._start(
            variables, dump_commands.COM_BINLOG_DUMP, lambda flags: dump_commands.dump(self._server_id, "", 0, flags)
        )

    def _start(self, variables: list[str], command: int, argument: Callable[[int], bytes]) -> None:
        if self._stream is not None:
            raise ServerUnavailableError("A binlog connection is started once; open another one.")
        connection: Any = connect(replace(self._settings, initial_statements=()))
        try:
            with translated(self._settings):
                for statement in [*self._session_variables(connection), *variables]:
                    connection.query(statement)
                flags = self._dump_flags(connection)
            self._register(connection)
            with translated(self._settings):
                # The driver has no public call for other commands.
                connection._execute_command(command, argument(flags))
        except BaseException:
            with contextlib.suppress(pymysql.err.Error):
                connection.close()
            raise
        self._stream = _Stream(connection, self._settings.address)

    def _dump_flags(self, connection: Any) -> int:
        """MariaDB is asked for annotations also where nobody wants them if it leaves positions out of its events:
        then the place of an event follows from the lengths of all before it."""
        if self._settings.flavor != "mariadb":
            return 0
        positions_left_out = _global_variable(connection, "binlog_legacy_event_pos") == "0"
        return dump_commands.SEND_ANNOTATE_ROWS if self._annotate_rows or positions_left_out else 0

    def _wanted(self, events: list[Event]) -> list[Event]:
        if self._annotate_rows:
            return events
        return [event for event in events if event.header.type != EventType.MARIADB_ANNOTATE_ROWS]

    def _register(self, connection: Any) -> None:
        try:
            with translated(self._settings):
                argument = dump_commands.register_replica(self._server_id)
                connection._execute_command(dump_commands.COM_REGISTER_REPLICA, argument)
                connection._read_packet()
        except AccessError as error:
            raise AccessError(error.message, hint="Grant REPLICATION SLAVE to database.user.") from error

    def _session_variables(self, connection: Any) -> list[str]:
        """What tells the server about this replica. Both spellings of a variable, as servers know one or both."""
        statements = []
        checksum = _global_variable(connection, "binlog_checksum")
        if checksum:
            statements.append(f"SET @master_binlog_checksum='{checksum}', @source_binlog_checksum='{checksum}'")
        if self._heartbeat_s > 0:
            period = int(self._heartbeat_s * _NANOSECONDS)
            statements.append(f"SET @master_heartbeat_period={period}, @source_heartbeat_period={period}")
        if self._net_write_timeout_s is not None:
            statements.append(f"SET SESSION net_write_timeout={int(self._net_write_timeout_s)}")
        if self._settings.flavor == "mariadb":
            statements.append(f"SET @mariadb_slave_capability={_MARIADB_CAPABILITY_GTID}")
        else:
            # By this MySQL knows a reader that comes again, and drops what is left of its last connection.
            identity = uuid5(NAMESPACE_URL, f"rowtide:{self._server_id}")
            statements.append(f"SET @slave_uuid='{identity}', @replica_uuid='{identity}'")
        return statements

    def read(self, timeout_s: float) -> list[Event]:
        """The events that the next bytes complete; none when nothing comes in time, or when `close` interrupts.

        Raises:
            ServerUnavailableError: not started, closed, or the connection is lost.
            PositionLostError, ServerError: the server ended the stream for the reason in the message.
            BinlogError: the server's bytes make no sense.
        """
        if self._stream is None:
            raise ServerUnavailableError("The binlog connection is not started.")
        if self._decoder.pending:
            return self._wanted(self._decoder.feed(b""))
        if self._decoder.ended:
            raise ServerUnavailableError(f"{self._settings.address} ended the binlog stream.")
        data = self._stream.receive(timeout_s, self._silence_s)
        return self._wanted(self._decoder.feed(data)) if data else []

    @property
    def closed(self) -> bool:
        """`close` was called."""
        return self._stream is not None and self._stream.closed

    def close(self) -> None:
        """Ends the connection, from any thread; a `read` that waits returns at once. May be called again."""
        if self._stream is not None:
            self._stream.close()


class _Stream:
    """The connection's socket, once the driver has nothing more to read from it."""

    def __init__(self, connection: Any, address: str) -> None:
        self._connection = connection
        self._socket: socket.socket = connection._sock  # events are not what the driver reads
        self._address = address
        self._closed = threading.Event()
        self._receiving = threading.Lock()
        self._last_bytes = time.monotonic()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def receive(self, timeout_s: float, silence_s: float | None) -> bytes:
        """Bytes that came, none after the time or when closed meanwhile."""
        with self._receiving:
            if self._closed.is_set():
                raise ServerUnavailableError("The binlog connection is closed.")
            try:
                # A timeout of the socket, not select(): TLS may hold bytes that select() does not see.
                self._socket.settimeout(max(timeout_s, _SHORTEST_TIMEOUT_S))
                data = self._socket.recv(_READ_BYTES)
            except TimeoutError:
                return self._nothing(silence_s)
            except (OSError, ValueError) as error:
                if self._closed.is_set():
                    return b""
                raise self._lost() from error
            if not data:
                if self._closed.is_set():
                    return b""
                raise self._lost()
            self._last_bytes = time.monotonic()
            return data

    def _nothing(self, silence_s: float | None) -> bytes:
        silent_s = time.monotonic() - self._last_bytes
        if silence_s is not None and silent_s > silence_s:
            raise ServerUnavailableError(
                f"Nothing came from {self._address} for {silent_s:.0f} s, not even a heartbeat."
            )
        return b""

    def _lost(self) -> ServerUnavailableError:
        return ServerUnavailableError(
            f"The binlog connection to {self._address} is lost.", hint="It is opened again where it ended."
        )

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            # The plain socket's shutdown: that of a TLS socket changes state which a reading thread is using.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        if self._receiving.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self._connection._force_close()  # no farewell is possible in a dump
            finally:
                self._receiving.release()


def _global_variable(connection: Any, name: str) -> str:
    """The server's setting; empty where it does not know the variable."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT @@global.{name}")  # the names are ours
            row = cursor.fetchone()
    except pymysql.err.MySQLError as error:
        if error.args and error.args[0] == _UNKNOWN_VARIABLE:
            return ""
        raise
    return str(row[0]) if row else ""
