"""The task's process: `python -m rowtide.runtime.task <status fd> <lease fd> <worker pid> <label>`.

It is started by TaskProcess alone.

The specification and then commands come on standard input, as JSON lines; its end means that the worker is gone.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys

from rowtide.config.secrets import HidingFormatter
from rowtide.errors import ConnectError
from rowtide.runtime.lease import end_expired, watch_lease
from rowtide.runtime.task.control import CommandReader, Control
from rowtide.runtime.task.orphan import end_now, end_with_parent
from rowtide.runtime.task.output import FORMAT
from rowtide.runtime.task.spec import PAUSED, TaskSpec
from rowtide.runtime.task.status import Progress, StatusPipe, start_heartbeat


def main(arguments: list[str]) -> int:
    status_fd, lease_fd, parent_pid = map(int, arguments[:3])
    end_with_parent(parent_pid)
    watch_lease(lease_fd, end_expired)
    for fd in (status_fd, lease_fd):
        os.set_inheritable(fd, False)
    commands = CommandReader(_private_stdin(), end_now)
    message = commands.read_specification()
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(HidingFormatter(FORMAT))
    logging.basicConfig(level=int(message.get("log_level", logging.INFO)), handlers=[output])
    logging.captureWarnings(True)
    faulthandler.enable()
    status = StatusPipe(status_fd, end_now)
    try:
        spec = TaskSpec.from_message(message)
    except ConnectError as error:
        status.failed(error)
        return 1
    control = Control(paused=spec.initial_state == PAUSED)
    signal.signal(signal.SIGTERM, lambda _number, _frame: control.request_stop())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands.follow(control)
    progress = Progress()
    start_heartbeat(status, progress)
    # Imported here so that commands and heartbeats are served while the imports, which take a while, run.
    from rowtide.runtime.task.process import run_task

    return run_task(spec, control, status, progress)


def _private_stdin() -> int:
    """Moves standard input to another descriptor, so that nothing that a task runs reads the worker's commands."""
    fd = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return fd


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a task or a client has left behind must not keep the process.
    os._exit(code)
