"""bin/quickstart works, works again, says what is wrong, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rowtide_dev.guard import descendants
from rowtide_dev.processes import start_time
from rowtide_dev.services import ROOT

SECOND_RUN_S = 30
START_S = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {**os.environ, "ROWTIDE_STATE": str(tmp_path_factory.mktemp("state"))}


def _once(environment: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], float]:
    begun = time.monotonic()
    command = [str(ROOT / "bin/quickstart"), "--once"]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=START_S)
    return done, time.monotonic() - begun


def test_it_works_twice_and_the_second_run_is_quick(environment: dict[str, str]) -> None:
    for _ in range(2):
        done, seconds = _once(environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "rows have arrived as expected" in done.stdout
        assert "status: NEW → PAID" in done.stdout
    assert seconds < SECOND_RUN_S, done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal(environment: dict[str, str], number: signal.Signals) -> None:
    command = [str(ROOT / "bin/quickstart")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        lines = iter(process.stdout or ())
        assert any("Ctrl-C ends everything" in line for line in lines)
        below = descendants(process.pid)
        assert len(below) >= 5, "guard, MariaDB, Kafka, worker and task are expected"
        process.send_signal(number)
        deadline = time.monotonic() + 60
        while any(start_time(pid) for pid in [process.pid, *below]):
            assert time.monotonic() < deadline, "processes are left"
            time.sleep(0.1)


def test_a_failure_has_its_reason_and_an_exit_code(environment: dict[str, str], tmp_path: Path) -> None:
    """A mariadbd that ends at once stands for whatever may go wrong."""
    (tmp_path / "mariadbd").write_text("#!/bin/sh\necho the disk is full\nexit 7\n")
    (tmp_path / "mariadbd").chmod(0o755)
    done, _ = _once({**environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert "quickstart: mariadb ended with 7 while starting" in done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
