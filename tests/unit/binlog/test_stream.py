"""Headers, positions, checksums, and the events about the stream itself."""

from __future__ import annotations

import logging

import pytest

from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import FormatDescription, Heartbeat, Ignored, Incident, Rotate, Stop, Xid
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.errors import AccessError, BinlogError
from tests.unit.binlog.wire import MYSQL_LENGTHS, SERVER_ID, Stream, chunks, decode, event_bytes, frame, u

XID = u(99, 8)


def test_a_header_tells_time_server_place_and_flags() -> None:
    *_, xid = decode(Stream().begin().event(EventType.XID, XID, flags=8).data)
    assert isinstance(xid, Xid)
    assert xid.xid == 99
    assert (xid.header.timestamp, xid.header.server_id, xid.header.flags) == (1_700_000_000, SERVER_ID, 8)
    assert xid.header.length == 19 + 8 + 4
    assert xid.header.next_position == xid.position + xid.header.length


@pytest.mark.parametrize("size", [1, 7, 100])
def test_events_are_the_same_however_the_bytes_are_cut(size: int) -> None:
    data = Stream().begin().event(EventType.XID, XID).event(EventType.STOP, b"").data
    decoder = ReferenceDecoder()
    pieces = [event for piece in chunks(data, size) for event in decoder.feed(piece)]
    assert pieces == decode(data)
    assert [type(event) for event in pieces] == [FormatDescription, Xid, Stop]


@pytest.mark.parametrize("checksum", [True, False])
def test_a_description_says_whether_checksums_follow(checksum: bool) -> None:
    description, xid = decode(Stream(checksum=checksum).begin().event(EventType.XID, XID).data)
    assert isinstance(description, FormatDescription)
    assert description.checksum == checksum
    assert description.server_version == "8.0.34"
    assert description.post_header_lengths == MYSQL_LENGTHS
    assert not description.mariadb
    assert isinstance(xid, Xid)


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("5.1.73-log", False),
        ("5.5.9", False),
        ("5.6.0", False),
        ("5.6.1-log", True),
        ("9.7.4", True),
        ("5.3.1-MariaDB", True),
        ("5.2.9-MariaDB", False),
        ("5.5.5-10.11.6-MariaDB-log", True),
        ("11.8.2-MariaDB", True),
    ],
)
def test_old_servers_have_no_checksum_algorithm_in_their_description(version: str, known: bool) -> None:
    tail = b"\1" if known else b""
    body = u(4, 2) + version.encode().ljust(50, b"\0") + u(0, 4) + b"\x13" + MYSQL_LENGTHS + tail
    stream = Stream(checksum=known).event(EventType.FORMAT_DESCRIPTION, body)
    description, xid = decode(stream.event(EventType.XID, XID).data)
    assert isinstance(description, FormatDescription)
    assert description.checksum == known
    assert description.post_header_lengths == MYSQL_LENGTHS
    assert description.mariadb == ("MariaDB" in version)
    assert isinstance(xid, Xid)


def test_the_description_of_a_file_being_written_is_checked_without_its_in_use_flag() -> None:
    event = bytearray(Stream().begin().data[5:])
    event[17] |= 1
    (description,) = decode(frame(b"\0" + bytes(event)))
    assert isinstance(description, FormatDescription)
    event[30] ^= 1
    with pytest.raises(BinlogError, match="checksum of the format description"):
        decode(frame(b"\0" + bytes(event)))


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [(19, 3, "Binlog version 3"), (75, 20, "headers of 20 bytes"), (-5, 2, "algorithm 2")],
)
def test_descriptions_that_are_not_supported_say_why(offset: int, value: int, message: str) -> None:
    event = bytearray(Stream().begin().data[5:])
    event[offset] = value
    with pytest.raises(BinlogError, match=message):
        decode(frame(b"\0" + bytes(event)))


def test_a_wrong_checksum_is_told_with_both_values_and_the_position_before() -> None:
    stream = Stream().begin()
    before = stream.position
    event = bytearray(event_bytes(EventType.XID, XID, before + 31))
    event[20] ^= 0x40
    with pytest.raises(
        BinlogError, match=r"checksum of an event of type 16 is 0x[0-9a-f]{8}, its bytes give"
    ) as raised:
        decode(stream.raw(bytes(event)).data)
    assert raised.value.offset == 27
    assert raised.value.position == before


def test_an_event_of_another_length_than_it_says_is_refused() -> None:
    event = event_bytes(EventType.XID, XID, 100)
    with pytest.raises(BinlogError, match="31 bytes, but 30 came"):
        decode(Stream().begin().raw(event[:-1]).data)


def test_an_event_shorter_than_its_header_is_refused() -> None:
    with pytest.raises(BinlogError, match="shorter than its header"):
        decode(frame(b"\0" + bytes(18)))


def test_an_event_without_room_for_its_checksum_is_refused() -> None:
    with pytest.raises(BinlogError, match="no room for its checksum"):
        decode(Stream().begin().raw(event_bytes(EventType.STOP, b"ab", 200, checksum=False)).data)


def test_missing_positions_follow_from_the_events_before() -> None:
    stream = Stream(version="11.4.5-MariaDB").begin().event(EventType.MARIADB_GTID, bytes(19))
    start = stream.position
    stream.event(EventType.MARIADB_ANNOTATE_ROWS, b"one", next_position=0)
    stream.event(EventType.XID, XID, next_position=0).event(EventType.STOP, b"")
    _, _, annotate, xid, stop = decode(stream.data)
    assert (annotate.position, annotate.header.next_position) == (start, start + 26)
    assert (xid.position, xid.header.next_position) == (start + 26, start + 57)
    assert (stop.position, stop.header.next_position) == (start + 57, start + 80)


def test_artificial_events_keep_position_zero_and_move_nothing() -> None:
    rotate = event_bytes(EventType.ROTATE, u(1000, 8) + b"binlog.000007", 0, 0x20)
    stream = Stream(position=1000)
    stream.raw(rotate)
    description = Stream().begin().data[5:]
    repeated = event_bytes(EventType.FORMAT_DESCRIPTION, description[19:-4], 0)
    stream.raw(repeated)
    stream.event(EventType.MARIADB_ANNOTATE_ROWS, b"x", next_position=0)
    first, second, annotate = decode(stream.data)
    assert isinstance(first, Rotate)
    assert (first.file, first.next_pos) == ("binlog.000007", 1000)
    assert first.header.artificial
    assert (first.position, second.position) == (0, 0)
    assert annotate.position == 1000


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize("described", [True, False])
def test_an_artificial_rotate_comes_with_or_without_checksum(checksum: bool, described: bool) -> None:
    stream = Stream().begin() if described else Stream()
    stream.raw(event_bytes(EventType.ROTATE, u(4, 8) + b"mysql-bin.000001", 0, 0x20, checksum=checksum))
    rotate = decode(stream.data)[-1]
    assert isinstance(rotate, Rotate)
    assert rotate.file == "mysql-bin.000001"


def test_a_rotate_at_the_end_of_a_file_has_a_checked_sum() -> None:
    stream = Stream().begin()
    good = event_bytes(EventType.ROTATE, u(4, 8) + b"next.000002", stream.position + 42)
    rotate = decode(stream.data + frame(b"\0" + good, stream.sequence))[-1]
    assert isinstance(rotate, Rotate)
    assert (rotate.file, rotate.position) == ("next.000002", stream.position)
    with pytest.raises(BinlogError, match="checksum"):
        decode(stream.raw(good[:-1] + b"\0").data)


@pytest.mark.parametrize("name", [b"", b"bin\x00log", b"\xff\xfe"])
def test_a_damaged_file_name_is_refused(name: bytes) -> None:
    with pytest.raises(BinlogError, match="not printable"):
        decode(frame(b"\0" + event_bytes(EventType.ROTATE, u(4, 8) + name, 0, 0x20, checksum=False)))


def test_a_rotate_after_a_file_continues_at_the_new_position() -> None:
    stream = Stream().begin()
    stream.event(EventType.ROTATE, u(77, 8) + b"next.000002")
    stream.event(EventType.MARIADB_ANNOTATE_ROWS, b"x", next_position=0)
    assert decode(stream.data)[-1].position == 77


def test_heartbeats_tell_file_and_position() -> None:
    stream = Stream().begin()
    stream.raw(event_bytes(EventType.HEARTBEAT, b"binlog.000003", 4711))
    fields = b"\x01\x0dbinlog.000003" + b"\x02\x09\xfe" + u(5 << 32, 8) + b"\x00\x00"
    stream.raw(event_bytes(EventType.HEARTBEAT_V2, fields, 0))
    _, first, second = decode(stream.data)
    assert isinstance(first, Heartbeat)
    assert (first.file, first.pos) == ("binlog.000003", 4711)
    assert isinstance(second, Heartbeat)
    assert (second.file, second.pos) == ("binlog.000003", 5 << 32)


def test_incident_and_stop() -> None:
    _, incident, bare, stop = decode(
        Stream()
        .begin()
        .event(EventType.INCIDENT, u(1, 2) + b"\x05LOST!")
        .event(EventType.INCIDENT, u(1, 2))
        .event(EventType.STOP, b"")
        .data
    )
    assert isinstance(incident, Incident)
    assert (incident.number, incident.message) == (1, "LOST!")
    assert isinstance(bare, Incident)
    assert bare.message == ""
    assert isinstance(stop, Stop)


def test_other_events_are_ignored_with_their_type(caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream().begin().event(EventType.INTVAR, bytes(9)).event(222, b"?", flags=0x80)
    with caplog.at_level(logging.WARNING):
        _, intvar, ignorable = decode(stream.data)
    assert isinstance(intvar, Ignored)
    assert isinstance(ignorable, Ignored)
    assert (intvar.type, ignorable.type) == (EventType.INTVAR, 222)
    assert not caplog.records


def test_an_unknown_type_that_may_matter_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream().begin().event(222, b"?").event(222, b"?")
    with caplog.at_level(logging.WARNING):
        assert [type(event) for event in decode(stream.data)[1:]] == [Ignored, Ignored]
    assert [record.getMessage() for record in caplog.records] == ["event type 222 is not known, its events are ignored"]


def test_an_end_of_file_packet_ends_the_stream() -> None:
    decoder = ReferenceDecoder()
    stream = Stream().begin()
    events = decoder.feed(stream.data + frame(b"\xfe\0\0\2\0", stream.sequence))
    assert len(events) == 1
    assert decoder.ended
    assert not decoder.pending


def test_events_before_an_error_are_given_before_it_is_raised_and_it_stays() -> None:
    stream = Stream().begin()
    decoder = ReferenceDecoder()
    events = decoder.feed(stream.data + frame(b"\xff" + u(1227, 2) + b"#42000Access denied", stream.sequence))
    assert len(events) == 1
    assert decoder.pending
    for _ in range(2):
        with pytest.raises(AccessError, match="Access denied"):
            decoder.feed(b"")


@pytest.mark.parametrize("packet", [b"", b"\x01abc", b"\xfe123456789"])
def test_a_packet_that_is_no_event_is_refused(packet: bytes) -> None:
    with pytest.raises(BinlogError, match="no event"):
        decode(frame(packet))
