"""How to reach a server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Literal

Flavor = Literal["mysql", "mariadb"]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Address, credentials and TLS of one server.

    Attributes:
        ssl: context to encrypt with, None for plain text.
        ssl_required: refuse a server without TLS; otherwise fall back to plain text.
        initial_statements: run on each connection that queries (not on a binlog connection).
    """

    flavor: Flavor
    host: str
    port: int
    user: str
    password: str = ""
    ssl: ssl.SSLContext | None = None
    ssl_required: bool = False
    connect_timeout_s: float = 30.0
    query_timeout_s: float = 600.0
    initial_statements: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"ServerSettings({self.flavor}, {self.user}@{self.address})"
