"""The worker's options of the REST interface: listeners, their TLS, and who may ask for what."""

from __future__ import annotations

import re

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type, Validator, one_of

LISTENER = re.compile(r"(?P<scheme>[^:]*)://\[?(?P<host>[0-9a-zA-Z\-%._:]*)\]?:(?P<port>-?[0-9]+)")
"""Kafka's syntax of a listener; port 0 lets the system choose."""

LISTENERS_HTTPS = "listeners.https."
ADMIN_LISTENERS_HTTPS = "admin.listeners.https."
HTTPS_PREFIXES = (LISTENERS_HTTPS, ADMIN_LISTENERS_HTTPS)
"""Before the `ssl.*` of listeners; where one such option is given, those without prefix count for nothing."""


def _listeners(name: str, value: object) -> str | None:
    items = value if isinstance(value, list) else []
    if not items:
        return f"Invalid value [] for configuration {name}: at least one listener is required, as http://:8083"
    return _well_formed(name, items)


def _well_formed(name: str, value: object) -> str | None:
    for item in value if isinstance(value, list) else []:
        match = LISTENER.fullmatch(str(item))
        if match is None:
            return f"Invalid value {item} for configuration {name}: expected protocol://host:port, as http://:8083"
        if match["scheme"].lower() not in ("http", "https"):
            return f"Invalid value {item} for configuration {name}: the protocol must be http or https"
        if int(match["port"]) > 65535:
            return f"Invalid value {item} for configuration {name}: a port is at most 65535"
    return None


BASIC_AUTH = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"


def _extensions(name: str, value: object) -> str | None:
    for item in value if isinstance(value, list) else []:
        if item not in (BASIC_AUTH, BASIC_AUTH.rpartition(".")[2]):
            return (
                f"Invalid value {item} for configuration {name}: of REST extensions there is {BASIC_AUTH} alone; "
                "remove others, and let a proxy do what they do"
            )
    return None


def _option(
    name: str, type_: Type, default: object, documentation: str, validator: Validator | None = None
) -> ConfigKey:
    return ConfigKey(name, type_, default, documentation, Importance.LOW, validator)


REST_OPTIONS = [
    _option(
        "rest.extension.classes",
        Type.LIST,
        [],
        f"{BASIC_AUTH} asks for user and password; others are refused.",
        _extensions,
    ),
    _option(
        "rest.basic.auth.jaas.file",
        Type.STRING,
        None,
        "JAAS file with the entry KafkaConnect; if absent, what KAFKA_OPTS says with "
        "-Djava.security.auth.login.config=. Not of Kafka Connect.",
    ),
    _option(
        "rest.bearer.tokens.file",
        Type.STRING,
        None,
        "Properties file of bearer tokens that are accepted, name=token each. Not of Kafka Connect.",
    ),
    _option(
        "rest.read.only.users",
        Type.LIST,
        [],
        "Users, and names of tokens, that may change nothing. Not of Kafka Connect.",
    ),
    _option(
        "rest.mask.secrets",
        Type.BOOLEAN,
        False,
        "Shows [hidden] for secrets in connectors' configurations; sent back, it stands for what is stored. Not of "
        "Kafka Connect.",
    ),
    _option("listeners", Type.LIST, ["http://:8083"], "Where REST is served, by http or https.", _listeners),
    _option(
        "admin.listeners",
        Type.LIST,
        None,
        "Where /admin/loggers is served, apart from the rest; nowhere if empty, on the listeners if absent.",
        _well_formed,
    ),
    _option("rest.advertised.host.name", Type.STRING, None, "Host under which other workers reach this one."),
    _option("rest.advertised.port", Type.INT, None, "Port under which other workers reach this one."),
    _option(
        "rest.advertised.listener",
        Type.STRING,
        None,
        "Protocol under which other workers reach this one; http where a listener has it, if absent.",
        one_of("http", "https"),
    ),
]

LISTENER_TLS_OPTIONS = [
    _option("ssl.keystore.location", Type.STRING, None, "Certificate and key of https: a JKS, PKCS12 or PEM file."),
    _option("ssl.keystore.password", Type.PASSWORD, None, "Password of that file."),
    _option("ssl.key.password", Type.PASSWORD, None, "Password of the key, where it has one of its own."),
    _option("ssl.keystore.type", Type.STRING, "JKS", "Not needed: the content tells."),
    _option("ssl.keystore.certificate.chain", Type.PASSWORD, None, "Certificates in PEM, instead of a file."),
    _option("ssl.keystore.key", Type.PASSWORD, None, "Private key in PEM, instead of a file."),
    _option("ssl.truststore.location", Type.STRING, None, "Whom to trust: a JKS, PKCS12 or PEM file."),
    _option("ssl.truststore.password", Type.PASSWORD, None, "Password of that file."),
    _option("ssl.truststore.type", Type.STRING, "JKS", "Not needed: the content tells."),
    _option("ssl.truststore.certificates", Type.PASSWORD, None, "Trusted certificates in PEM, instead of a file."),
    _option(
        "ssl.client.auth",
        Type.STRING,
        "none",
        "Whether clients of https are asked for a certificate.",
        one_of("required", "requested", "none"),
    ),
    _option("ssl.enabled.protocols", Type.LIST, ["TLSv1.2", "TLSv1.3"], "Versions of TLS."),
    _option("ssl.cipher.suites", Type.LIST, None, "Cipher suites of TLS 1.2; secure ones if absent."),
    _option(
        "ssl.endpoint.identification.algorithm",
        Type.STRING,
        "https",
        "Empty: workers do not check the host name in each other's certificate.",
    ),
]
"""As Kafka's SslConfigs, without prefix; the worker's Kafka clients read those without prefix too."""

LISTENER_TLS = ConfigDef(LISTENER_TLS_OPTIONS)
