"""Broker, MariaDB and our worker, to be killed piece by piece and mended as an operator would."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pymysql
import requests

from rowtide_dev.guard import descendants
from rowtide_dev.kafka import Kafka
from rowtide_dev.mariadb import Mariadb
from rowtide_dev.processes import Guard
from rowtide_dev.reference import worker_properties
from rowtide_dev.service import Service
from rowtide_dev.worker import Worker
from tests.kill.load import DATABASE

CONNECTOR = "killed"
PREFIX = "kill"
TICK_S = 0.25
# A killed worker's place in the group is free once its session is over; 6 s is the least that brokers allow.
QUICK_GROUP = {
    "session.timeout.ms": "6000",
    "heartbeat.interval.ms": "2000",
    "scheduled.rebalance.max.delay.ms": "1000",
}
TASK_MODULE = b"rowtide.runtime.task"


class System:
    """Used from one thread. `kill_*` return whether there was something to kill; `mend` starts again what is gone."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        self._guard = guard
        self.kafka = Kafka(folder / "kafka", {"num.partitions": "3"})
        self.mariadb = Mariadb(folder / "mariadb")
        for service in (self.kafka, self.mariadb):
            service.spawn(guard)
        for service in (self.mariadb, self.kafka):
            service.wait_until_it_answers()
        properties = {**worker_properties("kill", flush_ms=500), **QUICK_GROUP}
        self.worker = Worker(folder / "worker", self.kafka.address, properties)
        self.worker.start(guard)
        self.mended: Counter[str] = Counter()
        self.failures: list[str] = []

    def connector_config(self) -> dict[str, str]:
        return {
            "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": str(self.mariadb.port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": "7001",
            "topic.prefix": PREFIX,
            "database.include.list": DATABASE,
            "schema.history.internal.kafka.bootstrap.servers": self.kafka.address,
            "schema.history.internal.kafka.topic": f"{PREFIX}.history",
        }

    def kill(self, what: str) -> bool:
        done: bool = getattr(self, f"_kill_{what}")()
        return done

    def _kill_task(self) -> bool:
        pids = self.task_pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def _kill_worker(self) -> bool:
        return self._kill_service(self.worker)

    def _kill_broker(self) -> bool:
        return self._kill_service(self.kafka)

    def _kill_server(self) -> bool:
        return self._kill_service(self.mariadb)

    def _kill_connection(self) -> bool:
        try:
            with self.mariadb.connect() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
                dumps = [row[0] for row in cursor.fetchall()]
                for dump in dumps:
                    cursor.execute(f"KILL HARD CONNECTION {dump}")
        except pymysql.Error:
            return False
        return bool(dumps)

    def _kill_service(self, service: Service) -> bool:
        if service.process is None or service.process.poll() is not None:
            return False
        service.kill()
        return True

    def task_pids(self) -> list[int]:
        """Processes of tasks below the worker."""
        if self.worker.process is None:
            return []
        found = []
        for pid in descendants(self.worker.process.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if TASK_MODULE in command:
                found.append(pid)
        return found

    def mend(self) -> None:
        """Start what has ended, without waiting for it, and restart a failed task."""
        for service in (self.mariadb, self.kafka, self.worker):
            if service.process is None or service.process.poll() is not None:
                service.spawn(self._guard)
                self.mended[service.name] += 1
        state, trace = self._task_status()
        if state == "FAILED" and trace not in self.failures:  # a trace names the process, so it comes once
            try:
                answer = requests.post(f"{self.worker.url}/connectors/{CONNECTOR}/tasks/0/restart", timeout=10)
            except requests.RequestException:
                return
            if answer.ok:
                self.failures.append(trace)
                self.mended["task"] += 1

    def task_state(self) -> str:
        """Of the connector's task; empty where the worker can't tell now."""
        return self._task_status()[0]

    def _task_status(self) -> tuple[str, str]:
        """State and trace, both empty where the worker can't tell now."""
        try:
            answer = requests.get(f"{self.worker.url}/connectors/{CONNECTOR}/status", timeout=5)
            tasks: list[dict[str, Any]] = answer.json().get("tasks", []) if answer.ok else []
        except (requests.RequestException, ValueError):
            return "", ""
        return (str(tasks[0]["state"]), str(tasks[0].get("trace"))) if tasks else ("", "")

    def watch(self, seconds: float) -> None:
        """Let time pass, and mend meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.mend()
            time.sleep(TICK_S)


def order_of_kills(count: int, chooser: random.Random) -> list[str]:
    """What to kill, every kind about as often, in random order."""
    kinds = ("task", "worker", "connection", "broker", "server")
    kills = [kinds[number % len(kinds)] for number in range(count)]
    chooser.shuffle(kills)
    return kills
