"""A client of a schema registry's REST interface (Confluent's, which Apicurio, Karapace and others serve as well)."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import requests

from rowtide.connect import json_text
from rowtide.converters.registry_access import Access, TlsAdapter
from rowtide.errors import DataError, RetriableError

_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_ACCEPT = f"{_MEDIA_TYPE}, application/vnd.schemaregistry+json; qs=0.9, application/json; qs=0.5"
_RETRIED = frozenset((408, 429, 500, 502, 503, 504))
_MOST_REFERENCES = 200


@dataclass(frozen=True, slots=True)
class Registered:
    """A schema in the registry.

    Attributes:
        references: texts of the schemas that it refers to, each after those that it needs itself.
    """

    id: int
    text: str
    version: int | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """Attributes:
    urls: tried in this order, from the one that answered last.
    retries: after the first round over all of them.
    """

    urls: tuple[str, ...]
    access: Access
    connect_timeout_s: float = 60.0
    read_timeout_s: float = 60.0
    retries: int = 3
    retry_wait_s: float = 1.0
    retry_max_wait_s: float = 20.0


class Registry:
    """Calls block. They raise RetriableError when no server answered, and DataError when one refused.

    Keeps nothing but the connections; for one thread.
    """

    def __init__(self, settings: RegistrySettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._current = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = dict(settings.access.proxies)
        if settings.access.tls is not None:
            self._session.mount("https://", TlsAdapter(settings.access.tls))
        self._urls = [_without_user(url) for url in settings.urls]

    def register(self, subject: str, text: str, *, normalize: bool) -> int:
        """The id of a schema, which is made a new version of the subject unless it is one already."""
        query = "?normalize=true" if normalize else ""
        return int(self._post(f"/subjects/{_quoted(subject)}/versions{query}", text)["id"])

    def find(self, subject: str, text: str, *, normalize: bool) -> Registered:
        """The registered form of a schema that has to be in the subject."""
        query = "?normalize=true" if normalize else ""
        answer = self._post(f"/subjects/{_quoted(subject)}{query}", text)
        return Registered(int(answer["id"]), str(answer.get("schema", text)), answer.get("version"))

    def latest(self, subject: str) -> Registered:
        answer = self._call("GET", f"/subjects/{_quoted(subject)}/versions/latest")
        return Registered(
            int(answer["id"]), str(answer["schema"]), answer.get("version"), self._references(answer.get("references"))
        )

    def by_id(self, number: int, subject: str | None = None) -> Registered:
        query = f"?fetchMaxId=false&subject={_quoted(subject)}" if subject else "?fetchMaxId=false"
        answer = self._call("GET", f"/schemas/ids/{number}{query}")
        kind = answer.get("schemaType", "AVRO")
        if kind != "AVRO":
            raise DataError(f"Schema {number} in the registry is of type {kind}, not AVRO.")
        return Registered(number, str(answer["schema"]), None, self._references(answer.get("references")))

    def close(self) -> None:
        self._session.close()

    def _references(self, listed: Any) -> tuple[str, ...]:
        texts: list[str] = []
        seen: set[tuple[str, int]] = set()

        def add(items: Any) -> None:
            for item in items or ():
                place = (str(item["subject"]), int(item["version"]))
                if place in seen:
                    continue
                seen.add(place)
                if len(seen) > _MOST_REFERENCES:
                    raise DataError(f"A schema in the registry has more than {_MOST_REFERENCES} references.")
                answer = self._call("GET", f"/subjects/{_quoted(place[0])}/versions/{place[1]}")
                add(answer.get("references"))
                texts.append(str(answer["schema"]))

        add(listed)
        return tuple(texts)

    def _post(self, path: str, text: str) -> Mapping[str, Any]:
        return self._call("POST", path, json_text.dumps({"schema": text}))

    def _call(self, method: str, path: str, body: bytes | None = None) -> Mapping[str, Any]:
        for attempt in range(self._settings.retries + 1):
            if attempt:
                self._sleep(self._wait(attempt))
            failure = ""
            for _ in self._urls:
                answer = self._send(method, path, body)
                if isinstance(answer, requests.Response) and answer.status_code not in _RETRIED:
                    return _checked(answer)
                failure = answer if isinstance(answer, str) else _failure(answer)
                self._current = (self._current + 1) % len(self._urls)
        raise RetriableError(
            f"The schema registry did not do what was asked: {failure}",
            hint="Look at schema.registry.url and the registry; errors.retry.timeout says for how long a task tries.",
        )

    def _wait(self, attempt: int) -> float:
        """Doubles with each attempt, with up to a fifth of it left to chance so that tasks do not return together."""
        longest = min(self._settings.retry_max_wait_s, self._settings.retry_wait_s * 2.0 ** (attempt - 1))
        return longest * random.uniform(0.8, 1.0)  # noqa: S311 - spreads load, guards nothing

    def _send(self, method: str, path: str, body: bytes | None) -> requests.Response | str:
        """The answer, or why there is none."""
        url = self._urls[self._current]
        settings = self._settings
        headers = {"Accept": _ACCEPT, "Content-Type": _MEDIA_TYPE, **self._headers()}
        try:
            return self._session.request(
                method,
                url + path,
                data=body,
                headers=headers,
                timeout=(settings.connect_timeout_s, settings.read_timeout_s),
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            return f"{method} {url}{path}: {error}"

    def _headers(self) -> dict[str, str]:
        access = self._settings.access
        headers = dict(access.headers)
        if access.credentials == "URL":
            parts = urlsplit(self._settings.urls[self._current])
            if parts.username is not None:
                headers["Authorization"] = basic(unquote(parts.username), unquote(parts.password or ""))
        elif access.authorization is not None:
            headers["Authorization"] = access.authorization()
        return headers


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _without_user(url: str) -> str:
    parts = urlsplit(url.strip().rstrip("/"))
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _checked(answer: requests.Response) -> Mapping[str, Any]:
    if not answer.ok:
        raise DataError(f"The schema registry refused: {_failure(answer)}", hint=_HINTS.get(answer.status_code, ""))
    try:
        found = answer.json()
    except ValueError as error:
        raise DataError(f"{answer.request.url} did not answer with JSON; is schema.registry.url right?") from error
    if not isinstance(found, dict):
        raise DataError(f"{answer.request.url} answered with something else than an object.")
    return found


_HINTS = {
    401: "Set basic.auth.credentials.source and basic.auth.user.info, or bearer.auth.*.",
    403: "The registry's user may not do this; it needs to read and write the subject.",
    409: "The new schema is incompatible with an earlier version: relax the subject's compatibility, or let "
    "producers use another subject.",
}


def _failure(answer: requests.Response) -> str:
    """The server's own words."""
    try:
        told = answer.json()
        message = f"{told['message']} (error code {told['error_code']})"
    except (ValueError, KeyError, TypeError):
        message = answer.text[:300]
    return f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {message}"
