"""A real schema registry: Apicurio, whose REST interface is Confluent's under /apis/ccompat. It keeps all in memory."""

from __future__ import annotations

import requests

from rowtide_dev import jars, ports
from rowtide_dev.errors import DevError
from rowtide_dev.service import Service


class Registry(Service):
    name = "registry"

    @property
    def url(self) -> str:
        """For `schema.registry.url`."""
        return f"http://{self.address}/apis/ccompat/v7"

    def prepare(self) -> list[str]:
        program = next(jars.registry_app().glob("*-runner.jar"), None)
        if program is None:
            raise DevError(f"{jars.registry_app()} has no program: remove that folder")
        return [
            "java",
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            f"-Dquarkus.http.host={ports.HOST}",
            f"-Dquarkus.http.port={self.port}",
            "-jar",
            str(program),
        ]

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/subjects", timeout=5).status_code == 200
        except requests.RequestException:
            return False
