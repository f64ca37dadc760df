"""The servers of a run: broker and Java worker with the memory that Kafka's own scripts give them, and our worker."""

from __future__ import annotations

import os
from pathlib import Path

from rowtide_dev.bench.figures import OURS, REFERENCE
from rowtide_dev.bench.places import Places, Side
from rowtide_dev.kafka import Kafka
from rowtide_dev.mariadb import Mariadb
from rowtide_dev.processes import Launcher
from rowtide_dev.reference import JavaConnect, worker_properties
from rowtide_dev.registry import Registry
from rowtide_dev.service import Service
from rowtide_dev.worker import Worker

_G1 = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"]
_FLUSH_MS = 5000


def as_kafka_starts_it(command: list[str], heap: list[str]) -> list[str]:
    """A service's command line with the options of kafka-run-class.sh in place of those that save memory here."""
    rest = [part for part in command[1:] if not part.startswith(("-Xmx", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel"))]
    return [command[0], *heap, *_G1, *rest]


class Broker(Kafka):
    def prepare(self) -> list[str]:
        return as_kafka_starts_it(super().prepare(), ["-Xms1G", "-Xmx1G"])


class Reference(JavaConnect):
    def prepare(self) -> list[str]:
        return as_kafka_starts_it(super().prepare(), ["-Xms256M", "-Xmx2G"])


class OurWorker(Worker):
    """Our worker with one of its engines."""

    def __init__(self, folder: Path, kafka: str, engine: str) -> None:
        super().__init__(folder, kafka, worker_properties("bench-rowtide", flush_ms=_FLUSH_MS))
        self._engine = engine

    def environment(self) -> dict[str, str]:
        return {**os.environ, "ROWTIDE_ENGINE": self._engine}


class Stack:
    """Everything that a run needs, with new data."""

    def __init__(self, folder: Path, engine: str, *, reference: bool = True) -> None:
        self._folder = folder
        self._engine = engine
        self._with_reference = reference
        self._started: list[Service] = []

    def start(self, launcher: Launcher) -> Places:
        """Raises DevError when one does not start."""
        kafka, mariadb = Broker(self._folder / "kafka"), Mariadb(self._folder / "mariadb")
        registry = Registry(self._folder / "registry")
        for service in (kafka, mariadb, registry):
            self._start(service, launcher)
        ours = OurWorker(self._folder / "worker", kafka.address, self._engine)
        self._start(ours, launcher)
        sides = [Side.at(OURS, ours.url)]
        if self._with_reference:
            properties = worker_properties("bench-reference", flush_ms=_FLUSH_MS)
            reference = Reference(self._folder / "reference", kafka.address, properties)
            self._start(reference, launcher)
            sides.insert(0, Side.at(REFERENCE, reference.url))
        return Places(tuple(sides), kafka.address, mariadb.port, registry.url)

    def _start(self, service: Service, launcher: Launcher) -> None:
        service.stop()  # of a run that was killed
        service.wipe()
        self._started.append(service)
        service.start(launcher)

    def stop(self) -> None:
        for service in reversed(self._started):
            service.stop()
