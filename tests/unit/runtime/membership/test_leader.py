"""The leader's part of a rebalance, and the eager assignor."""

from __future__ import annotations

from rowtide.runtime.membership import eager
from rowtide.runtime.membership.leader import Leader
from rowtide.runtime.membership.protocol import (
    CONFIG_MISMATCH,
    NO_ERROR,
    Metadata,
    WireAssignment,
    decode_assignment,
    encode_metadata,
)
from rowtide.runtime.membership.work import Work
from rowtide.runtime.storage.snapshot import ConfigSnapshot

SNAPSHOT = ConfigSnapshot(
    offset=9, connectors={"a": {}, "b": {}}, task_counts={"a": 1, "b": 2}, inconsistent=frozenset({"b"})
)


def leader(snapshot: ConfigSnapshot = SNAPSHOT) -> Leader:
    return Leader(lambda: snapshot, max_delay_ms=300_000, clock_ms=lambda: 0)


def assign(of: Leader, protocol: str, version: int, **offsets: int) -> dict[str, WireAssignment]:
    members = {
        member: encode_metadata(Metadata(version, f"http://{member}/", offset)) for member, offset in offsets.items()
    }
    assigned = of.assign("m1", protocol, members, -1, 1)
    return {member: decode_assignment(data) for member, data in assigned.items()}


def test_the_leaders_later_offset_holds_for_all() -> None:
    assigned = assign(leader(), "sessioned", 2, m1=3, m2=7)
    assert {wire.config_offset for wire in assigned.values()} == {9}
    assert {wire.leader_url for wire in assigned.values()} == {"http://m1/"}
    assert {wire.leader_id for wire in assigned.values()} == {"m1"}
    assert {wire.version for wire in assigned.values()} == {2}
    assert [wire.error for wire in assigned.values()] == [NO_ERROR, NO_ERROR]


def test_an_inconsistent_connector_has_no_tasks() -> None:
    assigned = assign(leader(), "sessioned", 2, m1=9)
    assert assigned["m1"].assigned == Work.of(["a", "b"], [("a", 0)])


def test_a_leader_that_has_read_less_than_a_member_tells_all_to_catch_up() -> None:
    assigned = assign(leader(), "compatible", 1, m1=9, m2=10)
    assert assigned == {
        member: WireAssignment(2 - 1, CONFIG_MISMATCH, "m1", "http://m1/", 10) for member in ("m1", "m2")
    }


def test_the_leader_knows_who_has_what() -> None:
    of = leader()
    assigned = assign(of, "sessioned", 2, m1=9, m2=9)
    assert of.view.members == {"m1": "http://m1/", "m2": "http://m2/"}
    for member, wire in assigned.items():
        for item in (*wire.assigned.connectors, *wire.assigned.tasks):
            assert of.view.owners[item] == member
    assert set(of.view.owners) == {"a", "b", ("a", 0)}


def test_bytes_that_cannot_be_read_fail_the_round_without_raising() -> None:
    assigned = leader().assign("m1", "sessioned", {"m1": b"\x00", "m2": b""}, -1, 1)
    assert [decode_assignment(data).error for data in assigned.values()] == [CONFIG_MISMATCH, CONFIG_MISMATCH]


def test_a_snapshot_that_fails_fails_the_round_without_raising() -> None:
    def fail() -> ConfigSnapshot:
        raise RuntimeError("no snapshot")

    of = Leader(fail, max_delay_ms=0, clock_ms=lambda: 0)
    assert assign(of, "default", 0, m1=1)["m1"].error == CONFIG_MISMATCH


def test_eager_rounds_deal_connectors_and_then_tasks_in_one_turn() -> None:
    config = Work.of(["a", "b"], [("a", 0), ("a", 1), ("b", 0)])
    assert eager.assign(config, ["m2", "m1"]) == {
        "m1": Work.of(["a"], [("a", 0), ("b", 0)]),
        "m2": Work.of(["b"], [("a", 1)]),
    }
    assert eager.assign(Work.of(["a"], [("a", 0)]), ["m1", "m2"]) == {
        "m1": Work.of(["a"]),
        "m2": Work.of((), [("a", 0)]),
    }


def test_eager_assignments_are_complete_each_time() -> None:
    of = leader()
    for _ in range(2):
        assigned = assign(of, "default", 0, m1=9, m2=9)
        assert assigned["m1"].assigned | assigned["m2"].assigned == Work.of(["a", "b"], [("a", 0)])
