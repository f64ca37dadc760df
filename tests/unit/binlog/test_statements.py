"""Statements, annotations, commits and the GTID events."""

from __future__ import annotations

import zlib

import pytest

from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import (
    AnonymousGtid,
    Event,
    GtidList,
    MariadbGtid,
    MysqlGtid,
    PreviousGtids,
    Query,
    QueryContext,
    RowsQuery,
    XaPrepare,
)
from rowtide.errors import BinlogError
from tests.unit.binlog.wire import Stream, decode, u

SID = "8c7afbb6-e6b5-11f1-879b-02fc00000001"
SID_BYTES = bytes.fromhex(SID.replace("-", ""))


def _one(event_type: int, body: bytes) -> Event:
    return decode(Stream().begin().event(event_type, body).data)[1]


def _query(sql: bytes, variables: bytes = b"", event_type: int = EventType.QUERY) -> Query:
    body = u(42, 4) + u(1, 4) + b"\x02" + u(1146, 2) + u(len(variables), 2) + variables + b"db\0" + sql
    event = _one(event_type, body)
    assert isinstance(event, Query)
    return event


def test_a_query_has_thread_database_error_and_statement() -> None:
    query = _query("CREATE TABLE t (ä INT)".encode())
    assert (query.thread_id, query.database, query.error_code) == (42, "db", 1146)
    assert query.sql == "CREATE TABLE t (ä INT)"
    assert query.context == QueryContext()


VARIABLES = (
    b"\x00" + u(0, 4)
    + b"\x01" + u(0x1234, 8)
    + b"\x06\x03std"
    + b"\x03" + u(1, 2) + u(1, 2)
    + b"\x04" + u(8, 2) + u(33, 2) + u(255, 2)
    + b"\x05\x06SYSTEM"
    + b"\x07" + u(0, 2)
    + b"\x08" + u(45, 2)
    + b"\x09" + u(0, 8)
    + b"\x0a" + u(0, 4)
    + b"\x0b\x04root\x09localhost"
    + b"\x0c\x02a\0bc\0"
    + b"\x0d" + u(5, 3)
    + b"\x10\x01"
    + b"\x11" + u(9, 8)
    + b"\x80" + u(7, 3)
    + b"\x81" + u(9, 8)
    + b"\x82" + u(4, 2) + u(9, 8)
    + b"\x82" + u(2, 2)
    + b"\x83\x01" + u(33, 2) + u(2051, 2)
    + b"\x13\x01\x14\x00"
    + b"\x02\x03std\0"
    + b"\x0c\xfe"
    + b"\x12" + u(255, 2)
)  # fmt: skip


def test_status_variables_tell_mode_and_collations() -> None:
    context = _query(b"SELECT 1", VARIABLES).context
    assert context == QueryContext(0x1234, 8, 33, 255, 45, 255)


def test_reading_variables_ends_at_an_unknown_one() -> None:
    assert _query(b"x", b"\x01" + u(5, 8) + b"\x70anything").context == QueryContext(sql_mode=5)


def test_variables_that_are_cut_are_refused() -> None:
    with pytest.raises(BinlogError, match="too early"):
        _query(b"x", b"\x04" + u(8, 2))


@pytest.mark.parametrize(
    ("collation", "text"), [(8, "é€"), (33, "é漢"), (45, "😀"), (51, "ж"), (28, "漢"), (2304, "ü"), (9999, "ü")]
)
def test_statements_are_read_in_the_client_character_set(collation: int, text: str) -> None:
    codec = {8: "cp1252", 51: "cp1251", 28: "gbk"}.get(collation, "utf-8")
    assert _query(text.encode(codec), b"\x04" + u(collation, 2) + u(8, 2) + u(8, 2)).sql == text


def _compressed(text: bytes) -> bytes:
    return b"\x82" + len(text).to_bytes(2, "big") + zlib.compress(text)


def test_a_compressed_statement_is_expanded() -> None:
    assert _query(_compressed(b"INSERT " * 50), b"", EventType.MARIADB_QUERY_COMPRESSED).sql == "INSERT " * 50


@pytest.mark.parametrize(
    "part",
    [
        b"\x02\0\x05hello",
        b"\x82\0\x05" + zlib.compress(b"too long"),
        b"\x82\0\x09" + zlib.compress(b"short"),
        b"\x81\x05junk",
    ],
)
def test_a_damaged_compressed_statement_is_refused(part: bytes) -> None:
    with pytest.raises(BinlogError, match="compressed part"):
        _query(part, b"", EventType.MARIADB_QUERY_COMPRESSED)


def test_a_database_name_must_end_in_zero() -> None:
    body = u(42, 4) + u(1, 4) + b"\x02" + u(0, 2) + u(0, 2) + b"dbx" + b"SELECT 1"
    with pytest.raises(BinlogError, match="database name"):
        _one(EventType.QUERY, body)


def test_the_statements_of_row_events() -> None:
    first = _one(EventType.ROWS_QUERY, b"\x05UPDATE t SET a = 'x'")
    second = _one(EventType.MARIADB_ANNOTATE_ROWS, b"UPDATE t SET a = 'x'")
    assert isinstance(first, RowsQuery)
    assert isinstance(second, RowsQuery)
    assert first.sql == second.sql == "UPDATE t SET a = 'x'"


def test_xa_prepare() -> None:
    event = _one(EventType.XA_PREPARE, b"\x01" + (-1).to_bytes(4, "little", signed=True) + u(3, 4) + u(2, 4) + b"abcde")
    assert isinstance(event, XaPrepare)
    assert (event.one_phase, event.format_id, event.gtrid, event.bqual) == (True, -1, b"abc", b"de")
    with pytest.raises(BinlogError, match="XA identifier"):
        _one(EventType.XA_PREPARE, b"\x01" + u(1, 4) + u(100, 4) + u(100, 4) + bytes(200))


CLOCK = b"\x02" + u(5, 8) + u(6, 8)


@pytest.mark.parametrize(
    ("tail", "original", "immediate"),
    [
        (b"", None, None),
        (CLOCK, None, None),
        (CLOCK + u(1_700_000_000_000_001, 7) + b"\xfc\x00\x02", 1_700_000_000_000_001, 1_700_000_000_000_001),
        (
            CLOCK + u(1 << 55 | 1_700_000_000_000_009, 7) + u(1_600_000_000_000_001, 7),
            1_600_000_000_000_001,
            1_700_000_000_000_009,
        ),
    ],
)
def test_gtids_with_and_without_commit_times(tail: bytes, original: int | None, immediate: int | None) -> None:
    gtid = _one(EventType.GTID, b"\x01" + SID_BYTES + u(12, 8) + tail)
    assert isinstance(gtid, MysqlGtid)
    assert (gtid.sid, gtid.gno, gtid.tag) == (SID, 12, None)
    assert (gtid.original_commit_us, gtid.immediate_commit_us) == (original, immediate)
    assert str(gtid) == f"{SID}:12"
    anonymous = _one(EventType.ANONYMOUS_GTID, b"\x00" + bytes(24) + tail)
    assert isinstance(anonymous, AnonymousGtid)
    assert (anonymous.original_commit_us, anonymous.immediate_commit_us) == (original, immediate)


def _varlen(value: int) -> bytes:
    """Unsigned, in the fewest bytes."""
    for extra in range(8):
        if value < 1 << 7 * (extra + 1):
            return u(value << (extra + 1) | (1 << extra) - 1, extra + 1)
    return b"\xff" + u(value, 8)


def _tagged(*fields: bytes, version: int = 1, size: int | None = None) -> bytes:
    content = b"\x00" + b"".join(fields)
    length = len(content) + 2 if size is None else size
    return _varlen(version) + _varlen(length) + content


FLAGS = _varlen(0) + _varlen(1)
UUID = _varlen(1) + b"".join(map(_varlen, SID_BYTES))
GNO = _varlen(2) + _varlen(2 * 77)
TAG = _varlen(3) + _varlen(5) + b"mytag"
IMMEDIATE = _varlen(6) + _varlen(1_700_000_000_000_009)
ORIGINAL = _varlen(7) + _varlen(1_600_000_000_000_001)


def test_tagged_gtids() -> None:
    gtid = _one(EventType.GTID_TAGGED, _tagged(FLAGS, UUID, GNO, TAG, _varlen(4) + _varlen(0), IMMEDIATE, ORIGINAL))
    assert isinstance(gtid, MysqlGtid)
    assert str(gtid) == f"{SID}:mytag:77"
    assert (gtid.original_commit_us, gtid.immediate_commit_us) == (1_600_000_000_000_001, 1_700_000_000_000_009)


def test_a_tagged_gtid_made_here_has_one_commit_time_and_maybe_no_tag() -> None:
    gtid = _one(EventType.GTID_TAGGED, _tagged(FLAGS, UUID, GNO, _varlen(3) + _varlen(0), IMMEDIATE))
    assert isinstance(gtid, MysqlGtid)
    assert gtid.tag is None
    assert gtid.original_commit_us == gtid.immediate_commit_us == 1_700_000_000_000_009


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_tagged(UUID, GNO, version=3), "version 3"),
        (_tagged(UUID, GNO, size=50_000), "50000 bytes"),
        (_tagged(UUID), "no UUID or number"),
        (_tagged(GNO), "no UUID or number"),
        (_tagged(_varlen(1) + _varlen(256) * 16, GNO), "no byte"),
        (_tagged(UUID, GNO, _varlen(3) + _varlen(33) + b"a" * 33), "33 characters"),
        (_tagged(UUID, GNO, _varlen(3) + _varlen(2) + b"a-"), "characters that tags don't have"),
    ],
)
def test_damaged_tagged_gtids_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(BinlogError, match=message):
        _one(EventType.GTID_TAGGED, body)


def test_previous_gtids_without_tags() -> None:
    event = _one(EventType.PREVIOUS_GTIDS, u(1, 8) + SID_BYTES + u(2, 8) + u(1, 8) + u(5, 8) + u(9, 8) + u(10, 8))
    assert isinstance(event, PreviousGtids)
    assert event.text == f"{SID}:1-4:9-9"


def test_previous_gtids_with_tags() -> None:
    entry = SID_BYTES + b"\x0amytag" + u(1, 8) + u(1, 8) + u(3, 8)
    event = _one(
        EventType.PREVIOUS_GTIDS,
        bytes.fromhex("0102000000000001") + SID_BYTES + b"\0" + u(1, 8) + u(1, 8) + u(2, 8) + entry,
    )
    assert isinstance(event, PreviousGtids)
    assert event.text == f"{SID}:1-1:mytag:1-2"


@pytest.mark.parametrize(("first", "after"), [(0, 5), (5, 5), (7, 3), (1, 1 << 63)])
def test_intervals_that_are_none_are_refused(first: int, after: int) -> None:
    with pytest.raises(BinlogError, match="no interval"):
        _one(EventType.PREVIOUS_GTIDS, u(1, 8) + SID_BYTES + u(1, 8) + u(first, 8) + u(after, 8))


def test_mariadb_gtids() -> None:
    gtid = _one(EventType.MARIADB_GTID, u(408, 8) + u(3, 4) + b"\x09" + bytes(6))
    assert isinstance(gtid, MariadbGtid)
    assert (gtid.domain, gtid.sequence, gtid.flags, gtid.standalone) == (3, 408, 9, True)
    assert str(gtid) == "3-7-408"


def test_mariadb_gtid_lists() -> None:
    event = _one(
        EventType.MARIADB_GTID_LIST, u(0x10000002, 4) + u(0, 4) + u(1, 4) + u(5, 8) + u(2, 4) + u(1, 4) + u(6, 8)
    )
    assert isinstance(event, GtidList)
    assert event.gtids == ((0, 1, 5), (2, 1, 6))
    with pytest.raises(BinlogError, match="list of 5 GTIDs"):
        _one(EventType.MARIADB_GTID_LIST, u(5, 4))
