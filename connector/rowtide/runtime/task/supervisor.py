"""The worker's side of a task: starts its process, tells it what to do, and notices whatever happens to it."""

from __future__ import annotations

import logging
import selectors
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from rowtide.errors import ConnectError
from rowtide.runtime.lease import EXIT_EXPIRED, Lease
from rowtide.runtime.task.child import ChildProcess
from rowtide.runtime.task.health import Health
from rowtide.runtime.task.output import OutputLog
from rowtide.runtime.task.pipes import LineReader, LineWriter
from rowtide.runtime.task.spec import EXPIRED, FAILED, PAUSED, RUNNING, STOPPED, TaskEvent, TaskSpec, from_line, to_line

_log = logging.getLogger(__name__)

_LINGER_S = 10.0
"""Time for a process to end after it has said that it is done; then it is killed."""

_KILLED_WAIT_S = 10.0
_TICK_S, _BUSY_TICK_S = 1.0, 0.05
_STATES = (RUNNING, PAUSED, FAILED, STOPPED)


class TaskProcess:
    """One task's process, from start to end; not started twice.

    Methods may be called from any thread and, but for `stop`, do not wait for the process. `on_state` is called from
    the thread that watches the process, in order; it must not wait for a thread that is in `stop`. The last event is
    FAILED, STOPPED or EXPIRED, one of them.

    The process is a child of the watching thread, which lives as long as the process: the kernel kills a task whose
    parent thread ends.
    """

    def __init__(self, spec: TaskSpec, on_state: Callable[[TaskEvent], None], lease: Lease | None = None) -> None:
        """`lease`: the task ends by itself, without storing anything, when that is over; None for never."""
        self.spec = spec
        self._lease = Lease.endless() if lease is None else lease
        self._on_state = on_state
        self._commands = LineWriter()
        self._child: ChildProcess | None = None
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
        return None if self._child is None else self._child.pid

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
        level = logging.getLogger("rowtide").getEffectiveLevel()
        self._commands.write(to_line({**self.spec.to_message(), "log_level": level}))
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
        self._kill()

    def _kill(self) -> None:
        if self._child is not None and self._child.kill():
            self._killed = True

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.signal(number)

    def _command(self, name: str, **details: object) -> None:
        self._commands.write(to_line({"command": name, **details}))

    # From here on: the watching thread.

    def _watch(self) -> None:
        try:
            child = self._child = ChildProcess(self.spec.label, self._commands, self._lease.fd)
        except OSError as error:
            self._started.set()
            self._report(FAILED, trace=_trace(f"The process of task {self.spec.label} cannot be started: {error}."))
            self._finished.set()
            return
        self._started.set()
        try:
            self._follow(child)
        finally:
            self._see_off(child)
            self._finished.set()

    def _follow(self, child: ChildProcess) -> None:
        """Reads until the process has closed its status pipe or is gone."""
        lines = LineReader()
        with selectors.DefaultSelector() as selector:
            selector.register(child.status_fd, selectors.EVENT_READ)
            selector.register(child.output_fd, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_BUSY_TICK_S if self._commands.pending else _TICK_S)}
                # Looked up before the last read, so that nothing it wrote is missed.
                gone = not ready and child.exit_code() is not None
                if child.output_fd in ready and not self._read_output(child):
                    selector.unregister(child.output_fd)
                ended = (gone or child.status_fd in ready) and not self._read_status(child, lines)
                if ended or gone:
                    return
                self._commands.flush()
                self._check()

    def _read_output(self, child: ChildProcess) -> bool:
        """False at the end of the output."""
        data = child.read_output()
        self._output.feed(data or b"")
        return data != b""

    def _read_status(self, child: ChildProcess, lines: LineReader) -> bool:
        """False at the end of the pipe."""
        data = child.read_status()
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
            self._notify(self._state or RUNNING, topics=tuple(map(str, message["topics"])))
        elif kind == "state" and message["state"] in _STATES:
            self._version = message.get("version") or self._version
            self._report(str(message["state"]), message.get("trace"))
        else:
            raise ConnectError(f"a status line of unknown kind {kind!r}")

    def _check(self) -> None:
        if self._done_at is not None:
            if time.monotonic() - self._done_at > _LINGER_S:
                _log.warning("task %s is done but its process %s does not end, killing it", self.spec.label, self.pid)
                self._kill()
        else:
            self._health.check(self.pid)

    def _see_off(self, child: ChildProcess) -> None:
        """Waits for the end of the process, drains its output and reports a death that it did not announce."""
        deadline = time.monotonic() + _LINGER_S
        while (code := child.exit_code()) is None:
            if time.monotonic() > deadline:
                self._kill()
            time.sleep(0.005)
        while data := child.read_output():
            self._output.feed(data)
        self._output.finish()
        child.close()
        if self._state in (FAILED, STOPPED):
            return
        if self._end_wanted:
            self._report(STOPPED)
        elif code == EXIT_EXPIRED:
            self._report(EXPIRED)
        else:
            self._report(FAILED, trace=_trace(self._cause_of_death(code)))

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
        if state in (FAILED, STOPPED, EXPIRED):
            self._done_at = time.monotonic()
        self._notify(state, trace)

    def _notify(self, state: str, trace: str | None = None, topics: tuple[str, ...] = ()) -> None:
        event = TaskEvent(self.spec.connector, self.spec.task_id, state, trace, topics, self._version)
        try:
            self._on_state(event)
        except Exception:  # noqa: BLE001 - the process is to be watched on
            _log.exception("the listener of task %s failed on %s", self.spec.label, state)


def _trace(message: str) -> str:
    return f"{ConnectError.__module__}.{ConnectError.__qualname__}: {message}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
