"""What every service here has in common: a folder of its own, ports, a log, and a wait until it answers."""

from __future__ import annotations

import os
import shutil
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path

from rowtide_dev import ports
from rowtide_dev.errors import DevError
from rowtide_dev.processes import DetachedProcess, Launcher, Process, end, send_signal, start_time, wait

LOG_LINES = 15
ANSWER_POLL_S = 0.1


class Service(ABC):
    """A program with a folder (`ports`, `pid`, `log` and its data), on loopback only.

    Attributes:
        process: the started program, or None.
        port: where it listens, once it has been started.
    """

    name: str
    port_names: tuple[str, ...] = ("listen",)
    start_deadline_s = 90.0
    stop_deadline_s = 20.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.process: Process | None = None

    @abstractmethod
    def prepare(self) -> list[str]:
        """Write what the program needs; returns its command line. Called before every start."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work now; must return within a few seconds and not raise."""

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    @property
    def ports(self) -> dict[str, int]:
        return ports.remembered(self.folder / "ports")

    @property
    def port(self) -> int:
        return self.ports[self.port_names[0]]

    @property
    def address(self) -> str:
        return f"{ports.HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    def wipe(self) -> None:
        """Forget all data and logs, but not the ports. The service must not run."""
        chosen = self.ports
        shutil.rmtree(self.folder, ignore_errors=True)
        if chosen:
            self.folder.mkdir(parents=True)
            ports.remember(self.folder / "ports", chosen)

    def start(self, launcher: Launcher) -> None:
        """Start it and wait until it answers; nothing if it already runs."""
        if self.attach():
            return
        self.spawn(launcher)
        self.wait_until_it_answers()

    def spawn(self, launcher: Launcher) -> None:
        """Start it without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ports.choose(self.folder / "ports", self.port_names)
        command = self.prepare()
        process = launcher.launch(command, cwd=self.folder, env=self.environment(), log=self.log)
        self.pid_file.write_text(f"{process.pid} {start_time(process.pid)}\n")
        self.process = process

    def attach(self) -> bool:
        """Find the process that an earlier run left in the background; whether there is one."""
        if self.process is None or self.process.poll() is not None:
            self.process = DetachedProcess.from_file(self.pid_file)
        return self.process is not None

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.start_deadline_s
        while not self.answers():
            code = self.process.poll() if self.process is not None else 0
            if code is not None:
                raise DevError(f"{self.name} ended with {code} while starting. {self.log_end()}")
            if time.monotonic() > deadline:
                raise DevError(f"{self.name} did not answer within {self.start_deadline_s:.0f} s. {self.log_end()}")
            time.sleep(ANSWER_POLL_S)

    def stop(self) -> None:
        """Ask it to end, and kill it if it doesn't; nothing if it doesn't run."""
        if self.attach():
            assert self.process is not None
            end(self.process, graceful_s=self.stop_deadline_s)
        self.pid_file.unlink(missing_ok=True)
        self.process = None

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        if self.process is not None:
            send_signal(self.process, signal.SIGKILL)
            wait(self.process, 10)
        self.process = None

    def log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return f"The end of {self.log}:\n" + "\n".join(f"    {line}" for line in lines[-LOG_LINES:])
