"""Serves the REST interface: sockets bound at once, uvicorn in a thread of its own."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Sequence

import uvicorn

from rowtide.errors import ConfigError
from rowtide.runtime.config import Listener
from rowtide.runtime.rest.app import RestApp
from rowtide.runtime.rest.connection import Connection

log = logging.getLogger(__name__)

BACKLOG = 1024
IDLE_TIMEOUT_S = 90
GRACEFUL_STOP_S = 60


class RestServer:
    """Binds in the constructor, so that the port is known before anything is served."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        """Raises ConfigError when an address cannot be bound."""
        self._sockets = [_bind(listener) for listener in listeners]
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Of the first listener."""
        return int(self._sockets[0].getsockname()[1])

    def start(self, app: RestApp) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=IDLE_TIMEOUT_S,
            timeout_graceful_shutdown=GRACEFUL_STOP_S,
            http=Connection,
            ws="none",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(self._sockets,), name="rest", daemon=True)
        self._thread.start()
        for each in self._sockets:
            host, port = each.getsockname()[:2]
            log.info("REST is served at http://%s:%d/", f"[{host}]" if ":" in host else host, port)

    def stop(self, timeout_s: float) -> None:
        """Ends what is being answered within the timeout, then closes."""
        if self._server is None or self._thread is None:
            for each in self._sockets:
                each.close()
            return
        self._server.config.timeout_graceful_shutdown = max(1, int(timeout_s))
        self._server.should_exit = True
        self._thread.join(timeout_s + 1)


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
