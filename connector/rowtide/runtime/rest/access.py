"""Who may ask for what: basic authentication as Kafka Connect's extension has it, bearer tokens, and readers.

Source: JaasBasicAuthFilter and PropertyFileLoginModule of Apache Kafka 4.3. Tokens and readers are this worker's own.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.responses import Response

from rowtide.config.properties import parse_properties, read_properties
from rowtide.errors import ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.jaas_file import JaasModule, read_entry

log = logging.getLogger(__name__)

REFUSED = "User cannot access the resource."
ENTRY = "KafkaConnect"
_MODULE = "PropertyFileLoginModule"
_JAVA_OPTION = "-Djava.security.auth.login.config="
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """Immutable; by default everybody may do everything.

    Attributes:
        passwords: by user; None when users are not asked for one, empty when every one will do, as in Kafka Connect.
        tokens: by name.
        readers: users and names of tokens that may change nothing.
    """

    passwords: Mapping[str, str] | None = field(default=None, repr=False)
    tokens: Mapping[str, str] | None = field(default=None, repr=False)
    readers: frozenset[str] = frozenset()

    def check(self, method: str, segments: Sequence[str], headers: Mapping[str, str]) -> Response | None:
        """The answer to a request that is refused for want of credentials, None for others.

        Args:
            segments: of the path, encoded.

        Raises:
            HttpError: 403, a reader asks for a change.
        """
        if (self.passwords is None and self.tokens is None) or _is_internal(method, segments):
            return None
        known, name = self._authenticate(headers.get("authorization", ""))
        if not known:
            return Response(REFUSED, 401, media_type="text/plain")
        if name in self.readers and method not in _READING:
            raise HttpError(403, f"{name} may only read (rest.read.only.users of the worker).")
        return None

    def _authenticate(self, header: str) -> tuple[bool, str | None]:
        """Whether the credentials are good, and whose they are."""
        scheme, _, given = header.partition(" ")
        if scheme.lower() == "bearer" and self.tokens is not None:
            for name, token in self.tokens.items():
                if _same(token, given.strip()):
                    return True, name
        user, password = _basic(given) if scheme.lower() == "basic" else (None, "")
        if self.passwords is None:
            return False, None
        if not self.passwords:
            return True, user
        if user is None:
            return False, None
        return user in self.passwords and _same(self.passwords[user], password), user


def access_of(config: WorkerConfig, environment: Mapping[str, str] = os.environ) -> Access:
    """Raises ConfigError when credentials cannot be read, or readers are named and nobody is asked for credentials."""
    passwords = _passwords(config, environment) if config.items("rest.extension.classes") else None
    tokens_file = config["rest.bearer.tokens.file"]
    tokens = read_properties(str(tokens_file)) if tokens_file is not None else None
    if tokens is not None and not all(tokens.values()):
        raise ConfigError(f"rest.bearer.tokens.file {tokens_file}: each line has to be name=token.")
    readers = frozenset(config.items("rest.read.only.users"))
    if readers and passwords is None and tokens is None:
        raise ConfigError(
            "rest.read.only.users has no effect as long as nobody is asked who they are.",
            hint="Set rest.bearer.tokens.file or rest.extension.classes.",
        )
    if (passwords or tokens) and not config.standalone and config.text("connect.protocol").lower() != "sessioned":
        log.warning("requests between workers are neither signed nor authenticated: set connect.protocol=sessioned")
    return Access(passwords, tokens, readers)


def _passwords(config: WorkerConfig, environment: Mapping[str, str]) -> Mapping[str, str]:
    given = config["rest.basic.auth.jaas.file"]
    path = str(given) if given is not None else _java_login_config(environment.get("KAFKA_OPTS", ""))
    if path is None:
        raise ConfigError(
            f"Basic authentication needs a JAAS file with the entry {ENTRY}.",
            hint=f"Set rest.basic.auth.jaas.file, or KAFKA_OPTS={_JAVA_OPTION}FILE.",
        )
    return _password_file(read_entry(path, ENTRY), path)


def _password_file(module: JaasModule, path: str) -> Mapping[str, str]:
    if module.name.rpartition(".")[2] != _MODULE:
        raise ConfigError(f"{path}: the login module {module.name} is not supported; use {_MODULE}.")
    file = module.options.get("file", "").strip()
    if not file:
        raise ConfigError(f"{path}: the option file of {_MODULE} is missing.")
    try:
        # Java reads such files as Latin-1.
        found = parse_properties(Path(file).read_bytes().decode("latin-1"), source=file)
    except OSError as error:
        raise ConfigError(f"Could not read the users in {file}: {error.strerror or error}") from error
    if not found:
        log.warning("the file of users %s is empty: every request is permitted, as in Kafka Connect", file)
    return found


def _java_login_config(options: str) -> str | None:
    try:
        words = shlex.split(options)
    except ValueError:
        words = options.split()
    found = [word.removeprefix(_JAVA_OPTION) for word in words if word.startswith(_JAVA_OPTION)]
    return found[-1].removeprefix("=") if found else None


def _basic(encoded: str) -> tuple[str | None, str]:
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return None, ""
    user, colon, password = text.partition(":")
    return (user, password) if user and colon else (None, "")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))


def _is_internal(method: str, segments: Sequence[str]) -> bool:
    """What workers ask of each other: signed with the group's key instead."""
    if len(segments) != 3 or segments[0] != "connectors":
        return False
    return (method, segments[2]) in (("POST", "tasks"), ("PUT", "fence"))
