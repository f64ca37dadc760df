"""A worker's configuration: connect-distributed.properties, read, checked and with what follows from it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rowtide.config.definition import Type
from rowtide.config.properties import read_properties
from rowtide.config.providers import ConfigProvider, ConfigResolver, built_in_provider
from rowtide.errors import ConfigError
from rowtide.runtime.rest_options import LISTENER
from rowtide.runtime.worker_options import (
    KNOWN_PREFIXES,
    MODE,
    NOT_USED,
    STANDALONE,
    STANDALONE_OPTIONS,
    WORKER_OPTIONS,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where REST is served; an empty host stands for all addresses, port 0 for any free one."""

    host: str
    port: int
    scheme: str = "http"


class WorkerConfig:
    """Immutable after construction.

    Attributes:
        raw: the properties as they were read; this is what a task's process gets, which resolves placeholders itself.
        resolved: the same with the placeholders of config providers replaced.
        resolver: the worker's config providers, also for connector configurations.
        standalone: whether it is a worker without a group.
    """

    def __init__(
        self,
        properties: Mapping[str, str],
        find_provider: Callable[[str], type[ConfigProvider] | None] = built_in_provider,
    ) -> None:
        """Raises ConfigError that lists every option that is missing or wrong, one a line."""
        self.raw: Mapping[str, str] = dict(properties)
        self.resolver = ConfigResolver.from_properties(properties, find_provider)
        self.resolved: Mapping[str, str] = self.resolver.resolve(dict(properties))
        self.standalone = properties.get(MODE) == STANDALONE
        self._options = STANDALONE_OPTIONS if self.standalone else WORKER_OPTIONS
        self._values = self._options.parse(self.resolved)
        self._check_together()

    @classmethod
    def from_file(
        cls,
        path: Path | str,
        find_provider: Callable[[str], type[ConfigProvider] | None] = built_in_provider,
        *,
        standalone: bool = False,
    ) -> WorkerConfig:
        mode = {MODE: STANDALONE} if standalone else {}
        return cls({**read_properties(path), **mode}, find_provider)

    def _check_together(self) -> None:
        topics = [self.text(f"{kind}.storage.topic") for kind in ("config", "offset", "status")]
        if len(set(topics)) < len(topics):
            raise ConfigError(
                "config.storage.topic, offset.storage.topic and status.storage.topic must be three topics, "
                f"not {', '.join(topics)}."
            )
        if self.number("heartbeat.interval.ms") >= self.number("session.timeout.ms"):
            raise ConfigError("heartbeat.interval.ms must be less than session.timeout.ms, usually a third of it.")
        if self.text("exactly.once.source.support").lower() != "disabled":
            raise ConfigError(
                "exactly.once.source.support must be disabled: this worker delivers at least once so far."
            )

    def __getitem__(self, name: str) -> object:
        """The parsed value of a declared option."""
        return self._values[name]

    def text(self, name: str) -> str:
        return str(self._values[name])

    def number(self, name: str) -> int:
        return cast("int", self._values[name])

    def flag(self, name: str) -> bool:
        return cast("bool", self._values[name])

    def items(self, name: str) -> list[str]:
        return cast("list[str]", self._values[name])

    def seconds(self, name: str) -> float:
        """An option in ms as seconds."""
        return self.number(name) / 1000

    @property
    def group_id(self) -> str:
        return self.text("group.id")

    @property
    def listeners(self) -> list[Listener]:
        return _listeners(self.items("listeners"))

    @property
    def admin_listeners(self) -> list[Listener] | None:
        """Those of the admin operations; None when they are served on the others, empty when they are not served."""
        return None if self._values["admin.listeners"] is None else _listeners(self.items("admin.listeners"))

    @property
    def advertised_listener(self) -> int:
        """The place among `listeners` of the one that other workers are told of."""
        schemes = [listener.scheme for listener in self.listeners]
        return schemes.index(self._scheme) if self._scheme in schemes else 0

    @property
    def _scheme(self) -> str:
        given = self._values["rest.advertised.listener"]
        if given is not None:
            return str(given).lower()
        return "http" if any(listener.scheme == "http" for listener in self.listeners) else "https"

    def advertised(self, bound_port: int) -> tuple[str, int]:
        """Host and port under which other workers reach this one, given the port of the advertised listener."""
        listener = self.listeners[self.advertised_listener]
        host = self._values["rest.advertised.host.name"] or listener.host or _own_address()
        port = self._values["rest.advertised.port"] or bound_port
        return str(host), cast("int", port)

    def advertised_url(self, bound_port: int) -> str:
        host, port = self.advertised(bound_port)
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{port}/"

    def worker_id(self, bound_port: int) -> str:
        """The name of this worker in statuses: its advertised host and port."""
        host, port = self.advertised(bound_port)
        return f"{host}:{port}"

    def warn_unknown(self) -> list[str]:
        """Logs one warning a name that is given but has no effect; answers those names."""
        ignored = []
        for name in self.raw:
            reason = NOT_USED.get(name)
            if name in self._options or name == MODE:
                continue
            if reason is not None:
                log.warning("the configuration %s has no effect: %s", name, reason)
            elif name.startswith(KNOWN_PREFIXES) or name in _CLIENT_ONLY:
                continue
            else:
                log.warning("the configuration '%s' was supplied but isn't a known config", name)
            ignored.append(name)
        return ignored

    def describe(self) -> list[str]:
        """The values in force as `name = value` lines; passwords are hidden."""
        return [f"{key.name} = {self._shown(key.name, key.type)}" for key in self._options]

    def _shown(self, name: str, type_: Type) -> object:
        value = self._values[name]
        if value is not None and (type_ is Type.PASSWORD or self.raw.get(name) != self.resolved.get(name)):
            return "[hidden]"
        return value


_CLIENT_ONLY = frozenset({"enable.ssl.certificate.verification", "statistics.interval.ms", "debug"})
"""Settings of the Kafka clients alone that have no prefix."""


def _listeners(items: list[str]) -> list[Listener]:
    matches = filter(None, map(LISTENER.fullmatch, items))
    return [Listener(match["host"], max(int(match["port"]), 0), match["scheme"].lower()) for match in matches]


def _own_address() -> str:
    """This machine's address, as other machines resolve its name; the loopback address when they can't."""
    try:
        return socket.gethostbyname(socket.getfqdn())
    except OSError:
        return "127.0.0.1"
