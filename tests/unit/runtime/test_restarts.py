"""The pauses before failed tasks are started again."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.restart_options import RestartPolicy, restart_policy
from rowtide.runtime.worker.restarts import AutomaticRestarts

TASK = ("c", 0)


def test_pauses_double_up_to_the_longest_and_end() -> None:
    restarts = AutomaticRestarts()
    policy = RestartPolicy(5, 1, 6)
    assert [restarts.failed(TASK, policy) for _ in range(7)] == [1, 2, 4, 6, 6, None, None]
    restarts.forget(TASK)
    assert restarts.failed(TASK, policy) == 1


def test_it_is_off_unless_asked_for_and_may_go_on_for_ever() -> None:
    assert AutomaticRestarts().failed(TASK, restart_policy({}, {})) is None
    restarts = AutomaticRestarts()
    forever = restart_policy({"errors.restart.max.retries": "-1"}, {})
    pauses = [restarts.failed(TASK, forever) for _ in range(100)]
    assert (pauses[0], pauses[-1]) == (10, 600)


def test_a_task_that_ran_for_long_begins_anew() -> None:
    now = 0.0
    restarts = AutomaticRestarts(lambda: now)
    policy = RestartPolicy(2, 1, 60)
    restarts.failed(TASK, policy)
    restarts.running(TASK)
    now = 59.0
    assert restarts.failed(TASK, policy) == 2
    restarts.running(TASK)
    restarts.running(TASK)
    now = 120.0
    assert restarts.failed(TASK, policy) == 1


def test_a_connectors_options_cover_the_workers() -> None:
    worker = {"errors.restart.max.retries": "-1", "errors.restart.delay.ms": "5"}
    policy = restart_policy(worker, {"errors.restart.max.retries": "3", "topic": "x"})
    assert policy == RestartPolicy(3, 0.005, 600)
    with pytest.raises(ConfigError, match=r"errors\.restart\.delay\.ms"):
        restart_policy(worker, {"errors.restart.delay.ms": "soon"})
