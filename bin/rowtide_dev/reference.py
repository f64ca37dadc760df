"""The real thing to compare with: Java Kafka Connect with Debezium's connectors and Confluent's Avro converter."""

from __future__ import annotations

from pathlib import Path

import requests

from rowtide_dev import jars, ports
from rowtide_dev.kafka import java
from rowtide_dev.service import Service

PLUGINS = ("debezium-mysql", "debezium-mariadb")
# The worker has these itself; a second copy in a plugin's class loader would make its records foreign to the worker.
WORKERS_OWN = ("kafka-clients-", "connect-api-")


class JavaConnect(Service):
    """A distributed worker of Kafka Connect.

    Args:
        kafka: bootstrap servers.
        properties: worker properties beside those that it sets itself (group, topics, converters).
    """

    name = "reference"
    start_deadline_s = 150.0

    def __init__(self, folder: Path, kafka: str, properties: dict[str, str]) -> None:
        super().__init__(folder)
        self._kafka = kafka
        self._properties = properties

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def prepare(self) -> list[str]:
        libraries = jars.folder("kafka")
        plugins = self.folder / "plugins"
        plugins.mkdir(exist_ok=True)
        folders = {name: jars.folder(name, without=WORKERS_OWN) for name in PLUGINS}
        for name, folder in {**folders, "avro": jars.avro_converter()}.items():
            link = plugins / name
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        settings = {
            "bootstrap.servers": self._kafka,
            "listeners": self.url,
            "rest.advertised.host.name": ports.HOST,
            "rest.advertised.port": str(self.port),
            "plugin.path": str(plugins),
            "plugin.discovery": "service_load",
            **self._properties,
        }
        file = self.folder / "worker.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        command = java(1024, libraries, "org.apache.kafka.connect.cli.ConnectDistributed", str(file))
        return [argument.replace("defaultLogLevel=warn", "defaultLogLevel=info") for argument in command]

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False


def worker_properties(group: str, *, flush_ms: int = 5000) -> dict[str, str]:
    """Worker properties that name a group and its three topics; good for a Java worker and for ours alike."""
    return {
        "group.id": group,
        "config.storage.topic": f"{group}-configs",
        "offset.storage.topic": f"{group}-offsets",
        "status.storage.topic": f"{group}-status",
        "config.storage.replication.factor": "1",
        "offset.storage.replication.factor": "1",
        "offset.storage.partitions": "1",
        "status.storage.replication.factor": "1",
        "status.storage.partitions": "1",
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "true",
        "value.converter.schemas.enable": "true",
        "offset.flush.interval.ms": str(flush_ms),
    }
