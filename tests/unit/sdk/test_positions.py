"""Positions sort as the log does, and go on sorting after a failover."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide_sdk.gtid import Gtid, GtidSet
from rowtide_sdk.position import Position, PositionTracker
from rowtide_sdk.source import Source

UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
OTHER = "aaaaaaaa-71ca-11e1-9e33-c80aa9429562"
PARTITION = ("shop.shop.orders", 0)

positions = st.builds(
    Position, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)
)


def source(file: str, pos: int, row: int = 0, gtid: str | None = None, snapshot: str = "false") -> Source:
    return Source(file=file, pos=pos, row=row, gtid=gtid, snapshot=snapshot)


@given(positions, positions)
def test_bytes_sort_as_positions_do(one: Position, other: Position) -> None:
    assert (one.to_bytes() < other.to_bytes()) == (one < other)
    assert Position.from_bytes(one.to_bytes()) == one


def test_bytes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="20 bytes, not 3"):
        Position.from_bytes(b"abc")


def test_changes_stand_in_the_order_of_the_log() -> None:
    places = [
        source("bin.000009", 400, snapshot="true"),
        source("bin.000009", 400, 0),
        source("bin.000009", 400, 1),
        source("bin.000009", 1200, 0),
        source("bin.000010", 4, 0),
        source("bin.1000000", 4, 0),
    ]
    found = [Position.of(place) for place in places]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_a_change_without_a_file_has_no_position() -> None:
    with pytest.raises(ValueError, match="no file and pos"):
        Position.of(Source(db="a", table="b"))


def test_what_is_repeated_keeps_its_position() -> None:
    tracker = PositionTracker()
    first = [source("bin.000001", 100 * n, gtid=f"0-1-{n}") for n in range(1, 6)]
    before = [tracker.position(PARTITION, place) for place in first]
    assert [tracker.position(PARTITION, place) for place in first[2:]] == before[2:]
    assert tracker.position(PARTITION, source("bin.000001", 600, gtid="0-1-6")) > before[-1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (source("bin.000009", 100, gtid="0-1-9"), source("bin.000001", 100, gtid="0-2-10")),
        (source("bin.000009", 100, gtid=f"{UUID}:9"), source("bin.000001", 100, gtid=f"{OTHER}:1")),
        (source("bin.000009", 100, gtid=f"{UUID}:9"), source("bin.000001", 100, gtid=f"{UUID}:blue:1")),
        (source("old-bin.000009", 100), source("new-bin.000001", 100)),
        (source("bin.000009", 100), source("bin.000001", 100, snapshot="first")),
    ],
)
def test_changes_of_another_server_come_later(old: Source, new: Source) -> None:
    tracker = PositionTracker()
    before = tracker.position(PARTITION, old)
    after = tracker.position(PARTITION, new)
    assert after > before
    assert after.epoch == 1


def test_an_epoch_can_be_begun_by_hand() -> None:
    tracker = PositionTracker()
    before = tracker.position(PARTITION, source("bin.000009", 100))
    tracker.new_epoch()
    assert tracker.position(PARTITION, source("bin.000001", 100)) > before
    assert tracker.position(("other", 1), source("bin.000001", 4)).epoch == 1


def test_a_tracker_goes_on_from_what_another_knew() -> None:
    first = PositionTracker()
    before = first.position(PARTITION, source("bin.000009", 100, gtid="0-1-9"))
    second = PositionTracker(first.places)
    assert second.position(PARTITION, source("bin.000001", 4, gtid="0-1-9")) < before
    assert second.position(PARTITION, source("bin.000001", 100, gtid="0-1-10")) > before


@pytest.mark.parametrize(
    "text",
    [
        f"{UUID}:1-5",
        f"{UUID}:1-5:7:9-11",
        f"{UUID}:1-5,{OTHER}:3",
        f"{UUID}:1,{UUID}:blue:1-4:6",
        "0-1-15,3-2-9",
    ],
)
def test_gtid_sets_print_what_they_read(text: str) -> None:
    assert str(GtidSet.parse(text)) == text
    assert GtidSet.parse(str(GtidSet.parse(text))) == GtidSet.parse(text)


def test_sets_over_several_lines_and_with_tags_after_numbers_are_read() -> None:
    parsed = GtidSet.parse(f"{UUID.upper()}:1-3:blue:5 ,\n{OTHER}:2")
    assert str(parsed) == f"{UUID}:1-3,{UUID}:blue:5,{OTHER}:2"


@pytest.mark.parametrize("text", ["x", "1-2", UUID, f"{UUID}:a b", "x:1-2", f"{UUID}:1-2-3"])
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="GTID set"):
        GtidSet.parse(text)


def test_a_domain_stands_for_all_before() -> None:
    known = GtidSet.parse("0-1-15")
    assert Gtid.parse("0-7-15") in known
    assert Gtid.parse("0-7-16") not in known
    assert Gtid.parse("1-7-1") not in known


@given(st.lists(st.integers(1, 40)), st.lists(st.integers(1, 40)))
def test_sets_hold_what_was_added(one: list[int], other: list[int]) -> None:
    sets = [GtidSet(Gtid(UUID, number) for number in numbers) for numbers in (one, other)]
    for numbers, known in zip((one, other), sets, strict=True):
        assert [n for n in range(1, 42) if Gtid(UUID, n) in known] == sorted(set(numbers))
    assert (sets[0] <= sets[1]) == (set(one) <= set(other))
    shuffled = random.Random(1).sample(one, len(one))
    assert GtidSet(Gtid(UUID, number) for number in shuffled) == sets[0]
