"""Choice of the engine, files as dumps, the commands of a dump, character sets."""

from __future__ import annotations

import codecs

import pytest

from rowtide import native
from rowtide.binlog import dump_commands
from rowtide.binlog.engine import select_engine
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Stop, Xid
from rowtide.binlog.files import packets_of_file
from rowtide.binlog.gtid import MysqlGtidSet
from rowtide.binlog.native import NativeDecoder
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.errors import BinlogError, ConfigError
from rowtide.mysql import charsets
from tests.unit.binlog.wire import Stream, drain, event_bytes, u


@pytest.mark.parametrize("value", ["reference", " Reference "])
def test_the_reference_engine_is_there(value: str) -> None:
    name, make = select_engine({"ROWTIDE_ENGINE": value})
    assert name == "reference"
    assert isinstance(make(), ReferenceDecoder)


@pytest.mark.parametrize("value", [None, "", "auto", "native"])
def test_the_native_engine_is_taken_where_it_is(value: str | None) -> None:
    name, make = select_engine({} if value is None else {"ROWTIDE_ENGINE": value})
    assert name == "native"
    assert isinstance(make(), NativeDecoder)


@pytest.mark.parametrize("value", ["native", "rust"])
def test_an_engine_that_is_not_there_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "extension", lambda: None)
    with pytest.raises(ConfigError, match=f"ROWTIDE_ENGINE={value}"):
        select_engine({"ROWTIDE_ENGINE": value})


def _file(*events: bytes) -> bytes:
    return b"\xfebin" + Stream().begin().data[5:] + b"".join(events)


def test_a_file_is_read_like_a_dump() -> None:
    content = _file(*(event_bytes(EventType.XID, u(i, 8), 0) for i in range(300)), event_bytes(EventType.STOP, b"", 0))
    decoder = ReferenceDecoder()
    events = [event for packet in packets_of_file(content) for event in drain(decoder, packet)]
    assert [event.xid for event in events if isinstance(event, Xid)] == list(range(300))
    assert isinstance(events[-1], Stop)


def test_a_file_with_an_event_of_several_frames() -> None:
    content = _file(event_bytes(EventType.MARIADB_ANNOTATE_ROWS, b"x" * 17_000_000, 0))
    decoder = ReferenceDecoder()
    events = [event for packet in packets_of_file(content) for event in drain(decoder, packet)]
    assert events[-1].header.length == 17_000_023


@pytest.mark.parametrize(
    ("content", "message", "position"),
    [
        (b"", "begins with 0x,", 0),
        (b"text", "begins with 0x74657874", 0),
        (b"\xfdbin" + bytes(100), "encrypted", 0),
        (
            _file(event_bytes(EventType.XID, bytes(8), 0)[:-3]),
            "ends within the event at 127, after 28 of 31 bytes",
            127,
        ),
        (_file(event_bytes(EventType.MARIADB_START_ENCRYPTION, bytes(17), 0)), "encrypt_binlog", 127),
        (_file(b"\0" * 5), "ends within the event at 127", 127),
        (_file(b"\0" * 50), "event at 127 says that it has 0 bytes", 127),
    ],
)
def test_damaged_files_say_what_is_wrong_where(content: bytes, message: str, position: int) -> None:
    with pytest.raises(BinlogError, match=message) as raised:
        list(packets_of_file(content))
    assert raised.value.position == position


def test_the_commands_of_a_dump() -> None:
    assert dump_commands.dump(5, "binlog.000001", 300, 2).hex() == "2c010000020005000000" + b"binlog.000001".hex()
    assert dump_commands.dump(5, "b", 0, 0)[:4] == u(4, 4)
    assert dump_commands.register_replica(5) == u(5, 4) + bytes(3 + 2 + 4 + 4)
    gtids = MysqlGtidSet.parse("8c7afbb6-e6b5-11f1-879b-02fc00000001:1-7")
    command = dump_commands.dump_gtid(5, gtids)
    assert command == bytes(2) + u(5, 4) + u(0, 4) + u(4, 8) + u(48, 4) + gtids.encode()


def test_a_position_beyond_four_gigabytes_cannot_be_asked_for() -> None:
    with pytest.raises(BinlogError, match="beyond 4 GiB"):
        dump_commands.dump(5, "binlog.000001", 1 << 32, 0)


@pytest.mark.parametrize(
    ("collation", "charset"),
    [
        (8, "latin1"),
        (33, "utf8mb3"),
        (45, "utf8mb4"),
        (63, "binary"),
        (255, "utf8mb4"),
        (323, "utf8mb4"),
        (1069, "utf8mb4"),
        (1032, "latin1"),
        (2048, "utf8mb3"),
        (2304, "utf8mb4"),
        (2560, "ucs2"),
        (3072, "utf32"),
        (3328, None),
        (9, "latin2"),
        (100, None),
        (0, None),
    ],
)
def test_character_sets_of_collations(collation: int, charset: str | None) -> None:
    assert charsets.charset_of_number(collation) == charset


def test_every_character_set_has_a_codec() -> None:
    for collation in range(4096):
        codecs.lookup(charsets.codec_of_number(collation))
    assert charsets.codec_of_number(None) == "utf-8"
