"""Client properties under their Java names, as the pure-Python Kafka client takes them."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rowtide.errors import ConfigError
from rowtide.kafka.settings import Settings, librdkafka_settings

_NUMBERS = {
    "request.timeout.ms": "request_timeout_ms",
    "retry.backoff.ms": "retry_backoff_ms",
    "reconnect.backoff.ms": "reconnect_backoff_ms",
    "reconnect.backoff.max.ms": "reconnect_backoff_max_ms",
    "metadata.max.age.ms": "metadata_max_age_ms",
    "connections.max.idle.ms": "connections_max_idle_ms",
    "socket.connection.setup.timeout.ms": "socket_connection_setup_timeout_ms",
}
_TEXTS = {"client.id": "client_id", "client.dns.lookup": "client_dns_lookup"}


def kafka_python_settings(properties: Mapping[str, str]) -> dict[str, Any]:
    """Keyword arguments of kafka-python's clients; properties without a counterpart are dropped.

    Raises:
        ConfigError: a number that is none, key or trust stores other than PEM, or a mechanism that this client lacks.
    """
    settings: dict[str, Any] = {"reconnect_backoff_max_ms": 1000}
    settings["bootstrap_servers"] = [
        server.strip() for server in properties.get("bootstrap.servers", "").split(",") if server.strip()
    ]
    for name, target in _NUMBERS.items():
        if name in properties:
            settings[target] = _number(name, properties[name])
    settings |= {target: properties[name].strip() for name, target in _TEXTS.items() if properties.get(name)}
    security = properties.get("security.protocol", "PLAINTEXT").strip().upper()
    settings["security_protocol"] = security
    # The rules about stores and login modules are the same for both clients, and told in one place.
    common = librdkafka_settings({**properties, "security.protocol": security}, "admin")
    if security in ("SSL", "SASL_SSL"):
        settings["ssl_context"] = _ssl_context(common)
        settings["ssl_check_hostname"] = settings["ssl_context"].check_hostname
    if security.startswith("SASL"):
        settings |= _sasl(properties, common)
    return settings


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"Invalid value {text} for configuration {name}: Not a number of type INT") from None


def _sasl(properties: Mapping[str, str], common: Settings) -> dict[str, Any]:
    mechanism = properties.get("sasl.mechanism", "GSSAPI").strip().upper()
    if mechanism == "OAUTHBEARER":
        raise ConfigError("sasl.mechanism=OAUTHBEARER is not supported for group membership; use SCRAM-SHA-512 or TLS.")
    settings: dict[str, Any] = {"sasl_mechanism": mechanism}
    for name, target in {
        "sasl.username": "sasl_plain_username",
        "sasl.password": "sasl_plain_password",
        "sasl.kerberos.service.name": "sasl_kerberos_service_name",
    }.items():
        if name in common:
            settings[target] = common[name]
    return settings


def _ssl_context(common: Settings) -> ssl.SSLContext:
    """A context that checks the broker against the trust store, or the system's when there is none."""
    if "ssl.keystore.location" in common:
        raise ConfigError(
            "ssl.keystore.location: group membership needs PEM.",
            hint="Convert the PKCS12 store with `openssl pkcs12 -in store.p12 -out store.pem -nodes` and set "
            "ssl.keystore.type=PEM.",
        )
    try:
        context = ssl.create_default_context(
            cafile=_text(common, "ssl.ca.location"), cadata=_text(common, "ssl.ca.pem")
        )
        context.check_hostname = common.get("ssl.endpoint.identification.algorithm", "https") == "https"
        _load_key(context, common)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(f"the ssl.* properties are not usable: {error}") from error
    return context


def _load_key(context: ssl.SSLContext, common: Settings) -> None:
    password = _text(common, "ssl.key.password")
    certificate, key = _text(common, "ssl.certificate.location"), _text(common, "ssl.key.location")
    if certificate:
        context.load_cert_chain(certificate, key, password)
    elif (chain := _text(common, "ssl.certificate.pem")) and (key := _text(common, "ssl.key.pem")):
        # The ssl module reads keys from files only.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "key.pem")
            path.touch(mode=0o600)
            path.write_text(f"{key}\n{chain}\n")
            context.load_cert_chain(path, None, password)


def _text(common: Settings, name: str) -> str | None:
    value = common.get(name)
    return None if value is None else str(value)
