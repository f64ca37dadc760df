"""Whatever happens to the owner of a guard, nothing that it started is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rowtide_dev.errors import DevError
from rowtide_dev.processes import Detached, DetachedProcess, Guard, end, start_time, wait
from rowtide_dev.services import ROOT

# A program that leaves a grandchild in a session of its own, as daemons do, and writes all pids to a file.
FAMILY = """
import os, sys, time
with open(sys.argv[1], "a") as out:
    print(os.getpid(), file=out, flush=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print(os.getpid(), file=out, flush=True)
            time.sleep(600)
        os._exit(0)
time.sleep(600)
"""
OWNER = """
import os, sys, time
from pathlib import Path
from rowtide_dev.processes import Guard
guard = Guard()
guard.launch([sys.executable, "-c", sys.argv[1], sys.argv[2]], cwd=Path("/"), env=dict(os.environ), log=None)
print(guard.pid, file=open(sys.argv[2], "a"), flush=True)
time.sleep(600)
"""


def _gone(pids: list[int], timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while any(start_time(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _pids(path: Path, count: int) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and len(lines := path.read_text().split()) == count:
            return [int(line) for line in lines]
        time.sleep(0.02)
    raise AssertionError(f"{count} pids did not appear in {path}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_descendants_end_with_the_owner(number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bin")}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, FAMILY, str(file)], env=environment, stderr=subprocess.DEVNULL
    )
    pids = _pids(file, 3)
    assert all(start_time(pid) for pid in pids)
    owner.send_signal(number)
    owner.wait(10)
    assert _gone(pids)


def test_programs_end_when_the_guard_itself_is_killed(tmp_path: Path) -> None:
    guard = Guard()
    process = guard.launch(["sleep", "600"], cwd=tmp_path, env=dict(os.environ), log=None)
    os.kill(guard.pid, signal.SIGKILL)
    assert _gone([process.pid])
    with pytest.raises(DevError, match="guard process has ended"):
        process.poll()
    guard.close()


def test_the_exit_code_and_the_output_of_a_program_are_known(tmp_path: Path) -> None:
    with Guard() as guard:
        log = tmp_path / "log"
        process = guard.launch(["sh", "-c", "pwd; echo $WORD; exit 3"], cwd=tmp_path, env={"WORD": "tide"}, log=log)
        assert wait(process, 10) == 3
        assert log.read_text().split() == [str(tmp_path), "tide"]


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with Guard() as guard, pytest.raises(DevError, match="no-such-program: No such file"):
        guard.launch(["no-such-program"], cwd=tmp_path, env=dict(os.environ), log=None)


def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    with Guard() as guard:
        log = tmp_path / "log"
        argv = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
        process = guard.launch(argv, cwd=tmp_path, env=dict(os.environ), log=log)
        while "ready" not in log.read_text():
            time.sleep(0.02)
        assert end(process, graceful_s=0.3) is False
        assert process.poll() == -signal.SIGKILL


def test_a_pid_that_was_given_to_another_program_is_not_taken_for_ours(tmp_path: Path) -> None:
    process = Detached().launch(["sleep", "600"], cwd=tmp_path, env=dict(os.environ), log=None)
    file = tmp_path / "pid"
    try:
        file.write_text(f"{process.pid} {process.started}\n")
        assert DetachedProcess.from_file(file) == process
        file.write_text(f"{process.pid} 1\n")
        assert DetachedProcess.from_file(file) is None
    finally:
        os.kill(process.pid, signal.SIGKILL)
        assert _gone([process.pid])
