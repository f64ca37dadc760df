"""Programs in the background: under a guard that ends them with us, or detached with a pid file."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from rowtide_dev import guard
from rowtide_dev.errors import DevError

POLL_S = 0.05


class Process(Protocol):
    """A started program."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it runs."""


class Launcher(Protocol):
    """Starts programs whose output goes to a log file, or to our own output where that is None."""

    def launch(self, argv: list[str], *, cwd: Path, env: dict[str, str], log: Path | None) -> Process: ...


class Guard:
    """A launcher whose programs, with all that they start, end when this process does, even by SIGKILL.

    Used from one thread. Leaving the context ends what is still running.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", guard.__file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._socket = ours
        self._reader = ours.makefile("rb")

    @property
    def pid(self) -> int:
        return self._process.pid

    def launch(self, argv: list[str], *, cwd: Path, env: dict[str, str], log: Path | None) -> GuardedProcess:
        wanted = {"argv": argv, "cwd": str(cwd), "env": env, "log": None if log is None else str(log)}
        answer = self._ask({"spawn": wanted})
        if "error" in answer:
            raise DevError(f"can't start {answer['error']}")
        return GuardedProcess(self, int(answer["pid"]))

    def exit_code(self, pid: int) -> int | None:
        code = self._ask({"poll": pid})["code"]
        return None if code is None else int(code)

    def _ask(self, request: dict[str, object]) -> dict[str, str]:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            line = self._reader.readline()
        except OSError:
            line = b""
        if not line:
            raise DevError("the guard process has ended, and with it everything it had started")
        answer: dict[str, str] = json.loads(line)
        return answer

    def close(self) -> None:
        """Kill what still runs; returns when nothing is left."""
        self._reader.close()
        self._socket.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


@dataclass(frozen=True)
class GuardedProcess:
    owner: Guard
    pid: int

    def poll(self) -> int | None:
        return self.owner.exit_code(self.pid)


@dataclass(frozen=True)
class DetachedProcess:
    """A process that outlives us, known by pid and start time (a pid alone may have been given to another program)."""

    pid: int
    started: str

    def poll(self) -> int | None:
        return None if start_time(self.pid) == self.started else -signal.SIGKILL

    @classmethod
    def from_file(cls, path: Path) -> DetachedProcess | None:
        """The process of a pid file, if it runs."""
        if not path.exists():
            return None
        pid, _, started = path.read_text().strip().partition(" ")
        process = cls(int(pid), started) if pid.isdigit() else None
        return process if process is not None and process.poll() is None else None


class Detached:
    """A launcher whose programs go on after this process has ended."""

    def launch(self, argv: list[str], *, cwd: Path, env: dict[str, str], log: Path | None) -> DetachedProcess:
        with (log or Path(os.devnull)).open("ab") as output:
            try:
                process = subprocess.Popen(
                    argv,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise DevError(f"can't start {argv[0]}: {error.strerror}") from error
        process.returncode = 0  # not ours to wait for; Popen would warn otherwise
        return DetachedProcess(process.pid, start_time(process.pid))


def start_time(pid: int) -> str:
    """When a process started, in clock ticks since boot; empty for one that doesn't run (zombies don't)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def send_signal(process: Process, number: signal.Signals) -> None:
    """Signal one process; one that has already ended is no error."""
    if process.poll() is None:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return


def end(process: Process, *, graceful_s: float) -> bool:
    """SIGTERM, and SIGKILL after the time given; whether the first was enough."""
    send_signal(process, signal.SIGTERM)
    if wait(process, graceful_s) is not None:
        return True
    send_signal(process, signal.SIGKILL)
    wait(process, 10)
    return False


def wait(process: Process, timeout_s: float) -> int | None:
    """The exit code once it has ended, or None if it still runs after the time given."""
    deadline = time.monotonic() + timeout_s
    while (code := process.poll()) is None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return code
