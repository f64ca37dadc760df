"""Processes that are made before there is a task for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rowtide.runtime.lease import Lease
from rowtide.runtime.task.spare import SpareProcess

pytestmark = pytest.mark.kafka


@pytest.fixture
def spare() -> Iterator[SpareProcess]:
    made = SpareProcess(Lease.endless(), quiet_s=0.05)
    yield made
    made.close()


def children() -> set[int]:
    """Processes of this one's that are spares."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")  # none of one that is dead
        except (OSError, IndexError, ValueError):
            continue
        if parent == os.getpid() and b"spare" in words:
            found.add(int(entry.name))
    return found


def wait_for_spare() -> int:
    deadline = time.monotonic() + 20
    while not (found := children()):
        assert time.monotonic() < deadline, "no spare process was made"
        time.sleep(0.02)
    return found.pop()


def test_the_next_task_runs_in_the_process_that_was_made_ahead(runner, spare) -> None:
    runner.start(spare=spare).stop(10)
    pid = wait_for_spare()
    second = runner.start(spare=spare)
    assert second.pid == pid
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    assert second.stop(10) is True
    assert runner.offset() == {"next": 100}
    assert wait_for_spare() != pid


def test_a_spare_process_that_died_is_not_used(runner, spare) -> None:
    runner.start(spare=spare).stop(10)
    pid = wait_for_spare()
    os.kill(pid, signal.SIGKILL)
    while children():
        time.sleep(0.01)
    second = runner.start(spare=spare)
    assert second.pid != pid
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    assert second.stop(10) is True


def test_a_spare_process_ends_when_it_is_not_needed_any_more(runner, spare) -> None:
    runner.start(spare=spare).stop(10)
    wait_for_spare()
    spare.close()
    assert not children()


_MAKER = """
import os, signal, time
from rowtide.runtime.lease import Lease
from rowtide.runtime.task.spare import SpareProcess
spare = SpareProcess(Lease.endless(), quiet_s=0)
spare.take("rowtide.source.task:None")
while spare._child is None:
    time.sleep(0.01)
print(spare._child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_spare_process_ends_with_its_worker() -> None:
    maker = subprocess.run([sys.executable, "-c", _MAKER], check=False, stdout=subprocess.PIPE, timeout=30)
    pid = int(maker.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.02)
