"""Which servers the tests of versions run on, and what they need to know of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pymysql

DEFAULT = ("mariadb1011", "mysql97")
"""Those that every run covers; ROWTIDE_TEST_VERSIONS names others."""


def wanted() -> list[str]:
    return [name for name in os.environ.get("ROWTIDE_TEST_VERSIONS", ",".join(DEFAULT)).split(",") if name]


def running() -> dict[str, int]:
    """Servers that run already, with their ports: ROWTIDE_TEST_SERVERS, `mysql55=13055,mysql56=13056`."""
    entries = (entry.partition("=") for entry in os.environ.get("ROWTIDE_TEST_SERVERS", "").split(",") if entry)
    return {name: int(port) for name, _, port in entries}


@dataclass(frozen=True)
class VersionServer:
    """Attributes:
    name: as `bin/services start` takes it.
    certificates: folder with ca.pem, client.pem and client-key.pem; None where the server has no TLS of ours.
    """

    name: str
    port: int
    version: tuple[int, ...]
    certificates: Path | None = None

    @property
    def flavor(self) -> str:
        return "mariadb" if self.name.startswith("mariadb") else "mysql"

    def since(self, mysql: tuple[int, ...] | None, mariadb: tuple[int, ...] | None) -> bool:
        """Whether the server is of that version or later; None for a kind of server that never has it."""
        first = mysql if self.flavor == "mysql" else mariadb
        return first is not None and self.version >= first

    def connect(self, **options: object) -> pymysql.Connection:
        settings = {"host": "127.0.0.1", "port": self.port, "user": "root", "charset": "utf8mb4", "autocommit": True}
        return pymysql.connect(**{**settings, **options})

    @classmethod
    def at(cls, name: str, port: int, certificates: Path | None = None) -> VersionServer:
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            text = cursor.fetchone()[0]
        return cls(name, port, tuple(int(part) for part in text.split("-")[0].split(".")[:3]), certificates)
