"""bin/quickstart: the whole way on real servers, from rows in MariaDB to typed rows in a consumer.

    quickstart           shows it, then stays until Ctrl-C and shows what you change in the shop database yourself
    quickstart --once    ends by itself: 0 when every expected row has arrived, else 1 with the reason

Data, ports and logs are in .state/quickstart. Every run starts with new data; nothing is left running after it.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from rowtide_dev import jars, ports, shop
from rowtide_dev.errors import DevError
from rowtide_dev.kafka import Kafka
from rowtide_dev.mariadb import Mariadb
from rowtide_dev.processes import Guard
from rowtide_dev.reference import worker_properties
from rowtide_dev.services import state_folder
from rowtide_dev.worker import Worker
from rowtide_sdk import Consumer, Delete, Insert, Read, RowEvent, Update

CONNECTOR = "shop"
PREFIX = "demo"
ROWS_DEADLINE_S = 60.0
TOPICS = [f"{PREFIX}.{table}" for table in shop.ROW_CLASSES]
KINDS: dict[type[Any], str] = {Read: "read", Insert: "insert", Update: "update", Delete: "delete"}


class Steps:
    """Prints what is done, each step in a line with the seconds since the start."""

    def __init__(self) -> None:
        # The shell script that starts us notes when it was called, so that setting up is in the times.
        self._begun = float(os.environ.get("ROWTIDE_BEGUN") or time.time())

    def say(self, text: str) -> None:
        print(f"[{time.time() - self._begun:6.2f} s] {text}", flush=True)


class Watcher:
    """A consumer on the SDK in a thread of its own; what it sees waits in `events`."""

    def __init__(self, kafka: str) -> None:
        self.events: queue.Queue[RowEvent[Any] | Exception] = queue.Queue(maxsize=10_000)
        self._kafka = kafka
        threading.Thread(target=self._run, name="consumer", daemon=True).start()

    def _run(self) -> None:
        try:
            with Consumer(
                TOPICS, bootstrap_servers=self._kafka, group_id="shop-reader", rows=shop.ROW_CLASSES
            ) as consumer:
                for event in consumer:
                    if isinstance(event, RowEvent):
                        self.events.put(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the main thread must hear of it
            self.events.put(error)

    def next(self, timeout_s: float) -> RowEvent[Any] | None:
        try:
            event = self.events.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(event, Exception):
            raise DevError(f"the consumer failed: {type(event).__name__}: {event}") from event
        return event


class Quickstart:
    def __init__(self, folder: Path, guard: Guard, steps: Steps) -> None:
        self._guard = guard
        self._steps = steps
        self._mariadb = Mariadb(folder / "mariadb")
        self._kafka = Kafka(folder / "kafka")
        self._worker_folder = folder / "worker"
        self._worker: Worker | None = None
        self._connector_file = folder / "connector.json"

    def start(self) -> Worker:
        """Start the servers and the worker, all with new data."""
        for service in (self._mariadb, self._kafka):
            service.stop()
            service.wipe()
        jars.folder("kafka")
        self._steps.say("Apache Kafka's jars are there")
        for service in (self._mariadb, self._kafka):
            service.spawn(self._guard)
        self._mariadb.wait_until_it_answers()
        self._steps.say(f"MariaDB listens at {self._mariadb.address}")
        self._fill_the_shop()
        self._kafka.wait_until_it_answers()
        self._steps.say(f"Kafka listens at {self._kafka.address}")
        self._worker = Worker(
            self._worker_folder, self._kafka.address, worker_properties("shop-connect", flush_ms=2000)
        )
        self._worker.stop()
        self._worker.wipe()
        self._worker.start(self._guard)
        self._steps.say(f"the worker listens at {self._worker.url} (rowtide worker {self._worker.file})")
        return self._worker

    def _fill_the_shop(self) -> None:
        with self._mariadb.connect() as connection, connection.cursor() as cursor:
            for statement in shop.TABLES:
                cursor.execute(statement)
            for row in shop.BEFORE:
                cursor.execute(*shop.insert(row).statement())
        self._steps.say(f"database {shop.DATABASE}: {len(shop.TABLES) - 1} tables, {len(shop.BEFORE)} rows")

    def post_connector(self, worker: Worker) -> None:
        config = {
            "connector.class": "io.debezium.connector.mariadb.MariaDbConnector",
            "tasks.max": "1",
            "database.hostname": ports.HOST,
            "database.port": str(self._mariadb.port),
            "database.user": "cdc",
            "database.password": "cdc",
            "database.server.id": "5401",
            "topic.prefix": PREFIX,
            "database.include.list": shop.DATABASE,
            "schema.history.internal.kafka.bootstrap.servers": self._kafka.address,
            "schema.history.internal.kafka.topic": f"{PREFIX}.history",
        }
        body = {"name": CONNECTOR, "config": config}
        self._connector_file.write_text(json.dumps(body, indent=2) + "\n")
        answer = requests.post(f"{worker.url}/connectors", json=body, timeout=90)
        if answer.status_code != 201:
            raise DevError(f"POST /connectors answered {answer.status_code}: {answer.text[:2000]}")
        self._steps.say(f"POST {worker.url}/connectors: connector {CONNECTOR} is made ({self._connector_file})")

    def watch(self) -> Watcher:
        return Watcher(self._kafka.address)

    def apply(self, transaction: shop.ShopTransaction) -> None:
        with self._mariadb.connect(autocommit=False) as connection, connection.cursor() as cursor:
            for change in transaction.changes:
                cursor.execute(*change.statement())
            connection.commit()
        self._steps.say(f"committed: {transaction.title}")

    def see(self, watcher: Watcher, expected: list[shop.Change], kind: str = "") -> None:
        """Show rows as they arrive until all that are expected have; those of a table must come in their order.

        Raises:
            DevError: another row came instead, or none within the deadline.
        """
        missing: dict[str, list[shop.Change]] = {}
        for change in expected:
            missing.setdefault(change.table, []).append(change)
        deadline = time.monotonic() + ROWS_DEADLINE_S
        while any(missing.values()):
            event = watcher.next(timeout_s=0.5)
            if event is None:
                self._check_task()
                if time.monotonic() > deadline:
                    absent = [change for changes in missing.values() for change in changes]
                    raise DevError(
                        f"{len(absent)} rows did not arrive in {ROWS_DEADLINE_S:.0f} s, the first: {absent[0]}"
                    )
                continue
            self.show(event)
            waiting = missing.get(event.source.table_name)
            wanted = waiting.pop(0) if waiting else None
            if wanted != shop.Change(event.before, event.after) or (kind and KINDS[type(event)] != kind):
                raise DevError(f"expected {wanted}, but this came: {event}")

    def show(self, event: RowEvent[Any]) -> None:
        if isinstance(event, Update) and event.before is not None:
            names = event.changed
            text = ", ".join(f"{name}: {getattr(event.before, name)} → {getattr(event.after, name)}" for name in names)
            text = f"{event.key} {text}"
        else:
            text = str(event.before if event.after is None else event.after)
        self._steps.say(f"    {event.source.table_name:<17} {KINDS[type(event)]:<6} {text}")

    def _check_task(self) -> None:
        assert self._worker is not None
        if self._worker.process is None or self._worker.process.poll() is not None:
            raise DevError(f"the worker ended. {self._worker.log_end()}")
        answer = requests.get(f"{self._worker.url}/connectors/{CONNECTOR}/status", timeout=30)
        status = answer.json() if answer.ok else {}
        for part in [status.get("connector", {}), *status.get("tasks", [])]:
            if part.get("state") == "FAILED":
                raise DevError(f"the connector failed: {part.get('trace')}")

    def explain(self, worker: Worker) -> None:
        client = f"mariadb -h {ports.HOST} -P {self._mariadb.port} -u root {shop.DATABASE}"
        print(
            f"""
Kafka {self._kafka.address}   MariaDB {self._mariadb.address}   worker {worker.url}
topics {" ".join(TOPICS)}

Try in another terminal:
    curl -s {worker.url}/connectors/{CONNECTOR}/status
    curl -s {worker.url}/connectors/{CONNECTOR}/offsets
    curl -s {worker.url}/connectors?expand=info
    curl -s -X PUT {worker.url}/connectors/{CONNECTOR}/pause
    curl -s -X PUT {worker.url}/connectors/{CONNECTOR}/resume
    {client} -e "UPDATE customers SET city = 'Busan' WHERE id = 1"

What you change in the shop is shown below. Ctrl-C ends everything.
""",
            flush=True,
        )

    def stop(self) -> None:
        """End the worker first, so that it can commit its offsets."""
        for service in (self._worker, self._mariadb, self._kafka):
            if service is not None:
                service.stop()


def run(*, once: bool) -> None:
    steps = Steps()
    folder = state_folder() / "quickstart"
    with _alone(folder), Guard() as guard:
        quickstart = Quickstart(folder, guard, steps)
        try:
            worker = quickstart.start()
            quickstart.post_connector(worker)
            watcher = quickstart.watch()
            quickstart.see(watcher, [shop.insert(row) for row in shop.BEFORE], kind="read")
            steps.say(f"the snapshot has arrived: {len(shop.BEFORE)} rows")
            rows = len(shop.BEFORE)
            for transaction in shop.transactions():
                quickstart.apply(transaction)
                quickstart.see(watcher, list(transaction.changes))
                rows += len(transaction.changes)
            steps.say(f"all {rows} rows have arrived as expected")
            if not once:
                quickstart.explain(worker)
                while True:
                    if event := watcher.next(timeout_s=1.0):
                        quickstart.show(event)
        finally:
            steps.say("stopping")
            quickstart.stop()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the state folder, which serves one quickstart at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DevError(
                f"another quickstart runs in {folder}; end it, or set ROWTIDE_STATE to another folder"
            ) from None
        yield


def main(arguments: list[str]) -> int:
    if any(argument != "--once" for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 0 if arguments in (["--help"], ["-h"]) else 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        run(once="--once" in arguments)
    except DevError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
