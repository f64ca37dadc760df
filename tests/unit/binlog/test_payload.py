"""Compressed transactions of MySQL."""

from __future__ import annotations

import tracemalloc

import pytest
import zstandard

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Query, Rows, TableMap, TransactionPayload, Xid
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.errors import BinlogError
from tests.unit.binlog.wire import Stream, decode, event_bytes, lenenc, rows_body, table_map_body, u

BEGIN = u(42, 4) + u(0, 4) + b"\0" + u(0, 2) + u(0, 2) + b"\0BEGIN"
INNER = [
    (EventType.QUERY, BEGIN),
    (EventType.TABLE_MAP, table_map_body(5, bytes([T.LONG]))),
    (EventType.WRITE_ROWS_V2, rows_body(EventType.WRITE_ROWS_V2, 5, 1, b"\0" + u(7, 4))),
    (EventType.XID, u(9, 8)),
]


def _inner(events: list[tuple[int, bytes]] = INNER) -> bytes:
    return b"".join(event_bytes(event_type, body, 12345, checksum=False) for event_type, body in events)


def _field(number: int, value: bytes) -> bytes:
    return lenenc(number) + lenenc(len(value)) + value


def _payload(events: bytes, *, compression: int = 0, size: int | None = None, stored: bytes | None = None) -> bytes:
    if stored is None:
        stored = zstandard.ZstdCompressor().compress(events) if compression == 0 else events
    announced = len(events) if size is None else size
    return (
        _field(2, lenenc(compression)) + _field(3, lenenc(announced)) + _field(9, b"?") + _field(1, lenenc(len(stored)))
        + b"\0" + stored
    )  # fmt: skip


def _decoded(body: bytes) -> list:
    return decode(Stream().begin().event(EventType.TRANSACTION_PAYLOAD, body).event(EventType.STOP, b"").data)[1:-1]


@pytest.mark.parametrize(("compression", "name"), [(0, "zstd"), (255, "none")])
def test_a_payload_is_followed_by_its_events_at_its_own_position(compression: int, name: str) -> None:
    payload, begin, table, rows, xid = _decoded(_payload(_inner(), compression=compression))
    assert isinstance(payload, TransactionPayload)
    assert (payload.compression, payload.size) == (name, len(_inner()))
    assert isinstance(begin, Query)
    assert begin.sql == "BEGIN"
    assert isinstance(table, TableMap)
    assert isinstance(rows, Rows)
    assert list(rows.images()) == [(None, [7])]
    assert isinstance(xid, Xid)
    for event in (begin, table, rows, xid):
        assert event.position == payload.position
        assert event.header.next_position == payload.header.next_position
    assert (begin.header.type, xid.header.type) == (EventType.QUERY, EventType.XID)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_payload(_inner(), compression=7), "Compression 7"),
        (_payload(_inner(), size=len(_inner()) - 1), "27 bytes where 26 are left"),
        (_payload(_inner(), size=len(_inner()) + 40), "ends before"),
        (_payload(_inner(), stored=b"no zstd at all"), "cannot be expanded"),
        (_payload(_inner()[:-5]), "27 bytes where 22 are left"),
        (_payload(_inner([(EventType.TRANSACTION_PAYLOAD, b"")])), "event of type 40"),
        (_payload(_inner([(EventType.FORMAT_DESCRIPTION, b"")])), "event of type 15"),
        (_payload(_inner() + bytes(40), size=len(_inner())), "longer than"),
        (_field(1, lenenc(500)) + b"\0abc", "too early"),
    ],
)
def test_damaged_payloads_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(BinlogError, match=message):
        _decoded(body)


def test_a_huge_transaction_comes_in_portions_of_bounded_memory() -> None:
    row = b"\0" + lenenc(250) + b"a" * 250
    one = (EventType.WRITE_ROWS_V2, rows_body(EventType.WRITE_ROWS_V2, 5, 1, row * 4000))
    count = 100
    compressor = zstandard.ZstdCompressor().compressobj()
    head = _inner([(EventType.TABLE_MAP, table_map_body(5, bytes([T.VARCHAR]), u(250, 2)))])
    stored = compressor.compress(head)
    body = _inner([one])
    for _ in range(count):
        stored += compressor.compress(body)
    stored += compressor.flush()
    stream = (
        Stream()
        .begin()
        .event(EventType.TRANSACTION_PAYLOAD, _payload(b"", stored=stored, size=len(head) + count * len(body)))
    )
    decoder = ReferenceDecoder()
    tracemalloc.start()
    found = sum(isinstance(event, Rows) for event in decoder.feed(stream.data))
    portions = 1
    while decoder.pending:
        found += sum(isinstance(event, Rows) for event in decoder.feed(b""))
        portions += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == count
    assert portions > 5
    assert peak < 64 << 20
