"""Schemas by their ids, from a registry with Confluent's API (Confluent's own, Apicurio's `ccompat`, Karapace, ...)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urlsplit

from rowtide_sdk.errors import ConfigError, RegistryError

if TYPE_CHECKING:
    import requests

ACCEPT = "application/vnd.schemaregistry.v1+json, application/json"
REFERENCES_MAX = 100
"""Further schemas that one schema may refer to, directly and through others."""

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """
    Attributes:
        text: the Avro schema as JSON.
        references: texts of the schemas that it names, each before those that name it.
    """

    text: str
    references: tuple[str, ...] = ()


class Registry:
    """A schema registry. What was read once is kept, as an id's schema never changes.

    Args:
        urls: one or several of the same registry, e.g. `http://registry:8081`; the next one is asked when one fails.
        auth: user and password for basic authentication.
        timeout_s: of connecting, and of each wait for an answer.
        attempts: rounds over all urls before it is given up, with growing waits between them.
        verify: False, or a file of certificate authorities, instead of the system's.

    Raises:
        ConfigError: no url, or one that is not http or https.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        *,
        auth: tuple[str, str] | None = None,
        timeout_s: float = 10.0,
        attempts: int = 5,
        verify: bool | str = True,
    ) -> None:
        listed = urls.split(",") if isinstance(urls, str) else list(urls)
        self._urls = [url.strip().rstrip("/") for url in listed if url.strip()]
        if not self._urls:
            raise ConfigError('a registry needs a url, such as Registry("http://registry:8081")')
        for url in self._urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise ConfigError(f"url of the registry: {_shown(url)} does not begin with http:// or https://")
        if attempts < 1 or timeout_s <= 0:
            raise ConfigError("attempts of a registry is at least 1, and its timeout_s more than 0")
        self._auth = auth
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._verify = verify
        self._session: requests.Session | None = None
        self._sleep: Callable[[float], None] = time.sleep

    def __repr__(self) -> str:
        return f"Registry({', '.join(_shown(url) for url in self._urls)})"

    def schema(self, schema_id: int) -> RegisteredSchema:
        """The schema of an id. Each call asks; who decodes keeps what it made of the answer.

        Raises:
            RegistryError: it is not there (`missing`), is not Avro, or the registry refused or cannot be reached.
        """
        answer = self._get(f"/schemas/ids/{schema_id}", f"schema {schema_id}")
        kind = answer.get("schemaType") or "AVRO"
        if kind != "AVRO":
            raise RegistryError(f"schema {schema_id} of the registry is of type {kind}; only Avro can be read")
        references: dict[tuple[str, int], str] = {}
        self._add_references(answer, references, schema_id)
        return RegisteredSchema(_text(answer, f"schema {schema_id}"), tuple(references.values()))

    def _add_references(self, answer: Json, found: dict[tuple[str, int], str], schema_id: int) -> None:
        for reference in answer.get("references") or ():
            subject, version = reference["subject"], reference["version"]
            if (subject, version) in found:
                continue
            if len(found) >= REFERENCES_MAX:
                raise RegistryError(f"schema {schema_id} of the registry refers to more than {REFERENCES_MAX} others")
            what = f"version {version} of {subject}"
            other = self._get(f"/subjects/{quote(subject, safe='')}/versions/{version}", what)
            self._add_references(other, found, schema_id)
            found.setdefault((subject, version), _text(other, what))

    def _get(self, path: str, what: str) -> Json:
        """
        Raises:
            RegistryError: no url answered as it should.
        """
        wait_s, problem = FIRST_WAIT_S, ""
        for attempt in range(self._attempts):
            if attempt:
                self._sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            missing = 0
            for url in self._urls:
                answer = self._ask(url, path)
                if isinstance(answer, str):
                    problem = answer
                elif answer.status_code == 404:
                    missing += 1
                    problem = f"{_shown(url)} does not have it"
                else:
                    return _object(answer, what, url)
            if missing == len(self._urls):
                raise RegistryError(
                    f"{what} is not in the registry ({', '.join(_shown(url) for url in self._urls)}); was it deleted, "
                    "or were the messages written with another registry?",
                    missing=True,
                )
        raise RegistryError(f"{what} could not be read from the registry, in {self._attempts} attempts: {problem}")

    def _ask(self, url: str, path: str) -> requests.Response | str:
        """The answer that needs no further try, or what is the matter.

        Raises:
            RegistryError: the credentials were refused.
        """
        import requests  # here, as it takes long and only Avro needs it

        if self._session is None:
            self._session = requests.Session()
        try:
            response = self._session.get(
                url + path,
                auth=self._auth,
                headers={"Accept": ACCEPT},
                timeout=self._timeout_s,
                verify=self._verify,
            )
        except requests.RequestException as error:
            return f"{_shown(url)} cannot be reached ({type(error).__name__})"
        if response.status_code in (401, 403):
            raise RegistryError(
                f"{_shown(url)} refused the request with status {response.status_code}; Registry's auth is the user "
                "and password"
            )
        if response.status_code in (200, 404):
            return response
        return f"{_shown(url)} answered with status {response.status_code}"

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _object(response: requests.Response, what: str, url: str) -> Json:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise RegistryError(
            f"{_shown(url)} answered with something else than {what}; is it the address of Confluent's API? "
            "(Apicurio: http://HOST/apis/ccompat/v7)"
        )
    return answer


def _text(answer: Json, what: str) -> str:
    text = answer.get("schema")
    if not isinstance(text, str):
        raise RegistryError(f"the registry's answer for {what} has no schema")
    try:
        json.loads(text)
    except ValueError:
        # The API allows a primitive type by its bare name.
        return json.dumps(text)
    return text


def _shown(url: str) -> str:
    """The url without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme else "the url"
