"""Serves the REST interface: sockets bound at once, uvicorn in a thread of its own, once for each listener."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import uvicorn

from rowtide.errors import ConfigError
from rowtide.runtime.config import Listener
from rowtide.runtime.rest.app import RestApp
from rowtide.runtime.rest.connection import Connection

log = logging.getLogger(__name__)

BACKLOG = 1024
IDLE_TIMEOUT_S = 90
GRACEFUL_STOP_S = 60


@dataclass(frozen=True, slots=True)
class _Bound:
    listener: Listener
    socket: socket.socket
    tls: ssl.SSLContext | None

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.socket.getsockname()[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        host, port = self.address
        return f"{self.listener.scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


class RestServer:
    """Binds as listeners are added, so that ports are known before anything is served."""

    def __init__(self) -> None:
        self._bound: dict[bool, list[_Bound]] = {False: [], True: []}
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None

    def bind(self, listeners: Sequence[Listener], tls: ssl.SSLContext | None, *, admin: bool = False) -> None:
        """Raises ConfigError when an address cannot be bound. `tls`: for those by https."""
        for listener in listeners:
            context = tls if listener.scheme == "https" else None
            self._bound[admin].append(_Bound(listener, _bind(listener), context))

    def port(self, index: int = 0) -> int:
        """Of a listener that is not for admin operations, in the order they were added."""
        return self._bound[False][index].address[1]

    def start(self, app: RestApp, admin_app: RestApp | None = None) -> None:
        """`admin_app` is served where there are listeners of its own."""
        for admin, each in ((False, app), (True, admin_app)):
            for bound in self._bound[admin] if each is not None else ():
                self._servers.append(_server(each, bound.tls))
                log.info("REST%s is served at %s", " for admin operations" if admin else "", bound.url)
        self._thread = threading.Thread(target=self._run, name="rest", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Ends what is being answered within the timeout, then closes."""
        if self._thread is None:
            for each in self._all():
                each.socket.close()
            return
        for server in self._servers:
            server.config.timeout_graceful_shutdown = max(1, int(timeout_s))
            server.should_exit = True
        self._thread.join(timeout_s + 1)

    def _all(self) -> list[_Bound]:
        return [*self._bound[False], *self._bound[True]]

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._all(), strict=True)
        await asyncio.gather(*(server.serve([bound.socket]) for server, bound in pairs))


def _server(app: RestApp | None, tls: ssl.SSLContext | None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=IDLE_TIMEOUT_S,
        timeout_graceful_shutdown=GRACEFUL_STOP_S,
        http=Connection,
        ws="none",
    )
    config.load()
    config.ssl = tls  # made here, as uvicorn itself takes PEM files alone
    return uvicorn.Server(config)


def _bind(listener: Listener) -> socket.socket:
    host = listener.host or "0.0.0.0"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, listener.port))
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        problem = error.strerror or str(error)
        raise ConfigError(
            f"Cannot listen on {host}:{listener.port}: {problem}.", hint="Choose another address in listeners."
        ) from error
    return bound
