"""How long a row takes from the statement that writes it to a consumer, at a steady rate."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from rowtide_dev.bench.figures import Latency
from rowtide_dev.bench.places import Ends, Places, Side
from rowtide_dev.bench.shapes import Orders
from rowtide_dev.bench.workloads import Workload, connector_config

_STATEMENT_ROWS = 50
_ARRIVAL_S = 30.0
_PROBES_MAX = 120
_INSERT = "INSERT INTO orders (customer_id,status,amount,sku,created_at) VALUES "
_ROW = "(1,'NEW',1.5,%s,'2026-01-01')"


class Receiver(threading.Thread):
    """Reads a topic as soon as something comes; keeps (receipt in ns, value)."""

    def __init__(self, kafka: str, topic: str) -> None:
        super().__init__(name="receiver", daemon=True)
        self.received: list[tuple[int, bytes]] = []
        self._ended = threading.Event()
        self._topic = topic
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": f"latency-{uuid.uuid4().hex}",
                "enable.auto.commit": False,
                "allow.auto.create.topics": False,
                "topic.metadata.refresh.interval.ms": 1000,
                "fetch.wait.max.ms": 100,
                "fetch.error.backoff.ms": 20,
            }
        )

    def run(self) -> None:
        self._consumer.assign([TopicPartition(self._topic, 0, 0)])
        while not self._ended.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None and (value := message.value()):
                self.received.append((time.time_ns(), value))
        self._consumer.close()

    def end(self) -> None:
        self._ended.set()
        self.join()


def measure(places: Places, side: Side, *, rate: int, seconds: float, timeout_s: float) -> Latency:
    """Writes at so many rows a second, 50 a statement, and reads them back. Raises DevError when nothing comes."""
    name = f"{side.name}{uuid.uuid4().hex[:6]}"
    database = f"race{name[-6:]}"
    workload = Workload("latency", "")
    with places.connect() as connection, connection.cursor() as cursor:
        connection.autocommit(True)
        cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {database}")
        Orders().create(cursor, 0)
        receiver = Receiver(places.kafka, f"{name}.{database}.orders")
        receiver.start()
        try:
            config = places.connector(name, database, "no_data") | connector_config(workload, places.registry)
            side.rest.put_config(name, config)

            def arrives() -> bool:
                cursor.execute(_INSERT + _ROW, ("0",))
                time.sleep(0.5)
                return bool(receiver.received)

            side.rest.wait_until(name, arrives, "streaming", timeout_s)
            time.sleep(1.0)
            receiver.received.clear()
            sent, took_s = _write(cursor, rate, seconds)
            deadline = time.monotonic() + _ARRIVAL_S
            while len(receiver.received) < sent and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            receiver.end()
            if name in side.rest.connectors():
                side.rest.stop(name)
                side.rest.wait_until(name, lambda: not side.rest.task_state(name), "stopped", timeout_s)
                side.rest.delete(name)
            Ends(places.kafka, [f"{name}.{database}.orders"]).remove()
            cursor.execute(f"DROP DATABASE {database}")
    delays = [(at - int(json.loads(value)["after"]["sku"])) / 1e6 for at, value in receiver.received]
    return Latency.of(delays, sent / took_s, sent - len(delays))


def _write(cursor: Any, rate: int, seconds: float) -> tuple[int, float]:
    statement = _INSERT + ",".join([_ROW] * _STATEMENT_ROWS)
    began, sent = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        wait_s = began + sent / rate - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        cursor.execute(statement, [str(time.time_ns())] * _STATEMENT_ROWS)
        sent += _STATEMENT_ROWS
    return sent, time.monotonic() - began
