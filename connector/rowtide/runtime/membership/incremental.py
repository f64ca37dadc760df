"""The incremental cooperative assignor (KIP-415): moves as little as balance allows, and waits for workers that left.

Rules and their order follow connect/runtime IncrementalCooperativeAssignor of Apache Kafka 4.3, so that leadership can
pass between Java's workers and ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import TypeVar

from rowtide.connect.java import hash_map
from rowtide.runtime.membership.work import NOTHING, Task, Work, union

Item = TypeVar("Item", str, Task)

_BACKOFF_BASE = 40  # successive revoking rounds are 40, 1600, ... ms apart


@dataclass(frozen=True, slots=True)
class Round:
    """What one rebalance changes: per member what is new to it and what it gives up; when all rejoin (0 for not)."""

    new: Mapping[str, Work]
    revoked: Mapping[str, Work]
    delay_ms: int


@dataclass(slots=True)
class _Load:
    """A member and what it will own, while a round is computed: what it owns already first, then what it is given."""

    member: str
    connectors: dict[str, None]
    tasks: dict[Task, None]

    @classmethod
    def of(cls, member: str, owned: Work) -> _Load:
        return cls(member, dict.fromkeys(sorted(owned.connectors)), dict.fromkeys(sorted(owned.tasks)))

    @property
    def work(self) -> Work:
        return Work.of(self.connectors, self.tasks)

    def remove(self, work: Work) -> None:
        for connector in work.connectors:
            self.connectors.pop(connector, None)
        for task in work.tasks:
            self.tasks.pop(task, None)


class IncrementalAssignor:
    """Keeps what the leader has to remember between rounds. Not thread-safe; every call takes well under a millisecond
    for the sizes of real groups."""

    def __init__(self, max_delay_ms: int, clock_ms: Callable[[], int]) -> None:
        """`max_delay_ms`: how long what a lost worker ran waits for its return (scheduled.rebalance.max.delay.ms)."""
        self._max_delay_ms = max_delay_ms
        self._clock_ms = clock_ms
        self._previous = NOTHING
        self._previous_revoked = NOTHING
        self._previous_generation = -1
        self._previous_homes: frozenset[str] = frozenset()
        self._awaited_homes: frozenset[str] = frozenset()
        self._candidates: dict[str, None] = {}
        self._scheduled_ms = 0
        self._delay_ms = 0
        self._revoked_in_previous = False
        self._successive_revocations = 0

    def assign(
        self,
        configured: Work,
        members: Mapping[str, Work],
        last_completed_generation: int,
        generation: int,
        homes: Mapping[str, str] | None = None,
    ) -> Round:
        """Computes one round.

        Args:
            members: what each member says it owns.
            homes: each member's REST url. One that comes back under a new id at the old url is not waited for: what it
                ran has ended with its last process or membership. Java's leader waits the whole delay here.
            last_completed_generation: of the last round that reached this leader as a member; when it is not the one
                computed here last, somebody else led in between or the assignment never arrived.
        """
        if self._previous_generation != last_completed_generation:
            self._previous = NOTHING
        active = union(members.values())
        if self._previous_revoked & active:
            self._previous = active
        self._previous_revoked = NOTHING

        deleted = self._previous - configured
        lost = self._previous - active - deleted
        created = configured - self._previous - active
        current = {member: owned - deleted for member, owned in members.items()}
        dropped = deleted | _duplicated(members.values())
        revoked = {member: owned & dropped for member, owned in members.items()}
        loads = [_Load.of(member, members[member] - dropped) for member in sorted(members)]
        here = frozenset((homes or {}).get(member, member) for member in members)
        reassigned = self._settle_lost(lost, loads, here)
        for member, work in self._balance(configured, loads).items():
            revoked[member] |= work
        _deal(loads, created | reassigned)

        all_next, all_revoked = union(load.work for load in loads), union(revoked.values())
        self._previous = (all_next - all_revoked) | lost
        self._previous_revoked = all_revoked
        self._previous_generation = generation
        self._previous_homes = here
        new = {load.member: load.work - current[load.member] for load in loads}
        return Round(new, revoked, self._delay_ms)

    def _settle_lost(self, lost: Work, loads: list[_Load], here: frozenset[str]) -> Work:
        """Decides about work whose owner is gone; answers what of it is dealt out now like new work."""
        if not lost and not self._revoked_in_previous:
            self._reset_delay()
            return NOTHING
        now = self._clock_ms()
        nobody_left = self._scheduled_ms <= 0 and self._previous_homes <= here
        if nobody_left or self._max_delay_ms == 0:
            return lost
        if self._awaited_homes and self._awaited_homes <= here:
            self._reset_delay()
            return lost
        if self._scheduled_ms > 0 and now >= self._scheduled_ms:
            by_member = {load.member: load for load in loads}
            candidates = [by_member[member] for member in self._candidates if member in by_member]
            self._reset_delay()
            self._revoked_in_previous = False
            if not candidates:
                return lost
            _deal_in_turn(candidates, lost)
            return NOTHING
        if lost and not self._awaited_homes:
            self._awaited_homes = self._previous_homes
        # Which candidate comes first decides on what is moved next, so Java's order of a set is kept.
        self._candidates |= hash_map({load.member: None for load in loads if not load.work})
        remaining = self._scheduled_ms - now if self._scheduled_ms > 0 else self._max_delay_ms
        self._delay_ms = max(0, min(remaining, self._max_delay_ms))
        self._scheduled_ms = now + self._delay_ms
        return NOTHING

    def _reset_delay(self) -> None:
        self._candidates.clear()
        self._awaited_homes = frozenset()
        self._scheduled_ms = 0
        self._delay_ms = 0

    def _balance(self, configured: Work, loads: list[_Load]) -> dict[str, Work]:
        """What overloaded members give up in this round; it is taken from `loads`."""
        if self._delay_ms:
            self._revoked_in_previous = False
            return {}
        surplus = _surplus(configured, loads)
        if not surplus:
            if self._revoked_in_previous:
                self._revoked_in_previous = False
                self._successive_revocations = 0
            return {}
        if self._revoked_in_previous:
            self._successive_revocations += 1
            # Members that come and go make every round revoke something; the pause between such rounds grows.
            self._delay_ms = min(_BACKOFF_BASE**self._successive_revocations, self._max_delay_ms)
            if self._delay_ms:
                self._scheduled_ms = self._clock_ms() + self._delay_ms
                return {}
        self._revoked_in_previous = True
        for load in loads:
            load.remove(surplus.get(load.member, NOTHING))
        return surplus


def _duplicated(owned: Iterable[Work]) -> Work:
    works = list(owned)
    connectors = Counter(connector for work in works for connector in work.connectors)
    tasks = Counter(task for work in works for task in work.tasks)
    return Work.of(
        (connector for connector, owners in connectors.items() if owners > 1),
        (task for task, owners in tasks.items() if owners > 1),
    )


def _surplus(configured: Work, loads: list[_Load]) -> dict[str, Work]:
    """Per member what it owns beyond its even share; connectors and tasks are balanced apart."""
    connectors = _above_share({load.member: load.connectors for load in loads}, len(configured.connectors))
    tasks = _above_share({load.member: load.tasks for load in loads}, len(configured.tasks))
    return {
        member: Work.of(connectors.get(member, ()), tasks.get(member, ())) for member in sorted({*connectors, *tasks})
    }


def _above_share(owned: Mapping[str, dict[Item, None]], total: int) -> dict[str, list[Item]]:
    if total == 0 or not any(owned.values()):
        return {}
    share, extras = divmod(total, len(owned))
    sizes = Counter(len(items) for items in owned.values())
    if sizes[share] + sizes[share + 1] == len(owned) and sizes[share + 1] == extras:
        return {}
    surplus: dict[str, list[Item]] = {}
    for member, items in owned.items():
        if len(items) <= share:
            continue
        keep = share
        if extras > 0:
            extras -= 1
            keep += 1
        if len(items) > keep:
            surplus[member] = list(items)[: len(items) - keep]
    return surplus


def _deal(loads: list[_Load], work: Work) -> None:
    """Gives work to the members with the least, connectors and tasks apart."""
    by_connectors = sorted(loads, key=lambda load: (len(load.connectors), load.member))
    _fill([load.connectors for load in by_connectors], sorted(work.connectors))
    by_tasks = sorted(loads, key=lambda load: (len(load.tasks), load.member))
    _fill([load.tasks for load in by_tasks], sorted(work.tasks))


def _fill(owned: list[dict[Item, None]], items: list[Item]) -> None:
    waiting = iter(items)
    left = len(items)
    while left:
        level = len(owned[0])
        lowest = next((i for i, items_of_one in enumerate(owned) if len(items_of_one) > level), len(owned))
        for items_of_one in owned[: min(lowest, left)]:
            items_of_one[next(waiting)] = None
            left -= 1


def _deal_in_turn(loads: list[_Load], work: Work) -> None:
    for load, connector in zip(cycle(loads), sorted(work.connectors), strict=False):
        load.connectors[connector] = None
    for load, task in zip(cycle(loads), sorted(work.tasks), strict=False):
        load.tasks[task] = None
