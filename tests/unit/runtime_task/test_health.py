"""Reports of processes that hang and of loops that do not get on."""

from __future__ import annotations

import os
import threading

from rowtide.runtime.task.health import SILENCE_REPORTED_S, Health
from rowtide.runtime.task.status import STAGE_REPORTED_S, StageWatch


def test_silence_is_reported_once_a_minute(caplog):
    now = [0.0]
    health = Health("c-0", clock=lambda: now[0])
    reported = []
    for now[0] in range(1, 201):
        before = len(caplog.records)
        health.check(os.getpid())
        if len(caplog.records) > before:
            reported.append(now[0])
    first = int(SILENCE_REPORTED_S) + 1
    assert reported == [first, first + 60, first + 120]
    assert f"its process {os.getpid()} hangs (R (running))" in caplog.text


def test_any_message_ends_the_silence(caplog):
    now = [0.0]
    health = Health("c-0", clock=lambda: now[0])
    for now[0] in range(1, 201):
        health.seen()
        health.check(1)
    assert caplog.records == []


def test_missing_process_has_no_state(caplog):
    now = [0.0]
    health = Health("c-0", clock=lambda: now[0])
    now[0] = 100.0
    health.check(None)
    assert "(state unknown)" in caplog.text


def test_long_stage_is_reported_with_the_loops_place_each_time_it_doubled(caplog):
    watch = StageWatch(threading.get_ident())
    reported = []
    for seconds in range(int(STAGE_REPORTED_S) * 5):
        before = len(caplog.records)
        watch.look("poll", seconds)
        if len(caplog.records) > before:
            reported.append(seconds)
    assert reported == [30, 60, 120]
    assert "in stage 'poll' for 30 s, at" in caplog.text
    assert "test_health.py" in caplog.text


def test_short_stages_are_not_reported(caplog):
    watch = StageWatch(threading.get_ident())
    for seconds in (0.0, 29.9, 1.0, 29.9):
        watch.look("poll", seconds)
    assert caplog.records == []
