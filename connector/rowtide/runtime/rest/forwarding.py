"""Hands a request on to the worker that can answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from starlette.responses import Response

from rowtide.connect.json_text import loads
from rowtide.errors import DataError
from rowtide.runtime.herder.group import Elsewhere
from rowtide.runtime.rest.errors import CONFLICT, NO_LEADER, HttpError
from rowtide.runtime.rest.http import JSON, Call, created_response, empty_response, json_response
from rowtide.runtime.worker_client import REQUEST_ERRORS, Answer, WorkerClient

TIMEOUT_S = 90.0
_SENT_ON = ("includeTasks", "onlyFailed")


def forward(call: Call, segments: Sequence[str], elsewhere: Elsewhere, client: WorkerClient) -> Response:
    """Sends the request to the other worker and answers what it answered. Blocks.

    Args:
        segments: the decoded parts of the path.

    Raises:
        HttpError: the other worker refused it, cannot be reached, or the request was forwarded too often.
    """
    flag = call.query.get("forward", [None])[0]
    if flag is not None and flag.lower() != "true":
        raise HttpError(409, CONFLICT)
    if elsewhere.url is None:
        raise HttpError(409, NO_LEADER)
    path = "/".join(quote(segment, safe="") for segment in segments)
    query = {"forward": "true" if flag is None else "false"}
    query |= {name: call.query[name][0] for name in _SENT_ON if name in call.query}
    url = f"{elsewhere.url.rstrip('/')}/{path}?{urlencode(query)}"
    try:
        headers = _headers(call.headers, bool(call.body))
        answer = client.request(call.method, url, call.body, headers, TIMEOUT_S)
    except REQUEST_ERRORS as error:
        raise HttpError(500, f"IO Error trying to forward REST request: {error}") from error
    return _answer(call, answer)


def _headers(given: Mapping[str, str], has_body: bool) -> dict[str, str]:
    headers = {"Accept": JSON, "User-Agent": "kafka-connect"}
    if has_body:
        headers["Content-Type"] = JSON
    if "authorization" in given:
        headers["Authorization"] = given["authorization"]
    return headers


def _answer(call: Call, answer: Answer) -> Response:
    status = answer.status
    if status == 204:
        return empty_response(204)
    if not (200 <= status < 300 or status >= 400):
        raise HttpError(500, f"Unexpected status code when handling forwarded request: {status}")
    if not answer.content:
        return empty_response(status)
    try:
        content = loads(answer.content)
    except DataError:
        raise HttpError(500, "IO Error trying to forward REST request: the answer is not JSON") from None
    if status >= 400:
        message = content.get("message") if isinstance(content, dict) else None
        raise HttpError(status, str(message or ""))
    if status == 201 and isinstance(content, dict):
        return created_response(content, call.base_url, str(content.get("name")))
    return json_response(content, status)
