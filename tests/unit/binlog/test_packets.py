"""Frames, packets, and errors that servers send in a dump."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.binlog.packets import PacketReader, dump_error
from rowtide.errors import AccessError, BinlogError, PositionLostError, ServerError, ServerUnavailableError
from tests.unit.binlog.wire import frame


def _packets(reader: PacketReader) -> list[bytes]:
    found = []
    while (packet := reader.next_packet()) is not None:
        found.append(packet)
    return found


@given(st.lists(st.binary(max_size=50), max_size=10), st.integers(1, 20))
def test_packets_come_out_however_the_bytes_are_cut(payloads: list[bytes], size: int) -> None:
    data = b"".join(frame(payload, i) for i, payload in enumerate(payloads))
    reader = PacketReader()
    found = []
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
        found += _packets(reader)
    assert found == payloads
    assert not reader.unfinished


@pytest.mark.parametrize("extra", [0, 1, 5])
def test_a_packet_of_sixteen_megabytes_or_more_is_joined(extra: int) -> None:
    full = b"a" * 0xFFFFFF
    reader = PacketReader()
    reader.feed(frame(full, 3) + frame(b"b" * extra, 4) + frame(b"next", 5))
    assert _packets(reader) == [full + b"b" * extra, b"next"]


def test_a_packet_beyond_the_bound_is_refused() -> None:
    reader = PacketReader(packet_bytes_max=20_000_000)
    reader.feed(frame(b"a" * 0xFFFFFF, 0) + frame(b"a" * 0xFFFFFF, 1))
    with pytest.raises(BinlogError, match="20000000"):
        reader.next_packet()


def test_sequence_numbers_start_anywhere_and_wrap() -> None:
    reader = PacketReader()
    reader.feed(frame(b"x", 255) + frame(b"y", 0))
    assert _packets(reader) == [b"x", b"y"]


def test_a_missing_frame_is_noticed() -> None:
    reader = PacketReader()
    reader.feed(frame(b"x", 1) + frame(b"y", 3))
    assert reader.next_packet() == b"x"
    with pytest.raises(BinlogError, match="number 3 came where 2 was due"):
        reader.next_packet()


def test_an_error_may_begin_counting_anew() -> None:
    reader = PacketReader()
    reader.feed(frame(b"x", 9) + frame(b"\xff\x25\x04gone", 0))
    assert _packets(reader) == [b"x", b"\xff\x25\x04gone"]


def _error(number: int, text: str) -> ServerError:
    return dump_error(b"\xff" + number.to_bytes(2, "little") + b"#HY000" + text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Could not find first log file name in binary log index file",
        "Client requested source to start replication from impossible position; the first event 'b.000001' at 9",
        "Client requested master to start replication from position > file size",
        "Cannot replicate because the source purged required binary logs. Replicate the missing transactions",
        "The slave is connecting using MASTER_AUTO_POSITION = 1, and the master has purged logs",
        "Error: connecting slave requested to start from GTID 0-1-5, which is not in the master's binlog",
        "Replica has more GTIDs than the source has, using the source's SERVER_UUID.",
    ],
)
def test_purged_logs_and_unknown_positions_are_a_lost_position(text: str) -> None:
    error = _error(1236, text)
    assert type(error) is PositionLostError
    assert text in str(error)
    assert not error.retriable


@pytest.mark.parametrize("word", ["slave", "replica"])
def test_a_server_id_clash_names_the_setting(word: str) -> None:
    error = _error(
        1236, f"A {word} with the same server_uuid/server_id as this {word} has connected to the source; ..."
    )
    assert type(error) is ServerError
    assert "database.server.id" in str(error)


def test_a_packet_limit_names_the_server_variable() -> None:
    error = _error(1236, "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source")
    assert type(error) is ServerError
    assert "max_allowed_packet" in error.hint


def test_a_closed_log_names_the_server_option() -> None:
    assert "log_bin" in _error(1236, "Binary log is not open").hint


@pytest.mark.parametrize("number", [1045, 1227])
def test_missing_rights_are_an_access_error(number: int) -> None:
    error = _error(number, "Access denied")
    assert type(error) is AccessError
    assert "REPLICATION SLAVE" in error.hint


@pytest.mark.parametrize("number", [1053, 1158, 1236, 1927, 9999])
def test_other_errors_may_be_retried(number: int) -> None:
    error = _error(number, "something")
    assert type(error) is ServerUnavailableError
    assert error.retriable
    assert f"error {number}" in error.message


def test_an_error_without_state_keeps_its_text() -> None:
    assert "gone away" in dump_error(b"\xff\x25\x04gone away").message
