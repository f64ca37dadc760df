"""Kafka client properties: which of them a client inherits of a worker, and what librdkafka calls them."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from typing import Literal

from rowtide.errors import ConfigError
from rowtide.kafka import jaas
from rowtide.kafka.property_names import COMMON, CONSUMER, JAVA_ONLY, LIBRDKAFKA, PRODUCER

_log = logging.getLogger(__name__)

Role = Literal["producer", "consumer", "admin"]
Settings = dict[str, str | int | float | bool]
"""A configuration of librdkafka."""

FOR_EVER_MS = 2**31 - 1
"""Java's way to say that a timeout never ends; librdkafka says 0."""

_warned: set[str] = set()
_warned_lock = threading.Lock()
_MOST_WARNINGS = 1000


def worker_client_properties(
    worker: Mapping[str, str], prefix: str, overrides: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The client properties, under their Java names, that a worker's configuration gives to one kind of client.

    Args:
        prefix: "producer." and "consumer." inherit nothing un-prefixed but `bootstrap.servers`; "admin." inherits every
            un-prefixed client setting; "" is for the worker's own clients (internal topics, group membership).
        overrides: win over all else; names without prefix (what a connector gives as `producer.override.*`).
    """
    if prefix in ("", "admin."):
        known = COMMON.keys() | PRODUCER.keys() | CONSUMER.keys() | LIBRDKAFKA | _SECURITY
        properties = {name: value for name, value in worker.items() if name in known}
    else:
        properties = {name: worker[name] for name in ("bootstrap.servers",) if name in worker}
    if prefix:
        properties |= {name[len(prefix) :]: value for name, value in worker.items() if name.startswith(prefix)}
    return properties | dict(overrides or {})


def librdkafka_settings(properties: Mapping[str, str], role: Role) -> Settings:
    """The configuration of librdkafka for Kafka client properties under their Java names.

    Names that only a Java client has are dropped; so are unknown ones, with one warning each. Properties that are
    librdkafka's own (e.g. `queue.buffering.max.kbytes`) pass.

    Raises:
        ConfigError: a key or trust store that cannot be read here, or an unusable `sasl.jaas.config`.
    """
    settings: Settings = {}
    names = COMMON | (PRODUCER if role == "producer" else CONSUMER if role == "consumer" else {})
    elsewhere = PRODUCER.keys() | CONSUMER.keys() | JAVA_ONLY | _SECURITY
    for name, value in properties.items():
        if name in names:
            settings[names[name]] = _value(name, value)
        elif name in LIBRDKAFKA:
            settings[name] = value
        elif name not in elsewhere:
            _warn_once(name)
    if role != "producer":
        _request_timeout(properties, settings)
    _compression_level(properties, settings, role)
    _tls(properties, settings)
    _sasl(properties, settings)
    _check_words(settings)
    return settings


def _check_words(settings: Settings) -> None:
    """What the client puts into a shell's command line (kinit) must be words."""
    for name in ("sasl.kerberos.principal", "sasl.kerberos.keytab", "sasl.kerberos.service.name"):
        if not _WORD.fullmatch(str(settings.get(name, "x"))):
            raise ConfigError(f"{name} may hold letters, digits and any of . _ / @ : + - alone.")


_WORD = re.compile(r"[\w./@:+-]+", re.ASCII)


_SECURITY = frozenset(
    {
        "security.protocol", "sasl.mechanism", "sasl.jaas.config", "sasl.kerberos.service.name",
        "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.scope", "ssl.endpoint.identification.algorithm",
        "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type", "ssl.truststore.certificates",
        "ssl.keystore.location", "ssl.keystore.password", "ssl.keystore.type", "ssl.keystore.certificate.chain",
        "ssl.keystore.key", "ssl.key.password", "sasl.oauthbearer.client.credentials.client.id",
        "sasl.oauthbearer.client.credentials.client.secret",
    }
)  # fmt: skip


def _warn_once(name: str) -> None:
    with _warned_lock:
        if name in _warned or len(_warned) >= _MOST_WARNINGS:
            return
        _warned.add(name)
    _log.warning("Kafka client property %s is not known here and has no effect", name)


def _value(name: str, value: str) -> str | int:
    text = value.strip()
    if name == "delivery.timeout.ms" and text.isdigit() and int(text) >= FOR_EVER_MS:
        return 0
    if name in ("send.buffer.bytes", "receive.buffer.bytes") and text == "-1":
        return 0
    if name == "buffer.memory" and text.isdigit():
        return max(1, int(text) // 1024)
    if name == "sasl.mechanism":
        return text.upper()
    return text


def _request_timeout(properties: Mapping[str, str], settings: Settings) -> None:
    # librdkafka has one time limit a request for consumers and admins, under another name and at most 300 s.
    timeout = properties.get("request.timeout.ms", "").strip()
    if timeout.isdigit():
        settings.setdefault("socket.timeout.ms", min(300_000, max(10, int(timeout))))


def _compression_level(properties: Mapping[str, str], settings: Settings, role: Role) -> None:
    level = properties.get(f"compression.{properties.get('compression.type', 'none')}.level")
    if role == "producer" and level is not None:
        settings.setdefault("compression.level", level)


def _tls(properties: Mapping[str, str], settings: Settings) -> None:
    verify = properties.get("ssl.endpoint.identification.algorithm")
    if verify is not None:
        settings["ssl.endpoint.identification.algorithm"] = verify.strip().lower() or "none"
    if certificates := properties.get("ssl.truststore.certificates"):
        settings["ssl.ca.pem"] = certificates
    if location := properties.get("ssl.truststore.location"):
        settings["ssl.ca.location"] = _pem_store("ssl.truststore", location, properties)
    if chain := properties.get("ssl.keystore.certificate.chain"):
        settings["ssl.certificate.pem"] = chain
    if key := properties.get("ssl.keystore.key"):
        settings["ssl.key.pem"] = key
    if password := properties.get("ssl.key.password"):
        settings["ssl.key.password"] = password
    if location := properties.get("ssl.keystore.location"):
        if store_type("ssl.keystore", location, properties) == "PKCS12":
            settings["ssl.keystore.location"] = location
            settings["ssl.keystore.password"] = properties.get("ssl.keystore.password", "")
        else:
            pem = _pem_store("ssl.keystore", location, properties)
            settings["ssl.certificate.location"] = settings["ssl.key.location"] = pem


def store_type(prefix: str, location: str, properties: Mapping[str, str]) -> str:
    """PEM, PKCS12 or JKS: the store's declared type, else what its file name says, else Kafka's default (JKS)."""
    declared = properties.get(f"{prefix}.type", "").strip().upper()
    if declared:
        return declared
    suffix = location.rpartition(".")[2].lower()
    return {"pem": "PEM", "crt": "PEM", "p12": "PKCS12", "pfx": "PKCS12"}.get(suffix, "JKS")


def _pem_store(prefix: str, location: str, properties: Mapping[str, str]) -> str:
    kind = store_type(prefix, location, properties)
    if kind == "PEM":
        return location
    raise ConfigError(
        f"{prefix}.location={location}: a {kind} store cannot be read by this client.",
        hint=f"Convert it with `openssl pkcs12 -in store.p12 -out store.pem -nodes` (a JKS store first with `keytool "
        f"-importkeystore -srckeystore store.jks -destkeystore store.p12 -deststoretype PKCS12`), then set "
        f"{prefix}.location to the PEM file and {prefix}.type=PEM.",
    )


def _sasl(properties: Mapping[str, str], settings: Settings) -> None:
    for name in ("security.protocol", "sasl.mechanism", "sasl.kerberos.service.name"):
        if name in properties:
            settings[name] = properties[name].strip()
    if "sasl.jaas.config" not in properties or not properties.get("security.protocol", "").upper().startswith("SASL"):
        return
    module = jaas.parse(properties["sasl.jaas.config"])
    options = module.options
    if module.name in ("PlainLoginModule", "ScramLoginModule"):
        for option in ("username", "password"):
            if option not in options:
                raise ConfigError(f"sasl.jaas.config: {module.name} needs the option {option}.")
            settings[f"sasl.{option}"] = options[option]
    elif module.name == "OAuthBearerLoginModule":
        _oauth(properties, options, settings)
    else:
        _kerberos(options, settings)


def _oauth(properties: Mapping[str, str], options: Mapping[str, str], settings: Settings) -> None:
    endpoint = properties.get("sasl.oauthbearer.token.endpoint.url")
    if not endpoint:
        raise ConfigError("sasl.mechanism=OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url.")
    settings["sasl.oauthbearer.method"] = "oidc"
    settings["sasl.oauthbearer.token.endpoint.url"] = endpoint
    for target, names in {
        "sasl.oauthbearer.client.id": ("clientId", "sasl.oauthbearer.client.credentials.client.id"),
        "sasl.oauthbearer.client.secret": ("clientSecret", "sasl.oauthbearer.client.credentials.client.secret"),
        "sasl.oauthbearer.scope": ("scope", "sasl.oauthbearer.scope"),
    }.items():
        value = options.get(names[0]) or properties.get(names[1])
        if value:
            settings[target] = value


def _kerberos(options: Mapping[str, str], settings: Settings) -> None:
    for target, option in {
        "sasl.kerberos.principal": "principal",
        "sasl.kerberos.keytab": "keyTab",
        "sasl.kerberos.service.name": "serviceName",
    }.items():
        if option in options:
            settings[target] = options[option]
