"""A child process with its pipes, as the operating system has it; what it says and is told is known elsewhere."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

from rowtide.runtime.task.pipes import LineWriter, read_now

_MODULE = "rowtide.runtime.task"


class ChildProcess:
    """The process of one task, in a session of its own. Signals may be sent from any thread, the rest is for one.

    The kernel kills it when the thread that made it ends (see the orphan module).
    """

    def __init__(self, label: str, commands: LineWriter, lease_fd: int) -> None:
        """Starts it; what is written to `commands`, also before, goes to its standard input. Raises OSError."""
        self._lock = threading.Lock()
        self.status_fd, status_write = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-u", "-P", "-m", _MODULE, *map(str, (status_write, lease_fd, os.getpid())), label],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=(status_write, lease_fd),
                start_new_session=True,
            )
        except OSError:
            os.close(self.status_fd)
            raise
        finally:
            os.close(status_write)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.output_fd = self._process.stdout.fileno()
        for fd in (self.status_fd, self.output_fd):
            os.set_blocking(fd, False)
        self._commands = commands
        commands.attach(self._process.stdin.fileno())

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it lives; the negative number of the signal that killed it."""
        with self._lock:
            return self._process.poll()

    def read_output(self) -> bytes | None:
        """What it printed since the last time: None for nothing yet, empty at the end."""
        return read_now(self.output_fd)

    def read_status(self) -> bytes | None:
        """As `read_output`, of its status pipe."""
        return read_now(self.status_fd)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process, if it still lives."""
        with self._lock:
            self._process.send_signal(number)

    def kill(self) -> bool:
        """Kills it and all that it started; false when it had ended before."""
        # Under the lock, and not yet waited for, its number cannot belong to another process.
        with self._lock:
            if self._process.poll() is not None:
                return False
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            return True

    def close(self) -> None:
        """Closes the pipes; call it when the process has ended."""
        self._commands.detach()
        os.close(self.status_fd)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
