"""The judge of the kill test finds what is missing, out of order or made up, and accepts replays."""

from __future__ import annotations

import json

import pytest

from rowtide_dev.topic_reading import Read
from tests.kill.load import Key
from tests.kill.verdict import journal, problems

KEY = Key("accounts", 1)
COMMITTED = {KEY: ["c", "u", "d", "c", "u"]}
TOMBSTONE = (0, "")


def _reads(*changes: tuple[int, str]) -> list[Read]:
    found = []
    for offset, (version, op) in enumerate(changes):
        images = {"before": {"version": version - 1}, "after": None} if op == "d" else {"after": {"version": version}}
        value = None if (version, op) == TOMBSTONE else json.dumps({"payload": {"op": op, **images}}).encode()
        found.append(Read("t", 0, offset, json.dumps({"payload": {"id": 1}}).encode(), value, ()))
    return found


def _problems(*changes: tuple[int, str], replays_max: int = 3) -> list[str]:
    return list(problems(COMMITTED, {"accounts": _reads(*changes)}, replays_max))


ALL = ((1, "c"), (2, "u"), (3, "d"), TOMBSTONE, (4, "c"), (5, "u"))


def test_all_versions_in_order_are_right() -> None:
    assert _problems(*ALL) == []


def test_a_replay_from_an_earlier_version_is_right() -> None:
    assert _problems(*ALL[:4], *ALL[1:]) == []
    assert _problems(*ALL, ALL[-1]) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ((), "topic ends with 0"),
        (ALL[:-1], "topic ends with 4"),
        (ALL[1:], "version 2 follows 0"),
        ((ALL[0], *ALL[2:]), "version 3 follows 1"),
        ((ALL[1], ALL[0], *ALL[2:]), "version 2 follows 0"),
        ((*ALL, ALL[3], ALL[4]), "last record is version 4, after version 5"),
        ((*ALL[:2], (3, "u"), *ALL[4:]), "u of version 3, which was never committed"),
        ((*ALL, (6, "u")), "u of version 6, which was never committed"),
        ((*ALL, TOMBSTONE), "not deleted, but with a tombstone"),
        (ALL * 5, "went back 4 times"),
    ],
)
def test_what_is_wrong_is_found(changes: tuple[tuple[int, str], ...], what: str) -> None:
    found = _problems(*changes)
    assert any(what in line for line in found), found


def test_a_deleted_row_needs_its_tombstone_and_a_key_must_have_been_committed() -> None:
    deleted = {KEY: ["c", "d"]}
    assert list(problems(deleted, {"accounts": _reads((1, "c"), (2, "d"), TOMBSTONE)}, 0)) == []
    assert any("without a tombstone" in line for line in problems(deleted, {"accounts": _reads((1, "c"), (2, "d"))}, 0))
    assert any("never committed" in line for line in problems({}, {"accounts": _reads((1, "c"))}, 0))


def test_a_journal_with_a_gap_is_no_truth() -> None:
    assert journal([("accounts", 1, 1, "c"), ("accounts", 1, 2, "u")]) == {KEY: ["c", "u"]}
    with pytest.raises(AssertionError, match="the load itself is wrong"):
        journal([("accounts", 1, 1, "c"), ("accounts", 1, 3, "u")])
