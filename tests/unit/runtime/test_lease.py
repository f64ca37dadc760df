"""The lease: what a heartbeat is good for, and that a worker which was frozen does not renew it by an old answer."""

from __future__ import annotations

import threading
import time

import pytest

from rowtide.runtime.lease import Lease, lease_span_s, watch_lease
from rowtide.runtime.membership.lease_keeper import LeaseKeeper


class Joining:
    waits_in_join = False


def test_a_lease_is_over_until_the_first_sign_of_membership() -> None:
    lease = Lease(5)
    assert not lease.valid
    lease.renew(time.monotonic())
    assert lease.valid


def test_a_sign_is_good_from_the_moment_it_was_sent() -> None:
    lease = Lease(5)
    lease.renew(time.monotonic() - 4.9)
    assert lease.valid
    time.sleep(0.15)
    assert not lease.valid


def test_an_older_sign_shortens_nothing() -> None:
    lease = Lease(5)
    lease.renew(time.monotonic())
    lease.renew(time.monotonic() - 10)
    assert lease.valid


def test_without_a_group_it_never_ends() -> None:
    assert Lease.endless().valid


@pytest.mark.parametrize(
    ("session_ms", "heartbeat_ms", "span_s"), [(10_000, 3_000, 9.0), (6_000, 500, 5.0), (10_000, 9_000, 9.75)]
)
def test_it_ends_a_little_before_the_session_and_outlasts_a_heartbeat(session_ms, heartbeat_ms, span_s) -> None:
    assert lease_span_s(session_ms, heartbeat_ms) == span_s
    assert heartbeat_ms / 1000 < span_s < session_ms / 1000


def test_who_watches_it_hears_of_its_end() -> None:
    lease, over = Lease(0.5), threading.Event()
    lease.renew(time.monotonic())
    watch_lease(lease.fd, over.set)
    assert not over.wait(0.3)
    lease.renew(time.monotonic())
    assert not over.wait(0.3)
    assert over.wait(1)


def test_a_rebalance_that_others_delay_costs_nobody_the_lease() -> None:
    lease, member = Lease(1), Joining()
    keeper = LeaseKeeper(lease, member)
    keeper.start()
    keeper.confirmed(time.monotonic())
    member.waits_in_join = True
    time.sleep(1.5)
    assert lease.valid
    member.waits_in_join = False
    time.sleep(1.3)
    assert not lease.valid
    keeper.stop()


def test_a_join_whose_answer_lay_while_the_worker_was_frozen_renews_nothing_but_the_next_heartbeat_does() -> None:
    lease = Lease(0.4)
    keeper = LeaseKeeper(lease, Joining())
    time.sleep(0.3)  # nobody looks, as in a frozen process
    keeper.joined()
    assert not lease.valid
    keeper.confirmed(time.monotonic())
    assert lease.valid


def test_a_join_that_was_followed_renews_it() -> None:
    lease = Lease(2)
    LeaseKeeper(lease, Joining()).joined()
    assert lease.valid
