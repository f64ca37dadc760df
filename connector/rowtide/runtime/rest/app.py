"""The ASGI application: finds the route, checks media types, turns errors into answers, logs each request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import Response

from rowtide.errors import RowtideError
from rowtide.runtime.rest.access import Access
from rowtide.runtime.rest.errors import HttpError, status_of
from rowtide.runtime.rest.http import JSON, Call, Route, error_response, split_path

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)
access_log = logging.getLogger("org.apache.kafka.connect.runtime.rest.RestServer")

BODY_BYTES_MAX = 16 * 1024 * 1024
"""Far above the largest record that Kafka takes."""

BODIES_BYTES_MAX = 256 * 1024 * 1024
"""Of all requests together that are being read or answered."""

BODY_TIMEOUT_S = 90.0

STARTING = "This worker is still starting up: it has not read its topics in Kafka yet."

_METHOD_ORDER = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS")


class RestApp:
    """Routes are matched on the encoded path, since a connector's name may hold slashes (`%2F`)."""

    def __init__(self, routes: Sequence[Route], started: Callable[[], bool], access: Access | None = None) -> None:
        """`started` answers whether the worker has read its topics; without `access` everybody may do everything."""
        self._access = access or Access()
        self._routes = list(routes)
        self._started = started
        self._bodies_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = time.monotonic()
        response = await self._respond(scope, receive)
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)
        _log_access(scope, response.status_code, time.monotonic() - began)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            return await self._dispatch(scope, receive)
        except RowtideError as error:
            status = status_of(error)
            if status >= 500 and self._started():
                log.warning("%s %s failed: %s", scope["method"], _path(scope), error)
            return error_response(status, str(error))
        except Exception as error:
            log.exception("%s %s failed", scope["method"], _path(scope))
            return error_response(500, str(error) or type(error).__name__)

    async def _dispatch(self, scope: Scope, receive: Receive) -> Response:
        segments = split_path(_path(scope))
        found = [(route, params) for route in self._routes if (params := route.match(segments)) is not None]
        if not found:
            raise HttpError(404)
        method = scope["method"]
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._access.check(method, segments, headers)
        if refused is not None:
            return refused
        if method == "OPTIONS":
            return _options([route.method for route, _ in found])
        wanted = "GET" if method == "HEAD" else method
        match = next(((route, params) for route, params in found if route.method == wanted), None)
        if match is None:
            raise HttpError(405)
        route, params = match
        if not (route.early or self._started()):
            raise HttpError(503, STARTING)
        _check_media(route, headers)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        with self._body_budget() as budget:
            body = await _read_body(receive, budget)
            return await route.handler(Call(method, params, query, headers, body, _base_url(scope, headers)))

    @contextmanager
    def _body_budget(self) -> Iterator[Callable[[int], None]]:
        """Answers what is to be told of each piece of a body; raises HttpError when there is too much of it."""
        mine = 0

        def take(size: int) -> None:
            nonlocal mine
            if mine + size > BODY_BYTES_MAX:
                raise HttpError(413)
            if self._bodies_bytes + size > BODIES_BYTES_MAX:
                raise HttpError(503, "This worker is busy with other large requests, try again later.")
            mine += size
            self._bodies_bytes += size

        try:
            yield take
        finally:
            self._bodies_bytes -= mine


def _path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


def _options(methods: Sequence[str]) -> Response:
    allowed = {*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    text = ", ".join(method for method in _METHOD_ORDER if method in allowed)
    # A charset of its own would be added to what Response is told is text.
    return Response(text, headers={"Allow": text, "Content-Type": "text/plain"})


def _check_media(route: Route, headers: Mapping[str, str]) -> None:
    if route.consumes and headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HttpError(415)
    accept = headers.get("accept", "")
    if not accept:
        return
    ranges = {item.partition(";")[0].strip().lower() for item in accept.split(",")}
    if ranges.isdisjoint({route.produces, f"{route.produces.partition('/')[0]}/*", "*/*"}):
        raise HttpError(406)


async def _read_body(receive: Receive, budget: Callable[[int], None]) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise HttpError(400, "The client went away before its request was complete.")
                piece = message.get("body", b"")
                budget(len(piece))
                body += piece
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise HttpError(408) from None


def _base_url(scope: Scope, headers: Mapping[str, str]) -> str:
    host = headers.get("host")
    if not host:
        host = ":".join(str(part) for part in scope.get("server") or ("localhost",))
    return f"{scope['scheme']}://{host}"


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    client = (scope.get("client") or ("-",))[0]
    access_log.info('%s "%s %s" %d %d', client, scope["method"], _path(scope), status, round(seconds * 1000))
