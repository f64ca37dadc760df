"""Events and raw values: real files, cut and damaged ones, and what tests of the reference engine are made of."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide.binlog.event_types import EventType
from rowtide.binlog.files import packets_of_file
from rowtide.errors import BinlogError
from tests.differential.both import outcomes
from tests.unit.binlog.test_damage import DESCRIPTION, EVENTS, TABLE
from tests.unit.binlog.wire import SERVER_ID, Stream, event_bytes, frame, u

GOLDEN = Path(__file__).parents[1] / "golden" / "binlog"
CORPUS = Path(os.environ.get("ROWTIDE_CORPUS", "/nonexistent"))
FILES = sorted([*GOLDEN.glob("*.bin"), *(path for path in CORPUS.glob("*") if path.is_file())])
BYTES_MAX = 300_000
"""Of a file in tests that read it many times."""


def _packets(path: Path) -> list[bytes]:
    packets = []
    try:
        for packet in packets_of_file(path.read_bytes()):
            packets.append(packet)  # noqa: PERF402 - up to an error
    except BinlogError:
        pass  # the file itself is cut; its whole events are compared
    return packets


def test_there_are_files() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_gives_the_same_events(path: Path) -> None:
    reference, native = outcomes(_packets(path))
    assert native == reference


@pytest.mark.parametrize("size", [1, 3, 17, 1000])
@pytest.mark.parametrize("path", [path for path in FILES if path.stat().st_size < BYTES_MAX][:8], ids=lambda p: p.name)
def test_it_does_not_matter_how_the_bytes_are_cut(path: Path, size: int) -> None:
    data = b"".join(_packets(path))[: 20_000 if size < 10 else BYTES_MAX]
    reference, native = outcomes(data[i : i + size] for i in range(0, len(data), size))
    assert native == reference


@pytest.mark.parametrize("path", [path for path in FILES if path.stat().st_size < BYTES_MAX], ids=lambda p: p.name)
def test_damage_is_met_at_the_same_place(path: Path) -> None:
    """Checksums are left out, since they would find most damage before any reader could."""
    rng = random.Random(path.name)
    packets = [_without_checksum(packet) for packet in _packets(path)]
    for _ in range(12 if len(packets) < 500 else 3):
        damaged = list(packets)
        for i in rng.sample(range(len(damaged)), min(len(damaged), rng.randint(1, 4))):
            damaged[i] = _damaged(damaged[i], rng)
        reference, native = outcomes(damaged)
        assert native == reference


def _without_checksum(packet: bytes) -> bytes:
    """A frame whose event is a format description says that no checksums follow; others are left, tail included."""
    if len(packet) > 9 and packet[9] == EventType.FORMAT_DESCRIPTION and len(packet) > 100:
        return packet[:-5] + b"\0" + packet[-4:]
    return packet


def _damaged(packet: bytes, rng: random.Random) -> bytes:
    """One byte behind the header changed; or the end cut off, with lengths that say so."""
    changed = bytearray(packet)
    if len(changed) < 30:
        return packet
    if rng.random() < 0.3:
        del changed[rng.randrange(24, len(changed)) :]
        changed[:3] = u(len(changed) - 4, 3)
        changed[14:18] = u(len(changed) - 5, 4)
        return bytes(changed)
    place = rng.randrange(24, len(changed))
    changed[place] = rng.choice([0, 0xFF, changed[place] ^ 1 << rng.randrange(8), rng.randrange(256)])
    return bytes(changed)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    reference, native = outcomes([data])
    assert native == reference


@settings(max_examples=300)
@given(st.integers(0, 255), st.integers(0, 3), st.binary(max_size=120))
def test_random_bodies(event_type: int, flags: int, body: bytes) -> None:
    event = event_bytes(event_type, body, 500, flags, checksum=False)
    described = frame(b"\0" + DESCRIPTION) + frame(b"\0" + event, 1)
    reference, native = outcomes([described])
    assert native == reference


@settings(max_examples=400)
@given(st.sampled_from(EVENTS), st.data())
def test_damaged_bodies(event: tuple[int, bytes], data: st.DataObject) -> None:
    event_type, body = event
    damaged = bytearray(body)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    stream = Stream(checksum=False)
    stream.raw(DESCRIPTION)
    stream.event(EventType.TABLE_MAP, TABLE)
    stream.event(event_type, bytes(damaged[: cut or None]))
    reference, native = outcomes([stream.data])
    assert native == reference


@pytest.mark.parametrize(
    "packet",
    [
        b"\xff" + u(1236, 2) + b"#HY000could not find next log; the first event",
        b"\xff" + u(1045, 2) + b"no",
        b"\xfe\0\0\0\0",
        b"",
        b"\x07x",
    ],
)
def test_packets_that_are_no_events(packet: bytes) -> None:
    xid = event_bytes(EventType.XID, u(5, 8), 0, checksum=False)
    reference, native = outcomes([frame(b"\0" + DESCRIPTION) + frame(b"\0" + xid, 1) + frame(packet, 2)])
    assert native == reference
    assert str(SERVER_ID) in str(native)
