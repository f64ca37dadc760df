"""The worker's side of a task: starts its process, tells it what to do, and notices whatever happens to it."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from rowtide.errors import ConnectError
from rowtide.runtime.task.health import Health
from rowtide.runtime.task.output import OutputLog
from rowtide.runtime.task.pipes import LineReader, read_now
from rowtide.runtime.task.spec import (
    FAILED,
    PAUSED,
    RUNNING,
    STOPPED,
    TaskEvent,
    TaskSpec,
    from_line,
    to_line,
)

_log = logging.getLogger(__name__)

_LINGER_S = 10.0
"""Time for a process to end after it has said that it is done; then it is killed."""

_KILLED_WAIT_S = 10.0
_TICK_S = 1.0


class TaskProcess:
    """One task's process, from start to end; not started twice.

    Methods may be called from any thread and, but for `stop`, do not wait for the process. `on_state` is called from
    the thread that watches the process, in order; it must not wait for a thread that is in `stop`. The last event is
    FAILED or STOPPED, one of them.

    The process is a child of the watching thread, which lives as long as the process: the kernel kills a task whose
    parent thread ends.
    """

    def __init__(self, spec: TaskSpec, on_state: Callable[[TaskEvent], None]) -> None:
        self.spec = spec
        self._on_state = on_state
        self._process: subprocess.Popen[bytes] | None = None
        self._process_lock = threading.Lock()
        self._commands = bytearray()
        self._commands_lock = threading.Lock()
        self._started = threading.Event()
        self._finished = threading.Event()
        self._output = OutputLog(spec.connector, spec.task_id)
        self._health = Health(spec.label)
        self._state: str | None = None
        self._version = spec.version
        self._done_at: float | None = None
        self._end_wanted = False
        self._killed = False
        self._thread = threading.Thread(target=self._watch, name=f"task-{spec.label}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process's id; None before the start, or when it could not be started."""
        return None if self._process is None else self._process.pid

    @property
    def state(self) -> str | None:
        """The newest state that was reported; None before the first."""
        return self._state

    @property
    def alive(self) -> bool:
        return self._started.is_set() and not self._finished.is_set()

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The newest figures from the process, at most a few seconds old while it is healthy."""
        return self._health.metrics

    def start(self) -> None:
        """Starts the process. What goes wrong, here too, comes as a FAILED event."""
        message = {"log_level": logging.getLogger("rowtide").getEffectiveLevel(), **self.spec.to_message()}
        self._commands[:0] = to_line(message)
        self._thread.start()
        self._started.wait()

    def pause(self) -> None:
        self._command("pause")

    def resume(self) -> None:
        self._command("resume")

    def commit(self) -> None:
        """Asks for an offset commit now instead of at the end of the interval."""
        self._command("commit")

    def request_stop(self, timeout_s: float) -> None:
        """Asks the process to store its offsets and end within the timeout.

        A caller with many tasks asks all of them first, then calls `stop` for each.
        """
        self._end_wanted = True
        self._command("stop", timeout_s=timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Stops the process, by force at the end of the timeout; it is gone when this returns.

        Returns:
            True when the task ended by itself.
        """
        if not self._started.is_set():
            return True
        deadline = time.monotonic() + timeout_s
        self.request_stop(timeout_s)
        if not self._finished.wait(timeout_s / 2):
            # For a process that does not read its commands; it means the same.
            self._signal(signal.SIGTERM)
            self._finished.wait(max(0.0, deadline - time.monotonic()))
        if not self._finished.is_set():
            _log.error(
                "graceful stop of task %s failed within %.1f s, killing process %s",
                self.spec.label,
                timeout_s,
                self.pid,
            )
            self.kill()
            self._finished.wait(_KILLED_WAIT_S)
        return not self._killed

    def kill(self) -> None:
        """Ends the process and what it started, at once; offsets are not stored."""
        self._end_wanted = True
        self._kill_group()

    def _kill_group(self) -> None:
        with self._process_lock:
            if self._process is not None and self._process.poll() is None:
                self._killed = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._process_lock:
            if self._process is not None:
                self._process.send_signal(number)

    def _command(self, name: str, **details: object) -> None:
        with self._commands_lock:
            self._commands += to_line({"command": name, **details})
        self._write_commands()

    def _write_commands(self) -> None:
        """Writes what the pipe takes without waiting; the watching thread writes the rest."""
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._commands_lock:
            try:
                while self._commands:
                    del self._commands[: os.write(process.stdin.fileno(), self._commands)]
            except BlockingIOError:
                return
            except (OSError, ValueError):
                # The process has ended; its watcher finds out why.
                self._commands.clear()

    # From here on: the watching thread.

    def _watch(self) -> None:
        try:
            status_fd = self._spawn()
        except OSError as error:
            self._started.set()
            self._report(FAILED, trace=_trace(f"The process of task {self.spec.label} cannot be started: {error}."))
            self._finished.set()
            return
        self._started.set()
        try:
            self._follow(status_fd)
        finally:
            os.close(status_fd)
            self._reap()
            self._finished.set()

    def _spawn(self) -> int:
        status_read, status_write = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-u",
                    "-P",
                    "-m",
                    "rowtide.runtime.task",
                    str(status_write),
                    str(os.getpid()),
                    self.spec.label,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=(status_write,),
                start_new_session=True,
            )
        except OSError:
            os.close(status_read)
            raise
        finally:
            os.close(status_write)
        os.set_blocking(status_read, False)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        self._process = process
        self._write_commands()
        return status_read

    def _follow(self, status_fd: int) -> None:
        """Reads until the process has closed its status pipe or is gone."""
        assert self._process is not None
        assert self._process.stdout is not None
        lines = LineReader()
        with selectors.DefaultSelector() as selector:
            selector.register(status_fd, selectors.EVENT_READ)
            selector.register(self._process.stdout, selectors.EVENT_READ)
            ended = False
            while not ended:
                ready = {key.fd for key, _ in selector.select(0.05 if self._commands else _TICK_S)}
                gone = not ready and self._exit_code() is not None
                if self._process.stdout.fileno() in ready and not self._read_output():
                    selector.unregister(self._process.stdout)
                if status_fd in ready or gone:
                    ended = not self._read_status(status_fd, lines) or gone
                self._write_commands()
                self._check()

    def _read_output(self) -> bool:
        assert self._process is not None
        assert self._process.stdout is not None
        data = read_now(self._process.stdout.fileno())
        if data:
            self._output.feed(data)
        return data != b""

    def _read_status(self, status_fd: int, lines: LineReader) -> bool:
        data = read_now(status_fd)
        for line in lines.feed(data or b""):
            try:
                self._on_message(from_line(line))
            except (ConnectError, KeyError, TypeError, ValueError):
                _log.exception("task %s sent a status line that cannot be read", self.spec.label)
        return data != b""

    def _on_message(self, message: Mapping[str, Any]) -> None:
        self._health.seen()
        kind = message["type"]
        if kind == "heartbeat":
            self._health.heartbeat(message)
        elif kind == "topics":
            self._notify(
                TaskEvent(
                    self.spec.connector,
                    self.spec.task_id,
                    self._state or RUNNING,
                    None,
                    tuple(map(str, message["topics"])),
                    self._version,
                )
            )
        elif kind == "state" and message["state"] in (RUNNING, PAUSED, FAILED, STOPPED):
            self._version = message.get("version") or self._version
            self._report(str(message["state"]), message.get("trace"))
        else:
            raise ConnectError(f"a status line of unknown kind {kind!r}")

    def _check(self) -> None:
        if self._done_at is not None:
            if time.monotonic() - self._done_at > _LINGER_S:
                _log.warning("task %s is done but its process %s does not end, killing it", self.spec.label, self.pid)
                self._kill_group()
        elif self._health.frozen():
            # The process has installed a handler that writes where its threads are to its output.
            self._signal(signal.SIGUSR1)

    def _exit_code(self) -> int | None:
        with self._process_lock:
            assert self._process is not None
            return self._process.poll()

    def _reap(self) -> None:
        """Waits for the end of the process, drains its output and reports a death that it did not announce."""
        assert self._process is not None
        deadline = time.monotonic() + _LINGER_S
        while (code := self._exit_code()) is None:
            if time.monotonic() > deadline:
                self._kill_group()
            time.sleep(0.005)
        while self._read_output_left():
            pass
        self._output.finish()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self._state in (FAILED, STOPPED):
            return
        if self._end_wanted:
            self._report(STOPPED)
        else:
            self._report(FAILED, trace=_trace(self._cause_of_death(code)))

    def _read_output_left(self) -> bool:
        assert self._process is not None
        assert self._process.stdout is not None
        data = read_now(self._process.stdout.fileno())
        self._output.feed(data or b"")
        return bool(data)

    def _cause_of_death(self, code: int) -> str:
        text = f"The process of task {self.spec.label} (pid {self.pid}) ended unexpectedly: "
        if code < 0:
            text += f"killed by {_signal_name(-code)}."
            if -code == signal.SIGKILL:
                text += " Somebody killed it, or the system did because memory ran out."
        else:
            text += f"exit code {code}."
        last = self._output.last_lines()
        return text + ("\nIts last output:\n" + "\n".join(last) if last else "")

    def _report(self, state: str, trace: str | None = None) -> None:
        self._state = state
        if state in (FAILED, STOPPED):
            self._done_at = time.monotonic()
        self._notify(TaskEvent(self.spec.connector, self.spec.task_id, state, trace, (), self._version))

    def _notify(self, event: TaskEvent) -> None:
        try:
            self._on_state(event)
        except Exception:  # noqa: BLE001 - the process is to be watched on
            _log.exception("the listener of task %s failed on %s", self.spec.label, event.state)


def _trace(message: str) -> str:
    return f"{ConnectError.__module__}.{ConnectError.__qualname__}: {message}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
