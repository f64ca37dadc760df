"""A real Apache Kafka broker (KRaft, one node that is broker and controller)."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from rowtide_dev import jars, ports
from rowtide_dev.errors import DevError
from rowtide_dev.service import Service

# Single-node values for everything that is replicated by default, small internal topics, and no wait for more group
# members. Messages may have the 10 MB that a long row needs. The static voter list lets ports change between starts.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{broker}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
num.partitions=1
auto.create.topics.enable=true
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes=10485760
replica.fetch.max.bytes=10485760
log.retention.bytes=4000000000
"""
CLUSTER_ID = "cm93dGlkZS1kZXYtLS0tLQ"
FORMAT_TIMEOUT_S = 60


def java(heap_mb: int, libraries: Path, *command: str) -> list[str]:
    """A JVM's command line with the least memory and start-up time that still serves."""
    return [
        "java",
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        "-cp",
        f"{libraries}/*",
        *command,
    ]


class Kafka(Service):
    """Args:
    properties: broker properties that differ from the usual ones here.
    """

    name = "kafka"
    port_names = ("broker", "controller")

    def __init__(self, folder: Path, properties: dict[str, str] | None = None) -> None:
        super().__init__(folder)
        self._properties = properties or {}

    def prepare(self) -> list[str]:
        libraries = jars.folder("kafka")
        data = self.folder / "data"
        properties = self.folder / "server.properties"
        text = PROPERTIES.format(host=ports.HOST, data=data, **self.ports)
        properties.write_text(text + "".join(f"{name}={value}\n" for name, value in self._properties.items()))
        if not (data / "meta.properties").exists():
            self._format(libraries, properties)
        return java(768, libraries, "kafka.Kafka", str(properties))

    def _format(self, libraries: Path, properties: Path) -> None:
        command = java(256, libraries, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties))
        command.insert(1, "-XX:TieredStopAtLevel=1")
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S)
        if done.returncode != 0:
            raise DevError(f"kafka's storage can't be formatted:\n{done.stdout}{done.stderr}")

    def answers(self) -> bool:
        if not ports.listens(self.port):
            return False
        try:
            client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
            return bool(client.list_topics(timeout=3).brokers)
        except KafkaException:
            time.sleep(0.2)
            return False
