"""What bounds a race: Java's producer alone with the same payloads, and the server's own reader of its log."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from rowtide.kafka.producer import producer_settings
from rowtide.kafka.queue import queue_bytes
from rowtide_dev import jars, ports
from rowtide_dev.bench.figures import Limit
from rowtide_dev.bench.places import Ends, Places
from rowtide_dev.bench.race import Outcome
from rowtide_dev.errors import DevError
from rowtide_dev.kafka import java

_PAYLOADS_MAX = 20_000
_BATCH_BYTES = 1_000_000
"""librdkafka's default; Java's own batches of 16 KiB are small."""

_TIMEOUT_S = 300
_SENT = re.compile(r"^(\d+) records sent, ([\d.]+) records/sec", re.MULTILINE)
_COMPRESSION = {"compression.type": "lz4"}
_CONNECT = {**_COMPRESSION, "acks": "all", "enable.idempotence": "false", "max.in.flight.requests.per.connection": "1"}
"""What a Connect worker gives its producers."""

CONNECTS, OURS = "Java's producer alone, Connect's settings", "Java's producer alone, our settings"


def producer_limits(places: Places, topic: str, rows: int) -> list[Limit]:
    """How fast Kafka's own benchmark sends the values of a topic. Raises DevError."""
    with tempfile.TemporaryDirectory() as folder:
        payloads = Path(folder) / "payloads"
        payloads.write_bytes(b"".join(value + b"\n" for value in _values(places.kafka, topic)))
        return [
            _performance(places, payloads, rows, title, settings)
            for title, settings in ((CONNECTS, _CONNECT), (OURS, our_settings()))
        ]


def our_settings() -> dict[str, str]:
    """Those of our producer, under Java's names."""
    given = producer_settings(_COMPRESSION)
    same = (*_CONNECT, "linger.ms")
    return {
        **{name: str(given[name]).lower() for name in same},
        "batch.size": str(given.get("batch.size", _BATCH_BYTES)),
        "buffer.memory": str(queue_bytes(given)),
    }


def _values(kafka: str, topic: str) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "payloads", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        messages = consumer.consume(_PAYLOADS_MAX, 10)
    finally:
        consumer.close()
    values = [value for message in messages if message.error() is None and (value := message.value())]
    if not values:
        raise DevError(f"{topic} has no records to send")
    return values


def _performance(places: Places, payloads: Path, rows: int, title: str, settings: dict[str, str]) -> Limit:
    topic = f"limit-{time.time_ns()}"
    properties = [f"{name}={value}" for name, value in {"bootstrap.servers": places.kafka, **settings}.items()]
    command = [
        *java(1024, jars.folder("kafka"), "org.apache.kafka.tools.ProducerPerformance"),
        *("--topic", topic, "--num-records", str(rows), "--throughput", "-1", "--payload-file", str(payloads)),
        *("--producer-props", *properties),
    ]
    text, cpu_s = _run(command)
    found = _SENT.findall(text)
    if not found:
        raise DevError(f"ProducerPerformance did not say what it sent: {text[-2000:]}")
    Ends(places.kafka, [topic]).remove()
    return Limit(title, float(found[-1][1]), cpu_s / rows * 1e6)


def log_limit(places: Places, outcome: Outcome) -> Limit:
    """How fast the server's own program fetches the rows of a race from its log, without decoding them."""
    program = shutil.which("mariadb-binlog") or shutil.which("mysqlbinlog")
    if program is None:
        raise DevError("mariadb-binlog is missing: run bin/setup mariadb")
    file, position = outcome.log
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(program, "--no-defaults", "--read-from-remote-server", f"--host={ports.HOST}", "--user=root"),
            *(f"--port={places.mariadb_port}", "--raw", f"--result-file={folder}/", "--to-last-log"),
            *(f"--start-position={position}", file),
        ]
        took_s, (_, cpu_s) = _timed(lambda: _run(command))
    return Limit("mariadb-binlog reads the same log", outcome.rows / took_s, cpu_s / outcome.rows * 1e6)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    answer = call()
    return time.monotonic() - began, answer


def _run(command: list[str]) -> tuple[str, float]:
    """Its output and its processor time in seconds. Raises DevError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise DevError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
