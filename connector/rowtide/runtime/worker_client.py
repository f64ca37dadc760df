"""What workers ask of each other, by http or https."""

from __future__ import annotations

import functools
import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rowtide.errors import ConfigError

REQUEST_ERRORS = (OSError, http.client.HTTPException, ValueError, ConfigError)
"""What a request that gets no answer raises."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes


class WorkerClient:
    """Thread-safe. Follows no redirects and knows no proxies, as Kafka Connect's workers."""

    def __init__(self, make_tls: Callable[[], ssl.SSLContext]) -> None:
        """`make_tls`: for https, called when it is first needed."""
        self._make_tls = functools.cache(make_tls)

    def prepare(self) -> None:
        """Raises ConfigError when there is something wrong with the settings of https."""
        self._make_tls()

    def request(self, method: str, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        """Waits for the answer. Raises REQUEST_ERRORS.

        Args:
            timeout_s: of each step: to connect, to send, to read a piece of the answer.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=self._make_tls())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
        )
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()
