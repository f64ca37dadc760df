"""Workers of one group as processes, and an eye on which of them runs what at every moment."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import requests

from rowtide.runtime.membership.incremental import IncrementalAssignor
from rowtide.runtime.membership.work import NOTHING, Task, Work
from tests.integration.runtime.conftest import Rest, WorkerProcess, until

LOOK_S = 0.1
SETTLE_S = 120.0
_MODULE = b"rowtide.runtime.task"


@dataclass(frozen=True, slots=True)
class Running:
    """A task's process. Attributes: label: connector and index, as in logs; worker: process id of its worker."""

    label: str
    worker: int
    pid: int


def running_tasks() -> list[Running]:
    """Processes of tasks, of any worker on this machine; those that have ended and wait for their parent are none."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if _MODULE in command:
                _, _, worker, label = command[command.index(_MODULE) + 1 :][:4]
                found.append(Running(label.decode(), int(worker), int(folder.name)))
        except (OSError, ValueError):
            continue
    return found


class TaskWatch:
    """Notes whenever two processes run one task. Used as a context."""

    def __init__(self, prefix: str) -> None:
        """`prefix` of the connectors' names."""
        self.twice: list[tuple[float, str, list[Running]]] = []
        self._prefix = prefix
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            by_label = defaultdict(list)
            for task in running_tasks():
                if task.label.startswith(self._prefix):
                    by_label[task.label].append(task)
            for label, tasks in by_label.items():
                # A second look, as the list of processes is not read in one moment.
                if len(tasks) > 1 and len(alive := [task for task in tasks if _alive(task.pid)]) > 1:
                    self.twice.append((time.time(), label, alive))


def _alive(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


class Cluster:
    """Workers that share a group, a folder and options; each gets its own port."""

    def __init__(self, scratch: Path, group: str, bootstrap: str, **options: str) -> None:
        self.group = group
        self.workers: list[WorkerProcess] = []
        self._scratch = scratch
        self._bootstrap = bootstrap
        self._options = options

    def add(self, *, wait: bool = True) -> WorkerProcess:
        worker = WorkerProcess(self._scratch, self.group, self._bootstrap)
        worker.options |= self._options
        self.workers.append(worker)
        worker.start(wait=wait)
        return worker

    def leave(self, worker: WorkerProcess) -> None:
        self.workers.remove(worker)
        assert worker.stop() == 0, worker.log.read_text()[-3000:]

    def kill(self, worker: WorkerProcess) -> None:
        self.workers.remove(worker)
        worker.signal(signal.SIGKILL)
        worker.wait()

    def close(self) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            worker.close()

    @property
    def rest(self) -> Rest:
        return self.workers[0].rest

    def running(self) -> dict[str, list[int]]:
        """Process ids of the workers that run a task, by label."""
        found = defaultdict(list)
        workers = {worker.pid for worker in self.workers}
        for task in running_tasks():
            if task.worker in workers:
                found[task.label].append(task.worker)
        return dict(found)

    def generation(self) -> float:
        return self.rest.metric("kafka_connect_worker_rebalance_epoch")

    def expected(self) -> set[str]:
        """Labels of all tasks that are configured."""
        found = self.rest("GET", "/connectors?expand=info").json()
        return {f"{each['connector']}-{each['task']}" for info in found.values() for each in info["info"]["tasks"]}

    def await_settled(self, tasks: int | None = None) -> dict[str, int]:
        """Waits until every task runs once, evenly spread, and every worker says so; the worker's pid by label.

        Args:
            tasks: how many there have to be.
        """
        deadline = time.monotonic() + SETTLE_S
        quiet_since = None
        while True:
            problem = self._unsettled(tasks)
            now = time.monotonic()
            quiet_since = None if problem else quiet_since or now
            # Quiet for a moment, so that a rebalance that is on its way is not overlooked.
            if quiet_since is not None and now - quiet_since > 1.5:
                return {label: workers[0] for label, workers in self.running().items()}
            assert now < deadline, problem
            time.sleep(0.2)

    def _unsettled(self, tasks: int | None) -> str:
        """What is not as it should be yet; empty if nothing."""
        try:
            expected = self.expected()
            running = self.running()
            if tasks is not None and len(expected) != tasks:
                return f"{len(expected)} tasks instead of {tasks}"
            if set(running) != expected:
                return f"run too much: {set(running) - expected}, not: {expected - set(running)}"
            if several := {label: workers for label, workers in running.items() if len(workers) > 1}:
                return f"run by several: {several}"
            loads = [sum(workers == [worker.pid] for workers in running.values()) for worker in self.workers]
            if max(loads) - min(loads) > 1:
                return f"unevenly spread: {loads}"
            return self._wrong_status()
        except (requests.RequestException, KeyError, StopIteration) as error:
            return repr(error)

    def _wrong_status(self) -> str:
        pids = {f"127.0.0.1:{worker.port}": worker.pid for worker in self.workers}
        running = self.running()
        for worker in self.workers:
            for name, info in worker.rest("GET", "/connectors?expand=status").json().items():
                status = info["status"]
                for part in (status["connector"], *status["tasks"]):
                    label = f"{name}-{part.get('id', '')}"
                    if part["state"] != "RUNNING" or part["worker_id"] not in pids:
                        return f"worker {worker.port} says of {label}: {part}"
                    if "id" in part and running.get(label) != [pids[part["worker_id"]]]:
                        return f"worker {worker.port} says of {label}: {part}, which {running.get(label)} runs"
        return ""


def moved(before: dict[str, int], after: dict[str, int]) -> int:
    """How many tasks have changed their worker."""
    return sum(after[label] != worker for label, worker in before.items() if label in after)


class Model:
    """What the reference algorithm does with a settled group: how many tasks it moves because of one event."""

    def __init__(self, owned: dict[str, int], connectors: Iterable[str], workers: Iterable[int]) -> None:
        """`owned`: the worker of each task."""
        self._tasks = {label: _task(label) for label in owned}
        self._owned = {
            str(worker): Work.of((), (self._tasks[label] for label, owner in owned.items() if owner == worker))
            for worker in workers
        }
        # Whose connectors are whose does not matter for the tasks; they are dealt out anew.
        self._all = Work.of(connectors, self._tasks.values())
        self._now_ms = 0
        self._generation = 0
        self._assignor = IncrementalAssignor(1000, lambda: self._now_ms)
        self._settle()

    def moves(self, event: Callable[[dict[str, Work]], None]) -> int:
        """`event` changes the members."""
        before = self._owners()
        event(self._owned)
        self._settle()
        after = self._owners()
        assert set(after) == set(before)
        return sum(after[task] != owner for task, owner in before.items())

    def _owners(self) -> dict[Task, str]:
        return {task: member for member, work in self._owned.items() for task in work.tasks}

    def _settle(self) -> None:
        for _ in range(20):
            self._generation += 1
            dealt = self._assignor.assign(self._all, self._owned, self._generation - 1 or -1, self._generation)
            self._owned = {m: (work - dealt.revoked[m]) | dealt.new[m] for m, work in self._owned.items()}
            self._now_ms += 1000
            if not (any(dealt.new.values()) or any(dealt.revoked.values()) or dealt.delay_ms):
                return
        raise AssertionError("the model does not settle")


def _task(label: str) -> Task:
    name, _, index = label.rpartition("-")
    return name, int(index)


def join(owned: dict[str, Work]) -> None:
    owned["new"] = NOTHING


def without(worker: int) -> Callable[[dict[str, Work]], None]:
    def leave(owned: dict[str, Work]) -> None:
        del owned[str(worker)]

    return leave


def rest_ready(worker: WorkerProcess) -> None:
    until(worker.healthy, 60)


def freeze(worker: WorkerProcess) -> None:
    """Stops the worker's own process, not those of its tasks: nobody tells them anything any more."""
    os.kill(worker.pid, signal.SIGSTOP)


def thaw(worker: WorkerProcess) -> None:
    os.kill(worker.pid, signal.SIGCONT)
