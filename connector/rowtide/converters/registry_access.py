"""How a schema registry is reached: credentials, tokens, TLS and proxies, from options under Confluent's names."""

from __future__ import annotations

import base64
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from rowtide.errors import ConfigError, RetriableError
from rowtide.kafka import jaas
from rowtide.kafka.settings import store_type

_NAMESPACE = "schema.registry."
_HEADER = "request.header."
_TOKEN_TIMEOUT_S = 30.0
_DEFAULT_EXPIRY_S = 300


@dataclass(frozen=True, slots=True)
class Access:
    """Attributes:
    credentials: `URL` takes user and password from each URL.
    authorization: makes the Authorization header; may ask a token server. None for none.
    """

    credentials: str = "URL"
    authorization: Callable[[], str] | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxies: tuple[tuple[str, str], ...] = ()
    tls: ssl.SSLContext | None = None


class TlsAdapter(HTTPAdapter):
    """Makes a session use a TLS context of ours."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **{**options, "ssl_context": self._context})

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, **{**options, "ssl_context": self._context})

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context says what is trusted."""


def access(options: Mapping[str, str]) -> Access:
    """Args:
        options: a converter's options; each may have `schema.registry.` before its name.

    Raises:
        ConfigError: what they ask for is incomplete or not supported.
    """
    plain = {name.removeprefix(_NAMESPACE): value for name, value in options.items()}
    source = plain.get("basic.auth.credentials.source", "URL").strip().upper()
    headers = {name[len(_HEADER) :]: value for name, value in plain.items() if name.startswith(_HEADER)}
    authorization: Callable[[], str] | None = None
    if "bearer.auth.credentials.source" in plain:
        if "basic.auth.credentials.source" in plain:
            raise ConfigError(
                "Only one of basic.auth.credentials.source and bearer.auth.credentials.source can be set."
            )
        authorization, source = _bearer(plain), "BEARER"
        headers |= _identity_headers(plain)
    elif source != "URL":
        value = _basic(plain, source)
        authorization = lambda: value  # noqa: E731 - a constant as function
    return Access(source, authorization, tuple(headers.items()), _proxies(plain), tls_context(plain))


def _basic(options: Mapping[str, str], source: str) -> str:
    if source == "USER_INFO":
        user = options.get("basic.auth.user.info", "")
        if ":" not in user:
            raise ConfigError(
                "basic.auth.user.info must be provided as USER:PASSWORD when basic.auth.credentials.source is set to "
                "USER_INFO"
            )
        return "Basic " + base64.b64encode(user.encode()).decode()
    if source == "SASL_INHERIT":
        if "sasl.jaas.config" not in options:
            raise ConfigError("sasl.jaas.config must be provided when basic.auth.credentials.source is SASL_INHERIT")
        login = jaas.parse(options["sasl.jaas.config"]).options
        user = f"{login.get('username', '')}:{login.get('password', '')}"
        return "Basic " + base64.b64encode(user.encode()).decode()
    raise ConfigError(
        f"Invalid value {source} for configuration basic.auth.credentials.source: use URL, USER_INFO or SASL_INHERIT."
    )


def _bearer(options: Mapping[str, str]) -> Callable[[], str]:
    source = options["bearer.auth.credentials.source"].strip().upper()
    if source == "STATIC_TOKEN":
        token = options.get("bearer.auth.token", "")
        if not token:
            raise ConfigError("bearer.auth.token must be set when bearer.auth.credentials.source is STATIC_TOKEN")
        return lambda: f"Bearer {token}"
    if source == "OAUTHBEARER":
        return Tokens(options)
    raise ConfigError(f"bearer.auth.credentials.source {source} is not supported; use STATIC_TOKEN or OAUTHBEARER.")


def _identity_headers(options: Mapping[str, str]) -> dict[str, str]:
    names = {
        "target-sr-cluster": "bearer.auth.logical.cluster",
        "Confluent-Identity-Pool-Id": "bearer.auth.identity.pool.id",
    }
    return {header: options[name] for header, name in names.items() if options.get(name)}


class Tokens:
    """Access tokens by OAuth's client credentials grant (RFC 6749, 4.4), each used until shortly before it expires."""

    def __init__(self, options: Mapping[str, str]) -> None:
        names = ("bearer.auth.issuer.endpoint.url", "bearer.auth.client.id", "bearer.auth.client.secret")
        missing = [name for name in names if not options.get(name)]
        if missing:
            raise ConfigError(f"bearer.auth.credentials.source OAUTHBEARER needs {', '.join(missing)}.")
        self._url, self._client, self._secret = (options[name] for name in names)
        self._scope = options.get("bearer.auth.scope")
        self._margin = _whole_number(options, "bearer.auth.cache.expiry.buffer.seconds", 300)
        self._token = ""
        self._until = 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._until:
            self._fetch()
        return f"Bearer {self._token}"

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        try:
            answer = requests.post(
                self._url, data=form, auth=(self._client, self._secret), timeout=_TOKEN_TIMEOUT_S, allow_redirects=False
            )
            answer.raise_for_status()
            told = answer.json()
            self._token = str(told["access_token"])
        except (requests.RequestException, ValueError, KeyError) as error:
            raise RetriableError(f"{self._url} gave no token for the schema registry: {error}") from error
        life = int(told.get("expires_in", _DEFAULT_EXPIRY_S))
        self._until = time.monotonic() + (life - self._margin if life > self._margin else life / 2)


def _proxies(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    host = options.get("proxy.host", "").strip()
    port = _whole_number(options, "proxy.port", -1)
    if not host or port <= 0:
        return ()
    return tuple((scheme, f"http://{host}:{port}") for scheme in ("http", "https"))


def _whole_number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default)).strip()
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"Invalid value {text} for configuration {name}: Not a number of type INT") from None


def tls_context(options: Mapping[str, str]) -> ssl.SSLContext:
    """The context that `ssl.*` describes; the system's authorities are trusted where no store is named.

    Raises:
        ConfigError: a file is missing, or of a kind that cannot be read.
    """
    pem = options.get("ssl.truststore.certificates")
    if location := options.get("ssl.truststore.location"):
        pem = _pem("ssl.truststore", location, options)
    try:
        context = ssl.create_default_context(cadata=pem)
    except ssl.SSLError as error:
        raise ConfigError(f"schema.registry.ssl.truststore cannot be used: {error}.") from error
    if options.get("ssl.endpoint.identification.algorithm", "https").strip() == "":
        context.check_hostname = False
    _identify(context, options)
    return context


def _identify(context: ssl.SSLContext, options: Mapping[str, str]) -> None:
    location = options.get("ssl.keystore.location")
    pem = _pem("ssl.keystore", location, options) if location else options.get("ssl.keystore.certificate.chain")
    if not pem:
        return
    pem = f"{pem}\n{options.get('ssl.keystore.key', '')}"
    password = options.get("ssl.key.password") or options.get("ssl.keystore.password") or None
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # OpenSSL reads a key from a file only; mode 0600
        file.write(pem)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=password)
        except ssl.SSLError as error:
            raise ConfigError(f"schema.registry.ssl.keystore cannot be used: {error}.") from error


def _pem(prefix: str, location: str, options: Mapping[str, str]) -> str:
    kind = store_type(prefix, location, options)
    if kind not in ("PEM", "PKCS12"):
        raise ConfigError(
            f"schema.registry.{prefix}.location={location}: a {kind} store cannot be read.",
            hint="Convert it: keytool -importkeystore -srckeystore store.jks -destkeystore store.p12 -deststoretype "
            f"PKCS12; then set schema.registry.{prefix}.type=PKCS12 (or PEM, for a PEM file).",
        )
    try:
        data = Path(location).read_bytes()
    except OSError as error:
        raise ConfigError(f"schema.registry.{prefix}.location={location}: {error.strerror}.") from error
    if kind == "PEM":
        return data.decode("latin-1")
    return _from_pkcs12(prefix, location, data, options)


def _from_pkcs12(prefix: str, location: str, data: bytes, options: Mapping[str, str]) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

    password = options.get(f"{prefix}.password")
    try:
        store = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except ValueError as error:
        raise ConfigError(f"schema.registry.{prefix}.location={location}: {error}.") from error
    parts = [item.certificate.public_bytes(Encoding.PEM) for item in store.additional_certs]
    if store.cert is not None:
        parts.insert(0, store.cert.certificate.public_bytes(Encoding.PEM))
    if store.key is not None:
        parts.append(store.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return b"".join(parts).decode()
