"""Our incremental assignor beside Kafka's own: the same inputs give the same assignments, over whole histories."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from rowtide.runtime.membership.incremental import IncrementalAssignor, Round
from rowtide.runtime.membership.work import NOTHING, Work, union
from tests.cluster.java_assignor import JavaAssignor

HISTORIES = 300
ROUNDS = 25


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaAssignor]:
    assignor = JavaAssignor(tmp_path_factory.mktemp("assignor") / "log")
    yield assignor
    assignor.close()


class Both:
    """A group whose leader asks both assignors. Members do what they are told."""

    def __init__(self, java: JavaAssignor, max_delay_ms: int) -> None:
        self.now_ms = 1_000_000
        self.owned: dict[str, Work] = {}
        self.generation = 0
        self._last = -1
        self._java = java
        self._ours = IncrementalAssignor(max_delay_ms, lambda: self.now_ms)
        java.begin(max_delay_ms)

    def round(self, tasks: dict[str, int], members: list[str], *, delivered: bool = True) -> Round:
        """Fails when the two differ."""
        owned = {member: self.owned.get(member, NOTHING) for member in members}
        configured = Work.of(tasks, [(name, index) for name, count in tasks.items() for index in range(count)])
        self.generation += 1
        ours = self._ours.assign(configured, owned, self._last, self.generation)
        theirs = self._java.assign(self.now_ms, tasks, owned, self._last, self.generation)
        assert _plain(ours, members) == _plain(theirs, members), (tasks, owned)
        self.owned = owned
        if delivered:
            self._last = self.generation
            self.owned = {m: (owned[m] - theirs.revoked[m]) | theirs.new[m] for m in members}
        return theirs


def _plain(dealt: Round, members: list[str]) -> dict[str, object]:
    """What has to agree: everything but which of several equal items goes to whom, which Java leaves to hash sets."""
    counts = {
        member: tuple(
            len(part) for work in (dealt.new[member], dealt.revoked[member]) for part in (work.connectors, work.tasks)
        )
        for member in members
    }
    return {
        "delay": dealt.delay_ms,
        "new": union(dealt.new.values()),
        "revoked": dealt.revoked,
        "counts": counts,
    }


def test_the_reference_trace_is_javas(java: JavaAssignor) -> None:
    group = Both(java, 300_000)
    config = {"c1": 4, "c2": 2}
    group.round(config, ["w1"])
    for _ in range(2):
        group.round(config, ["w1", "w2"])
    for _ in range(2):
        group.round(config, ["w1", "w2", "w3"])
    assert group.round(config, ["w1", "w3"]).delay_ms == 300_000
    group.now_ms += 60_000
    assert group.round(config, ["w1", "w2b", "w3"]).delay_ms == 240_000
    group.now_ms += 240_000
    dealt = group.round(config, ["w1", "w2b", "w3"])
    assert dealt.new["w2b"] == Work.of(["c1"], [("c1", 1), ("c1", 2)])
    group.round(config, ["w1", "w2b", "w3"])
    group.round({**config, "c3": 1}, ["w1", "w2b", "w3"])
    for _ in range(2):
        group.round({"c2": 2, "c3": 1}, ["w1", "w2b", "w3"])


@pytest.mark.parametrize("max_delay_ms", [0, 300_000])
def test_random_histories(java: JavaAssignor, max_delay_ms: int) -> None:
    for seed in range(HISTORIES // 2):
        try:
            _run_history(Both(java, max_delay_ms), random.Random(seed))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from None


def _run_history(group: Both, chooser: random.Random) -> None:
    """Members come, leave and return under new ids, as brokers give them; connectors change; answers get lost; members
    keep what was revoked or have lost what they had."""
    tasks = {f"c{i}": chooser.randrange(6) for i in range(chooser.randrange(1, 6))}
    members = ["w0"]
    for number in range(1, ROUNDS):
        event = chooser.randrange(10)
        if event <= 1:
            members = [*members, f"w{number}"]
        elif event == 2 and len(members) > 1:
            members = [member for member in members if member != chooser.choice(members)] or members
        elif event == 3:
            tasks = {**tasks, f"c{chooser.randrange(8)}": chooser.randrange(6)}
        elif event == 4 and len(tasks) > 1:
            tasks = {name: count for name, count in tasks.items() if name != chooser.choice(sorted(tasks))}
        elif event == 5:
            # Expelled and back: under a new id, with or without its work.
            gone = chooser.choice(members)
            members = [f"{member}." if member == gone else member for member in members]
            if chooser.random() < 0.5 and gone in group.owned:
                group.owned[f"{gone}."] = group.owned[gone]
        elif event == 6 and len(members) > 1:
            # Two run the same.
            one, other = chooser.sample(members, 2)
            group.owned[one] = group.owned.get(one, NOTHING) | group.owned.get(other, NOTHING)
        group.now_ms += chooser.choice([0, 1, 50, 60_000, 300_000])
        group.round(tasks, members, delivered=chooser.random() > 0.1)
