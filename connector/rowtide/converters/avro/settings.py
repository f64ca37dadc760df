"""The converter's options: those of Confluent's AvroDataConfig and AbstractKafkaSchemaSerDeConfig that it honours."""

from __future__ import annotations

from collections.abc import Mapping

from rowtide.config.definition import (
    REQUIRED,
    ConfigDef,
    ConfigKey,
    Importance,
    Type,
    at_least,
    one_of,
)
from rowtide.errors import ConfigError

_PREFIX_ID = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"
_TOPIC_NAMES = "io.confluent.kafka.serializers.subject.TopicNameStrategy"
_HIGH, _MEDIUM, _LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW


def _flag(name: str, default: bool, documentation: str, importance: Importance = _LOW) -> ConfigKey:
    return ConfigKey(name, Type.BOOLEAN, default, documentation, importance)


def _number(name: str, default: int, documentation: str, minimum: int = 0) -> ConfigKey:
    return ConfigKey(name, Type.INT, default, documentation, _LOW, at_least(minimum))


def _text(name: str, default: str | None, documentation: str, importance: Importance = _MEDIUM) -> ConfigKey:
    return ConfigKey(name, Type.STRING, default, documentation, importance)


def _secret(name: str, documentation: str) -> ConfigKey:
    return ConfigKey(name, Type.PASSWORD, None, documentation, _MEDIUM)


def _urls(name: str, value: object) -> str | None:
    given = value if isinstance(value, list) else []
    wrong = [url for url in given if not url.startswith(("http://", "https://"))]
    if not given or wrong:
        return f"Invalid value {','.join(given)} for configuration {name}: a list of http:// or https:// addresses"
    return None


CONFIG_DEF = ConfigDef(
    [
        ConfigKey(
            "schema.registry.url", Type.LIST, REQUIRED, "Addresses of the schema registry, tried in turn.", _HIGH, _urls
        ),
        _flag("auto.register.schemas", True, "Register schemas; else they have to be there.", _MEDIUM),
        _flag("use.latest.version", False, "Write with the subject's latest schema (without auto.register.schemas)."),
        _flag("latest.compatibility.strict", True, "With use.latest.version: refuse a latest schema that cannot read."),
        _number("use.schema.id", -1, "Write with the schema of this id (without auto.register.schemas).", -1),
        _flag("id.compatibility.strict", True, "With use.schema.id: refuse a schema that cannot read the record."),
        _flag("normalize.schemas", False, "Let the registry normalize schemas.", _MEDIUM),
        _number("max.schemas.per.subject", 1000, "How many schema ids are kept for each subject.", 1),
        _number("schemas.cache.config", 1000, "How many converted schemas are kept.", 1),
        _text("key.subject.name.strategy", _TOPIC_NAMES, "How subjects of keys are named."),
        _text("value.subject.name.strategy", _TOPIC_NAMES, "How subjects of values are named."),
        _flag("enhanced.avro.schema.support", False, "Enums stay enums, and namespaces stay in unions.", _MEDIUM),
        _flag("scrub.invalid.names", False, "Replace what Avro takes in no name.", _MEDIUM),
        _flag("connect.meta.data", True, "Write what Connect knows of a schema beside it (connect.*)."),
        _flag("discard.type.doc.default", False, "Keep the documentation and defaults of fields only."),
        _flag("allow.optional.map.keys", False, "Maps with optional string keys become Avro maps."),
        _flag("flatten.singleton.unions", True, "Read a union of one type as that type."),
        _flag("generalized.sum.type.support", False, "Enums and unions as other schema formats have them.", _MEDIUM),
        _flag("ignore.default.for.nullables", False, "Write null as null where the schema has a default.", _MEDIUM),
        _text("basic.auth.credentials.source", "URL", "Where user and password are: URL, USER_INFO or SASL_INHERIT."),
        _secret("basic.auth.user.info", "USER:PASSWORD, for USER_INFO."),
        ConfigKey(
            "bearer.auth.credentials.source",
            Type.STRING,
            None,
            "Where tokens come from: STATIC_TOKEN or OAUTHBEARER.",
            _MEDIUM,
            one_of("static_token", "oauthbearer"),
        ),
        _secret("bearer.auth.token", "The token, for STATIC_TOKEN."),
        _text("bearer.auth.issuer.endpoint.url", None, "Token endpoint, for OAUTHBEARER."),
        _text("bearer.auth.client.id", None, "Client id, for OAUTHBEARER."),
        _secret("bearer.auth.client.secret", "Client secret, for OAUTHBEARER."),
        _text("bearer.auth.scope", None, "Scope of tokens, for OAUTHBEARER."),
        _text("bearer.auth.logical.cluster", None, "Sent as header target-sr-cluster."),
        _text("bearer.auth.identity.pool.id", None, "Sent as header Confluent-Identity-Pool-Id."),
        _text("schema.registry.ssl.truststore.location", None, "PEM or PKCS12 file of the authorities to trust."),
        _text("schema.registry.ssl.truststore.type", None, "PEM or PKCS12; by the file's name if absent."),
        _secret("schema.registry.ssl.truststore.password", "Password of a PKCS12 trust store."),
        _text("schema.registry.ssl.keystore.location", None, "PEM or PKCS12 file of the client's certificate and key."),
        _text("schema.registry.ssl.keystore.type", None, "PEM or PKCS12; by the file's name if absent."),
        _secret("schema.registry.ssl.keystore.password", "Password of a PKCS12 key store."),
        _secret("schema.registry.ssl.key.password", "Password of the client's key."),
        _text(
            "schema.registry.ssl.endpoint.identification.algorithm",
            "https",
            "Empty: host names are not compared.",
            _LOW,
        ),
        _text("proxy.host", "", "HTTP proxy to the registry.", _LOW),
        _number("proxy.port", -1, "Port of the proxy.", -1),
        _number("http.connect.timeout.ms", 60_000, "Longest wait for a connection to the registry.", 1),
        _number("http.read.timeout.ms", 60_000, "Longest wait for the registry's answer.", 1),
        _number("max.retries", 3, "How often a request is repeated."),
        _number("retries.wait.ms", 1000, "Pause before the first repetition; it doubles."),
        _number("retries.max.wait.ms", 20_000, "Longest pause before a repetition."),
    ]
)

_ONLY: Mapping[str, tuple[str, ...]] = {
    "key.schema.id.serializer": (_PREFIX_ID,),
    "value.schema.id.serializer": (_PREFIX_ID,),
    "context.name.strategy": ("io.confluent.kafka.serializers.context.NullContextNameStrategy",),
    "use.latest.with.metadata": (),
    "use.schema.guid": (),
    "rule.executors": ("",),
    "schema.backup.enabled": ("false",),
}
"""Options that would change what is written, and their values that change nothing."""


def refuse_unsupported(options: Mapping[str, str]) -> None:
    """Raises:
    ConfigError: an option asks for what this converter does not do.
    """
    for name, accepted in _ONLY.items():
        if name in options and options[name].strip() not in accepted:
            allowed = f"only {accepted[0]} is" if accepted and accepted[0] else "it is not"
            raise ConfigError(f"{name}={options[name]}: {allowed} supported by this AvroConverter; remove the option.")
