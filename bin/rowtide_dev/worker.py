"""Our own worker, as a service."""

from __future__ import annotations

import sys
from pathlib import Path

import requests

from rowtide_dev import ports
from rowtide_dev.service import Service


class Worker(Service):
    """`rowtide worker FILE`.

    Args:
        kafka: bootstrap servers.
        properties: worker properties beside the addresses.
    """

    name = "worker"
    start_deadline_s = 60.0
    stop_deadline_s = 30.0

    def __init__(self, folder: Path, kafka: str, properties: dict[str, str]) -> None:
        super().__init__(folder)
        self._kafka = kafka
        self._properties = properties

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def file(self) -> Path:
        return self.folder / "connect-distributed.properties"

    def prepare(self) -> list[str]:
        settings = {
            "bootstrap.servers": self._kafka,
            "listeners": self.url,
            "rest.advertised.host.name": ports.HOST,
            "rest.advertised.port": str(self.port),
            **self._properties,
        }
        self.file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return [str(Path(sys.executable).parent / "rowtide"), "worker", str(self.file)]

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False
