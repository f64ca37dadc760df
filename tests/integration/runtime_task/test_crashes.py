"""Processes killed at random moments: the stored offset never runs ahead of the records, and nothing is missing."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

KILLS = 15
SEED = 20


def test_offset_is_never_ahead_of_the_records_whenever_the_process_dies(runner):
    chance = random.Random(SEED)
    runner.worker["offset.flush.interval.ms"] = "30"
    runner.task_config |= {"count": "100000000", "batch": "50", "pause.ms": "2"}
    stored = []
    for _ in range(KILLS):
        runner.events.clear()
        process = runner.start()
        runner.wait_for_state("RUNNING")
        time.sleep(chance.uniform(0, 0.6))
        os.kill(process.pid, signal.SIGKILL)
        runner.wait_for_state("RUNNING", "FAILED")
        offset = runner.offset()
        numbers = set(runner.numbers())
        stored.append(0 if offset is None else offset["next"])
        # Everything before the stored offset is there, so a task that goes on from it loses nothing.
        assert numbers >= set(range(stored[-1]))
    assert stored == sorted(stored)
    assert stored[-1] > 1000, "the kills have to hit a task that commits"
    starts = [int(line.split()[1]) for line in runner.trail_lines() if line.startswith("start")]
    assert starts == [0, *stored[:-1]], "each task goes on exactly where the offset says"
    numbers = runner.numbers()
    assert set(numbers) == set(range(max(numbers) + 1))
