"""Requests, responses and routes: what the handlers see of HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from starlette.responses import Response

from rowtide.config.secrets import SECRETS
from rowtide.connect.json_text import dumps, loads
from rowtide.errors import BadRequestError, DataError
from rowtide.runtime.rest.errors import HttpError

JSON = "application/json"
_MAYBE_SURROGATE = b"\\ud"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its body read.

    Attributes:
        params: path parameters, percent-decoded.
        query: the query's parameters, all values of each.
        headers: by lower-case name.
        base_url: scheme and host as the client named them, without a slash at the end.
    """

    method: str
    params: Mapping[str, str]
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = ""

    def flag(self, name: str) -> bool:
        """A boolean parameter as Java reads it: only `true`, in any case, is true."""
        return self.query.get(name, [""])[0].lower() == "true"

    def json(self) -> object:
        """Raises BadRequestError when the body is not JSON."""
        try:
            value = loads(self.body)
            if _MAYBE_SURROGATE in self.body.lower():
                dumps(value)  # fails for half a surrogate pair, which nothing could store
        except DataError as error:
            raise BadRequestError(f"The request's body is not valid JSON: {error}") from None
        return value

    def number(self, name: str) -> int:
        """A numeric path parameter; a request whose parameter is none names no resource."""
        text = self.params[name]
        if not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise HttpError(404)
        return int(text)


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation.

    Attributes:
        path: with `{parameters}`, each one segment.
        consumes: whether it takes a JSON body.
        produces: the media type of its answer, against which `Accept` is checked.
        early: whether it is answered before the worker has read its topics.
    """

    method: str
    path: str
    handler: Handler
    consumes: bool = False
    produces: str = JSON
    early: bool = False

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The path parameters, None when the path is another."""
        pattern = split_path(self.path)
        if len(pattern) != len(segments):
            return None
        params = {}
        for expected, given in zip(pattern, segments, strict=True):
            if expected.startswith("{"):
                params[expected.strip("{}")] = unquote(given)
            elif expected != given:
                return None
        return params


def split_path(path: str) -> list[str]:
    """The segments of a path, still encoded; a slash at the end makes none."""
    return path.strip("/").split("/") if path.strip("/") else []


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dumps(content), status, headers, media_type=JSON)


def empty_response(status: int) -> Response:
    return Response(status_code=status)


def error_response(status: int, message: str) -> Response:
    """Exactly the two keys that Connect's workers expect of each other."""
    return json_response({"error_code": status, "message": SECRETS.hide(message)}, status)


def created_response(content: object, base_url: str, name: str) -> Response:
    location = f"{base_url}/connectors/{quote(name, safe='/-._~!$&()*+,;=:@')}"
    return json_response(content, 201, {"Location": location})
