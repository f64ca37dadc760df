"""The part of a task's life in which it reads the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from rowtide.binlog.client import BinlogClient
from rowtide.binlog.engine import Decoder
from rowtide.binlog.events import Event
from rowtide.binlog.native import NativeDecoder
from rowtide.changes import BinlogOffset, Change
from rowtide.connect.record import RecordBatch
from rowtide.errors import ServerError, ServerUnavailableError
from rowtide.mysql import checks
from rowtide.mysql.server import Server
from rowtide.source.parts import Parts
from rowtide.source.start import StartPoint, StartRules, start_point
from rowtide.streaming.stream import BinlogStream, StreamOptions

log = logging.getLogger(__name__)

_NET_WRITE_TIMEOUT_S = 600
"""How long the server keeps trying to send while we are held up; its default of 60 s breaks the connection under
back-pressure.
"""

_SHORT_CONNECTION_S = 10.0
_EVICTIONS = 6
"""So many connections in a row that ended so soon are taken for a fight over the replica id."""

_NEVER_WORKS = frozenset({1044, 1046, 1049, 1064, 1142, 1143, 1227, 1305, 1370})
"""Errors of SQL states 42000 and 3D000: no right, no such or no chosen database, no such routine, bad syntax."""


class StreamPhase:
    """Reads the log from an offset; a lost connection goes on where the stream was."""

    def __init__(self, parts: Parts, start: BinlogOffset) -> None:
        self._parts = parts
        self._start = start
        self._client: BinlogClient | None = None
        self._stream: BinlogStream | None = None
        self._lane: Any | None = None
        self._beat_s = parts.settings.number("heartbeat.interval.ms") / 1000
        self._next_beat = time.monotonic() + self._beat_s
        self._ready: list[RecordBatch] = []
        self._connected_at = 0.0
        self._short_connections = 0

    @property
    def connected(self) -> bool:
        return self._client is not None

    def resume_point(self) -> BinlogOffset:
        return self._stream.resume_point() if self._stream else self._start

    def figures(self) -> Mapping[str, object]:
        """For the task's metrics."""
        position = self.resume_point()
        figures = {"connected": self.connected, "binlog_file": position.file, "binlog_position": position.pos}
        return {**figures, **(self._stream.alerts.figures() if self._stream else {})}

    def poll(self, timeout_s: float) -> list[RecordBatch]:
        """The records of what the server has sent, empty when it sent nothing in time.

        Raises:
            ServerUnavailableError: the connection is lost; the next call opens another.
            PositionLostError: the log to go on from is gone.
        """
        client = self._client or self._connect()
        assert self._stream is not None
        self._stream.set_lane()
        for event in self._read(client, timeout_s):
            for change in self._stream.changes(event):
                self._take(change)
            self._heartbeat()
        self._heartbeat()
        batches, self._ready = self._ready, []
        return batches

    def _read(self, client: BinlogClient, timeout_s: float) -> list[Event]:
        try:
            return client.read(timeout_s)
        except ServerUnavailableError:
            self._check_not_evicted()
            raise

    def _check_not_evicted(self) -> None:
        """A server closes the older of two log connections with one id; two readers then evict each other for ever."""
        short = time.monotonic() - self._connected_at < _SHORT_CONNECTION_S
        self._short_connections = self._short_connections + 1 if short else 0
        if self._short_connections < _EVICTIONS:
            return
        server_id = self._parts.settings.number("database.server.id")
        raise ServerError(
            f"{self._parts.settings.server.address} closed the log connection {_EVICTIONS} times in a row at once: "
            f"another replica or connector probably has database.server.id={server_id} too.",
            hint="Give each reader of the server an id of its own, then restart the task.",
        )

    def _take(self, change: Change) -> None:
        # What is ready outlives a failure in the same poll: the stream has moved past it.
        batch = self._parts.pipeline.records(change)
        if batch is not None:
            self._ready.append(batch)

    def _heartbeat(self) -> None:
        if not self._beat_s or time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + self._beat_s
        assert self._stream is not None
        self._take(self._stream.heartbeat())
        query = self._parts.settings.text("heartbeat.action.query")
        if query:
            self._act(query)

    def _act(self, query: str) -> None:
        """Runs the query of heartbeats. Raises ServerError for one that can never work, as Debezium does."""
        try:
            with Server(self._parts.settings.server) as server:
                server.execute(query)
        except ServerError as error:
            if error.number in _NEVER_WORKS:
                raise ServerError(
                    f"heartbeat.action.query cannot be run: {error.message}",
                    hint="Correct the statement, or grant database.user what it needs.",
                ) from error
            log.warning("heartbeat.action.query failed: %s", error)

    def _connect(self) -> BinlogClient:
        parts = self._parts
        resume = self.resume_point()
        with Server(parts.settings.server) as server:
            checks.check(server, parts.settings.needs)
            start = start_point(server, resume, self._start_rules())
            commit_time = parts.settings.flavor == "mysql" and start.gtids is not None
        client = BinlogClient(
            parts.settings.server,
            server_id=parts.settings.number("database.server.id"),
            heartbeat_s=parts.settings.number("connect.keep.alive.interval.ms") * 0.8 / 1000,
            net_write_timeout_s=parts.settings.number("binlog.net.write.timeout") or _NET_WRITE_TIMEOUT_S,
            silence_s=parts.settings.number("connect.keep.alive.interval.ms") / 1000
            if parts.settings.flag("connect.keep.alive")
            else None,
            annotate_rows=parts.settings.flag("include.query"),
            decoder=self._decoder(commit_time=commit_time),
        )
        try:
            _open_at(client, start)
        except BaseException:
            client.close()
            raise
        if self._stream is None:
            options = StreamOptions(
                flavor=parts.settings.flavor,
                operations=parts.settings.operations,
                include_query=parts.settings.flag("include.query"),
                commit_time=commit_time,
                ddl_filter=parts.filters.ddl,
                noticed_statement=lambda ddl: parts.filters.scope.noticed(
                    ddl.database, ddl.changes, ddl.ddl, ddl.tables
                ),
                gtid_source=parts.filters.gtid_rows,
                on_unknown_table=parts.settings.unknown_tables,
                placeholders=not parts.settings.needs.whole_rows,
            )
            self._stream = BinlogStream(start.offset, start.gtids, parts.schemas, parts.catalog, options)
            self._stream.lane = self._lane
        else:
            self._stream.connected(start.offset, start.gtids)
        self._client = client
        self._connected_at = time.monotonic()
        log.info("Reading the log of %s from %s", parts.settings.server.address, _described(start))
        return client

    def _decoder(self, *, commit_time: bool) -> Callable[[], Decoder] | None:
        """Makes the decoder of a connection; None for the plain one of this process."""
        if self._stream is None:
            self._lane = self._parts.builder.new_lane(commit_times=commit_time)
        if self._lane is None:
            return None
        lane = self._lane
        lane.forget()
        return lambda: NativeDecoder(lane)

    def _start_rules(self) -> StartRules:
        again = self._stream is not None
        return StartRules(
            ignore_gtids=self._parts.settings.flag("gtid.ignore.on.recovery") and not again,
            wanted_source=self._parts.filters.gtid_source,
            again=again,
            check_log=self._parts.settings.flag("internal.log.position.check.enable"),
        )

    def disconnect(self) -> None:
        """Gives the connection up; the next poll opens another where this one was."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    close = disconnect


def _open_at(client: BinlogClient, start: StartPoint) -> None:
    if start.by_gtid:
        client.start_at_gtid(str(start.gtids))
    else:
        client.start_at_position(start.offset.file, start.offset.pos)


def _described(start: StartPoint) -> str:
    return f"GTID set {start.gtids}" if start.by_gtid else f"{start.offset.file}:{start.offset.pos}"
