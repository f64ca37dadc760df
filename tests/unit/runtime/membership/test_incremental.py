"""The incremental assignor against a trace of Kafka's own, and its promises on random histories."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide.runtime.membership.incremental import IncrementalAssignor
from rowtide.runtime.membership.work import NOTHING, Work, union


def work(*names: str) -> Work:
    """Connectors as `c1`, tasks as `c1-0`."""
    tasks = [(name.partition("-")[0], int(name.partition("-")[2])) for name in names if "-" in name]
    return Work.of((name for name in names if "-" not in name), tasks)


def configured(**tasks: int) -> Work:
    return Work.of(tasks, [(name, index) for name, count in tasks.items() for index in range(count)])


class Group:
    """Members that do what they are told, under one leader."""

    def __init__(self, max_delay_ms: int = 300_000) -> None:
        self.now_ms = 1_000_000
        self.assignor = IncrementalAssignor(max_delay_ms, lambda: self.now_ms)
        self.generation = 0
        self.owned: dict[str, Work] = {}
        self.delay_ms = 0

    def rebalance(self, config: Work, members: Iterable[str], *, delivered: bool = True) -> dict[str, str]:
        """One round; answers the changes as +new -revoked. A member lives where its name without primes says."""
        owned = {member: self.owned.get(member, NOTHING) for member in members}
        homes = {member: member.rstrip("'") for member in owned}
        result = self.assignor.assign(config, owned, self.generation or -1, self.generation + 1, homes)
        if not delivered:
            return {}
        self.generation += 1
        self.delay_ms = result.delay_ms
        self.owned = {member: (owned[member] - result.revoked[member]) | result.new[member] for member in owned}
        changes = {
            member: f"{_text('+', result.new[member])} {_text('-', result.revoked[member])}".strip() for member in owned
        }
        return {member: change for member, change in changes.items() if change}


def _text(sign: str, part: Work) -> str:
    return " ".join(
        [*(f"{sign}{name}" for name in sorted(part.connectors)), *(f"{sign}{n}-{i}" for n, i in sorted(part.tasks))]
    )


def test_a_member_that_comes_back_under_a_new_id_at_its_old_address_gets_its_work_at_once() -> None:
    group = Group()
    config = configured(c1=1)
    group.rebalance(config, ["w1"])
    assert group.rebalance(config, ["w1'"]) == {"w1'": "+c1 +c1-0"}
    assert group.delay_ms == 0


def test_a_member_that_comes_back_while_it_is_waited_for_ends_the_waiting() -> None:
    group = Group()
    config = configured(c1=1, c2=1)
    group.rebalance(config, ["w1", "w2"])
    lost = group.owned["w2"]
    group.now_ms += 5_000
    assert group.rebalance(config, ["w1"]) == {}
    assert group.delay_ms == 300_000
    group.now_ms += 5_000
    group.rebalance(config, ["w1", "w2'"])
    assert group.delay_ms == 0
    assert union(group.owned.values()) == config
    assert group.owned["w2'"] == lost


def test_the_reference_trace() -> None:
    group = Group()
    config = configured(c1=4, c2=2)
    assert group.rebalance(config, ["w1"]) == {"w1": "+c1 +c2 +c1-0 +c1-1 +c1-2 +c1-3 +c2-0 +c2-1"}
    assert group.rebalance(config, ["w1", "w2"]) == {"w1": "-c1 -c1-0 -c1-1 -c1-2"}
    assert group.rebalance(config, ["w1", "w2"]) == {"w2": "+c1 +c1-0 +c1-1 +c1-2"}
    assert group.rebalance(config, ["w1", "w2", "w3"]) == {"w1": "-c1-3", "w2": "-c1-0"}
    assert group.rebalance(config, ["w1", "w2", "w3"]) == {"w3": "+c1-0 +c1-3"}
    assert group.rebalance(config, ["w1", "w3"]) == {}
    assert group.delay_ms == 300_000
    group.now_ms += 60_000
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {}
    assert group.delay_ms == 240_000
    group.now_ms += 240_000
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {"w2b": "+c1 +c1-1 +c1-2"}
    assert group.delay_ms == 0
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {}
    config = configured(c1=4, c2=2, c3=1)
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {"w1": "+c3-0", "w3": "+c3"}
    config = configured(c2=2, c3=1)
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {
        "w1": "-c2-0 -c2-1",
        "w2b": "-c1 -c1-1 -c1-2",
        "w3": "-c1-0 -c1-3",
    }
    assert group.rebalance(config, ["w1", "w2b", "w3"]) == {"w2b": "+c2-0", "w3": "+c2-1"}


def test_lost_work_without_a_candidate_goes_to_who_has_least() -> None:
    group = Group()
    config = configured(c1=3)
    group.rebalance(config, ["w1", "w2"])
    lost = group.owned["w2"]
    assert lost
    group.rebalance(config, ["w1"])
    group.now_ms += 300_000
    group.rebalance(config, ["w1"])
    assert group.owned["w1"] == config


def test_lost_work_is_dealt_out_at_once_without_a_delay() -> None:
    group = Group(max_delay_ms=0)
    config = configured(c1=3)
    group.rebalance(config, ["w1", "w2"])
    group.rebalance(config, ["w1"])
    assert group.owned["w1"] == config
    assert group.delay_ms == 0


def test_a_worker_that_returns_with_its_work_ends_the_delay() -> None:
    group = Group()
    config = configured(c1=3)
    group.rebalance(config, ["w1", "w2"])
    kept = group.owned["w2"]
    group.rebalance(config, ["w1"])
    assert group.delay_ms == 300_000
    group.owned["w2"] = kept
    assert group.rebalance(config, ["w1", "w2"]) == {}
    assert group.delay_ms == 0


def test_an_assignment_that_never_arrived_is_dealt_out_again() -> None:
    group = Group()
    config = configured(c1=2)
    group.rebalance(config, ["w1", "w2"], delivered=False)
    group.rebalance(config, ["w1", "w2"])
    assert union(group.owned.values()) == config


def test_work_that_two_members_run_is_taken_from_both_and_given_to_one() -> None:
    group = Group()
    config = configured(c1=2)
    group.rebalance(config, ["w1", "w2"])
    group.owned = {"w1": work("c1", "c1-0"), "w2": work("c1-0", "c1-1")}
    assert group.rebalance(config, ["w1", "w2"]) == {"w1": "-c1-0", "w2": "-c1-0"}
    group.rebalance(config, ["w1", "w2"])
    assert union(group.owned.values()) == config
    assert not group.owned["w1"] & group.owned["w2"]


def test_a_revocation_that_was_not_followed_is_repeated() -> None:
    group = Group()
    config = configured(c1=4)
    group.rebalance(config, ["w1"])
    before = group.owned["w1"]
    group.rebalance(config, ["w1", "w2"])
    group.owned["w1"] = before
    group.rebalance(config, ["w1", "w2"])
    assert len(group.owned["w1"].tasks) == 4, "a second revoking round in a row waits"
    assert group.delay_ms == 40
    group.now_ms += 40
    for _ in range(3):
        group.rebalance(config, ["w1", "w2"])
    assert [len(group.owned[member].tasks) for member in ("w1", "w2")] == [2, 2]


steps = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["w1", "w2", "w3", "w4"]), min_size=1),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 5)),
        st.sampled_from([0, 10, 60_000, 300_000]),
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(steps=steps, max_delay_ms=st.sampled_from([0, 300_000]))
def test_after_any_history_a_quiet_group_settles_evenly(steps, max_delay_ms: int) -> None:
    group = Group(max_delay_ms)
    members, config = {"w1"}, NOTHING
    for members, tasks, later in steps:
        config = configured(**tasks)
        group.rebalance(config, members)
        group.now_ms += later
        everything = [*group.owned.values()]
        assert sum(len(part.tasks) for part in everything) == len(union(everything).tasks), "a task runs twice"
    for _ in range(12):
        group.now_ms += 300_000
        group.rebalance(config, members)
    assert group.rebalance(config, members) == {}
    assert union(group.owned.values()) == config
    for sizes in (
        [len(part.connectors) for part in group.owned.values()],
        [len(part.tasks) for part in group.owned.values()],
    ):
        assert max(sizes) - min(sizes) <= 1
