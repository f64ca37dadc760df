"""Whatever bytes come, the decoder gives events or raises a BinlogError; it never crashes, hangs or makes up rows."""

from __future__ import annotations

import contextlib
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Event, Rows
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.errors import BinlogError, ServerError
from tests.unit.binlog import test_payload, test_statements, test_table_map
from tests.unit.binlog.wire import SERVER_ID, Stream, event_bytes, frame, rows_body, table_map_body, u

TYPES = bytes(
    [T.LONG, T.VARCHAR, T.NEWDECIMAL, T.DATETIME2, T.TIME2, T.JSON, T.BIT, T.STRING, T.MARIADB_BLOB_COMPRESSED]
)
METADATA = u(50, 2) + bytes([10, 2]) + b"\x06\x03\x04" + bytes([1, 1]) + bytes([T.ENUM, 1]) + b"\x01"
ROW = (
    b"\0\0" + u(1, 4) + b"\x02ab" + bytes.fromhex("8000000102") + bytes.fromhex("99a54600000f423f")
    + bytes.fromhex("8000000000") + u(27, 4) + bytes.fromhex("0204001b000501000710000400000214007011010001000700040100")
    + b"\x00\x07" + b"\x01" + b"\x0b" + b"\x81\x05" + zlib.compress(b"hello")[:9]
)  # fmt: skip
TABLE = table_map_body(5, TYPES, METADATA)
EVENTS = [
    (
        EventType.TABLE_MAP,
        table_map_body(6, test_table_map.TYPES, test_table_map.METADATA, b"\x01\x01\x40\x0c\x02\xff\xff"),
    ),
    (EventType.WRITE_ROWS_V2, rows_body(EventType.WRITE_ROWS_V2, 5, len(TYPES), ROW)),
    (EventType.UPDATE_ROWS_V2, rows_body(EventType.UPDATE_ROWS_V2, 5, len(TYPES), ROW + ROW)),
    (EventType.PARTIAL_UPDATE_ROWS, rows_body(EventType.PARTIAL_UPDATE_ROWS, 5, len(TYPES), ROW + b"\x01\x01" + ROW)),
    (EventType.TRANSACTION_PAYLOAD, test_payload._payload(test_payload._inner())),
    (EventType.GTID, b"\x01" + test_statements.SID_BYTES + u(12, 8) + test_statements.CLOCK + u(1 << 55, 7) + u(9, 7)),
    (EventType.GTID_TAGGED, test_statements._tagged(test_statements.UUID, test_statements.GNO, test_statements.TAG)),
    (EventType.PREVIOUS_GTIDS, u(1, 8) + test_statements.SID_BYTES + u(1, 8) + u(1, 8) + u(5, 8)),
    (EventType.MARIADB_GTID_LIST, u(1, 4) + u(0, 4) + u(1, 4) + u(5, 8)),
    (
        EventType.QUERY,
        u(4, 4)
        + u(0, 4)
        + b"\x02"
        + u(0, 2)
        + u(len(test_statements.VARIABLES), 2)
        + test_statements.VARIABLES
        + b"db\0SELECT 1",
    ),
    (EventType.HEARTBEAT_V2, b"\x01\x01a\x02\x01\x05\x00"),
    (EventType.XA_PREPARE, b"\x01" + u(1, 4) + u(1, 4) + u(1, 4) + b"ab"),
    (EventType.ROTATE, u(4, 8) + b"name.000002"),
]
DESCRIPTION = Stream(checksum=False).begin().data[5:]


def _consume(events: list[Event]) -> None:
    for event in events:
        if isinstance(event, Rows):
            with contextlib.suppress(BinlogError):
                images = list(event.images())
                width = len(event.table_map.column_types)
                assert len(images) == len(event)
                assert all(len(image) == width for pair in images for image in pair if image)


def _feed(data: bytes) -> None:
    decoder = ReferenceDecoder()
    with contextlib.suppress(BinlogError, ServerError):
        _consume(decoder.feed(data))
        while decoder.pending:
            _consume(decoder.feed(b""))


@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    _feed(data)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_random_packets(payloads: list[bytes]) -> None:
    _feed(b"".join(frame(payload, i) for i, payload in enumerate(payloads)))


@settings(max_examples=400)
@given(st.integers(0, 255), st.binary(max_size=80), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF))
def test_random_events_of_each_type(event_type: int, body: bytes, next_position: int, flags: int) -> None:
    table = event_bytes(EventType.TABLE_MAP, TABLE, 200, checksum=False)
    event = event_bytes(event_type, body, next_position, flags, checksum=False)
    _feed(frame(b"\0" + DESCRIPTION, 0) + frame(b"\0" + table, 1) + frame(b"\0" + event, 2))


@settings(max_examples=1500)
@given(st.sampled_from(EVENTS), st.data())
def test_changed_and_cut_events(event: tuple[int, bytes], data: st.DataObject) -> None:
    event_type, original = event
    body = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(body) - 1)))
        change = data.draw(st.sampled_from(["set", "cut", "insert", "delete"]))
        if change == "set":
            body[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
        elif change == "cut":
            del body[at:]
        elif change == "delete":
            del body[at : at + data.draw(st.integers(1, 9))]
        else:
            body[at:at] = data.draw(st.binary(min_size=1, max_size=9))
    stream = Stream(checksum=False).begin().event(EventType.TABLE_MAP, TABLE)
    _feed(stream.event(event_type, bytes(body)).data)


@given(st.sampled_from(EVENTS), st.data())
def test_any_changed_bit_is_noticed_where_there_is_a_checksum(event: tuple[int, bytes], data: st.DataObject) -> None:
    stream = Stream().begin().event(EventType.TABLE_MAP, TABLE)
    whole = bytearray(event_bytes(*event, stream.position + 100))
    at = data.draw(st.integers(19, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    decoder = ReferenceDecoder()
    decoder.feed(stream.data)
    with pytest.raises(BinlogError, match="checksum"):
        decoder.feed(frame(b"\0" + bytes(whole), stream.sequence))


def test_the_events_that_are_damaged_here_are_good_before() -> None:
    stream = Stream(checksum=False).begin().event(EventType.TABLE_MAP, TABLE)
    for event_type, body in EVENTS:
        stream.event(event_type, body)
    decoder = ReferenceDecoder()
    events = decoder.feed(stream.data)
    assert not decoder.pending
    assert len(events) == 2 + len(EVENTS) + len(test_payload.INNER)
    assert all(event.header.server_id == SERVER_ID for event in events)
