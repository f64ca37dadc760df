"""A process that starts programs for its owner and ends every one of them, whatever happens to the owner.

It runs as `python guard.py FD`, FD being one end of a socket pair. The owner sends one JSON object a line and gets one
back for each: {"spawn": {"argv", "cwd", "env", "log"}} -> {"pid"} or {"error"}, and {"poll": pid} -> {"code": int or
null}. When the owner closes its end, which the kernel does for it even after SIGKILL, everything below is killed.

Nothing escapes: as a child subreaper this process inherits whatever its descendants leave behind (daemons and new
sessions included), so the process tree under it is the list of what has to go. Programs are also told by the kernel
(PR_SET_PDEATHSIG) should the guard itself be killed. Standard library only, and one thread, because a parent-death
signal follows the thread that forked.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILL_DEADLINE_S = 30.0  # a process in an uninterruptible sleep can't be waited for endlessly
REAP_EVERY_S = 0.5


class Ended(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the guard itself to end."""


def main() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    exit_codes: dict[int, int] = {}
    owner = socket.socket(fileno=int(sys.argv[1]))
    owner.set_inheritable(False)
    try:
        _serve(owner, libc, exit_codes)
    except (Ended, OSError):
        pass
    finally:
        _kill_all()


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended


def _serve(owner: socket.socket, libc: ctypes.CDLL, exit_codes: dict[int, int]) -> None:
    pending = b""
    while True:
        readable, _, _ = select.select([owner], [], [], REAP_EVERY_S)
        _reap(exit_codes)
        if not readable:
            continue
        received = owner.recv(1 << 16)
        if not received:
            return
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            owner.sendall(json.dumps(_answer(json.loads(line), libc, exit_codes)).encode() + b"\n")


def _answer(request: dict[str, object], libc: ctypes.CDLL, exit_codes: dict[int, int]) -> dict[str, object]:
    if "spawn" in request:
        wanted = request["spawn"]
        assert isinstance(wanted, dict)
        try:
            return {"pid": _spawn(wanted["argv"], wanted["cwd"], wanted["env"], wanted["log"], libc)}
        except OSError as error:
            return {"error": str(error)}
    pid = request["poll"]
    assert isinstance(pid, int)
    return {"code": exit_codes.get(pid)}


def _spawn(argv: list[str], cwd: str, env: dict[str, str], log: str | None, libc: ctypes.CDLL) -> int:
    output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    failed, failure = os.pipe()  # close-on-exec: it reads empty once the program runs
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            if output is not None:
                os.dup2(output, 1)
                os.dup2(output, 2)
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        except OSError as error:
            os.write(failure, f"{argv[0]}: {error.strerror}".encode())
        finally:
            os._exit(127)
    os.close(failure)
    if output is not None:
        os.close(output)
    with os.fdopen(failed, "rb") as pipe:
        reason = pipe.read()
    if reason:
        raise OSError(reason.decode())
    return pid


def _reap(exit_codes: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        exit_codes[pid] = os.waitstatus_to_exitcode(status)


def _kill_all() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    deadline = time.monotonic() + KILL_DEADLINE_S
    while (found := descendants(os.getpid())) and time.monotonic() < deadline:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap({})
        time.sleep(0.01)


def descendants(root: int) -> list[int]:
    """Pids of all processes below a process, zombies included (they go when their parent reaps them)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            after_name = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        children.setdefault(int(after_name[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


if __name__ == "__main__":
    main()
