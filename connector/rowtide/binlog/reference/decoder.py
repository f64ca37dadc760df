"""The reference decoder: packets of a dump to events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import IGNORABLE_FLAG, EventType
from rowtide.binlog.events import Event, EventHeader, FormatDescription, Heartbeat, Ignored, Rotate, TableMap
from rowtide.binlog.packets import EOF, ERR, OK, PacketReader, dump_error
from rowtide.binlog.reference import control, statements, transactions
from rowtide.binlog.reference.header import body_of, read_header
from rowtide.binlog.reference.layout import Layouts
from rowtide.binlog.reference.payload import expanded_events, transaction_payload
from rowtide.binlog.reference.rows import ROW_EVENTS, rows
from rowtide.binlog.reference.state import KnownTable, State
from rowtide.binlog.reference.table_map import read_table_id, table_map
from rowtide.errors import BinlogError, RowtideError

_LOG = logging.getLogger(__name__)

_EOF_BYTES_MAX = 9
_KNOWN_TYPES = frozenset(EventType)
_EXPANDED_BYTES_A_FEED = 16 << 20
"""How much of a compressed transaction one call gives; the rest is `pending`."""

_SIMPLE: dict[int, Callable[[EventHeader, Cursor], Event]] = {
    EventType.STOP: control.stop,
    EventType.INCIDENT: control.incident,
    EventType.HEARTBEAT: control.heartbeat,
    EventType.HEARTBEAT_V2: control.heartbeat_v2,
    EventType.XID: statements.xid,
    EventType.XA_PREPARE: statements.xa_prepare,
    EventType.ROWS_QUERY: statements.rows_query,
    EventType.MARIADB_ANNOTATE_ROWS: statements.annotate_rows,
    EventType.GTID: transactions.gtid,
    EventType.ANONYMOUS_GTID: transactions.anonymous_gtid,
    EventType.GTID_TAGGED: transactions.tagged_gtid,
    EventType.PREVIOUS_GTIDS: transactions.previous_gtids,
    EventType.MARIADB_GTID: transactions.mariadb_gtid,
    EventType.MARIADB_GTID_LIST: transactions.gtid_list,
}


class ReferenceDecoder:
    """`rowtide.binlog.engine.Decoder` in plain Python."""

    def __init__(self) -> None:
        self._packets = PacketReader()
        self._state = State()
        self._inner: Iterator[tuple[Event, int]] | None = None
        self._failure: RowtideError | None = None
        self._ended = False
        self._more = False
        self._unknown_types: set[int] = set()

    @property
    def pending(self) -> bool:
        return self._more or self._failure is not None

    @property
    def ended(self) -> bool:
        return self._ended

    def feed(self, data: bytes) -> list[Event]:
        if self._failure is not None:
            raise self._failure
        events: list[Event] = []
        try:
            self._packets.feed(data)
            self._decode(events)
        except RowtideError as error:
            if isinstance(error, BinlogError) and error.position < 0 < self._state.position:
                error.position = self._state.position
            self._failure = error
            if not events:
                raise
        return events

    def _decode(self, events: list[Event]) -> None:
        expanded = 0
        self._more = False
        while not self._ended:
            inner = next(self._inner, None) if self._inner else None
            if inner is not None:
                events.append(inner[0])
                expanded += inner[1]
                if expanded >= _EXPANDED_BYTES_A_FEED:
                    self._more = True
                    return
                continue
            self._inner = None
            packet = self._packets.next_packet()
            if packet is None:
                return
            self._decode_packet(packet, events)

    def _decode_packet(self, packet: bytes, events: list[Event]) -> None:
        mark = packet[0] if packet else OK
        if mark == ERR:
            raise dump_error(packet)
        if mark == EOF and len(packet) < _EOF_BYTES_MAX:
            self._ended = True
            return
        if mark != OK or not packet:
            raise BinlogError(f"A packet of {len(packet)} bytes begins with 0x{mark:02x}, which is no event.")
        events.append(self._event(packet[1:]))

    def _event(self, data: bytes) -> Event:
        state = self._state
        header = read_header(data, state.position)
        final_type = control.final_type(header.type, state)
        if final_type != header.type:
            header = replace(header, type=final_type)
        if header.type == EventType.FORMAT_DESCRIPTION:
            event: Event = control.format_description(header, data)
            self._begin_file(event)
        elif header.type == EventType.ROTATE:
            event = control.rotate(header, data, state)
        else:
            event = self._body_event(header, body_of(data, checksum=state.checksum))
        self._advance(event)
        return event

    def _begin_file(self, event: Event) -> None:
        if isinstance(event, FormatDescription):
            self._state.format = event
            self._state.tables.clear()

    def _advance(self, event: Event) -> None:
        """Notes where the next event starts."""
        if isinstance(event, Rotate):
            self._state.position = event.next_pos
        elif isinstance(event, Heartbeat):
            self._state.position = event.pos
        elif event.header.next_position:
            self._state.position = event.header.next_position

    def _body_event(self, header: EventHeader, cursor: Cursor) -> Event:
        event_type = header.type
        if event_type in ROW_EVENTS:
            return rows(header, cursor, self._state)
        if event_type == EventType.TABLE_MAP:
            return self._table_map(header, cursor)
        if event_type in (EventType.QUERY, EventType.MARIADB_QUERY_COMPRESSED):
            query = statements.query(header, cursor, self._state)
            self._state.statements += query.sql not in ("BEGIN", "COMMIT")
            return query
        if event_type == EventType.TRANSACTION_PAYLOAD:
            event, payload = transaction_payload(header, cursor)
            self._inner = self._inner_events(header, expanded_events(event, payload))
            return event
        if event_type in _SIMPLE:
            return _SIMPLE[event_type](header, cursor)
        self._note_unknown(header)
        return Ignored(header)

    def _table_map(self, header: EventHeader, cursor: Cursor) -> TableMap:
        """The same table is named again for each statement, mostly in the same bytes: these are read once.

        After DDL they are read again, so that what cannot be read later is told of the table as it was then.
        """
        body = cursor.data[cursor.pos : cursor.end]
        table_id = read_table_id(Cursor(body, origin=cursor.origin + cursor.pos), self._state)
        known = self._state.tables.get(table_id)
        if known and known.body == body and known.statements == self._state.statements:
            event = replace(known.table_map, header=header)
            layouts = known.layouts
        else:
            event = table_map(header, cursor, self._state)
            layouts = Layouts(event)
        self._state.remember(table_id, KnownTable(self._state.statements, body, event, layouts))
        return event

    def _inner_events(self, outer: EventHeader, events: Iterator[bytes]) -> Iterator[tuple[Event, int]]:
        for data in events:
            inner = read_header(data, 0)
            header = replace(inner, length=outer.length, next_position=outer.next_position)
            if inner.type in (EventType.TRANSACTION_PAYLOAD, EventType.FORMAT_DESCRIPTION, EventType.ROTATE):
                raise BinlogError(f"A compressed transaction has an event of type {inner.type} in it.")
            yield self._body_event(header, body_of(data, checksum=False)), len(data)

    def _note_unknown(self, header: EventHeader) -> None:
        """Says once for each type that its events are passed over."""
        known = header.type in _KNOWN_TYPES
        if known or header.flags & IGNORABLE_FLAG or header.type in self._unknown_types:
            return
        self._unknown_types.add(header.type)
        _LOG.warning("event type %d is not known, its events are ignored", header.type)
