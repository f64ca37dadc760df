"""The options of a distributed worker under Kafka Connect's names, declared once.

Names, types and defaults are those of Kafka Connect 4.3's DistributedConfig; docs and warnings are made from this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rowtide.config.definition import (
    REQUIRED,
    ConfigDef,
    ConfigKey,
    Importance,
    Type,
    Validator,
    at_least,
    not_empty,
    one_of,
)
from rowtide.runtime.rest_options import HTTPS_PREFIXES, LISTENER_TLS_OPTIONS, REST_OPTIONS
from rowtide.runtime.restart_options import RESTART_OPTIONS


def _replication(name: str, value: object) -> str | None:
    if isinstance(value, int) and value < 1 and value != -1:
        return f"Invalid value {value} for configuration {name}: Value must be -1 or greater than 0"
    return None


def override_policy(value: object) -> str:
    """The policy that a simple or full class name stands for, in lower case."""
    return str(value).rpartition(".")[2].removesuffix("ConnectorClientConfigOverridePolicy").lower()


def _policy(name: str, value: object) -> str | None:
    if override_policy(value) in ("all", "none", "principal", "allowlist"):
        return None
    return f"Invalid value {value} for configuration {name}: Value must be one of All, None, Principal, Allowlist"


def _option(
    name: str,
    type_: Type,
    default: object,
    documentation: str,
    importance: Importance = Importance.MEDIUM,
    validator: Validator | None = None,
) -> ConfigKey:
    return ConfigKey(name, type_, default, documentation, importance, validator)


_HIGH, _LOW = Importance.HIGH, Importance.LOW

_GROUP = [
    _option("bootstrap.servers", Type.LIST, REQUIRED, "Brokers to connect to first, host:port each.", _HIGH),
    _option("group.id", Type.STRING, REQUIRED, "Name of the Connect cluster.", _HIGH, not_empty),
    _option("session.timeout.ms", Type.INT, 10000, "A worker without heartbeats for so long is taken for lost.", _HIGH),
    _option("heartbeat.interval.ms", Type.INT, 3000, "Time between heartbeats to the group's coordinator.", _HIGH),
    _option("rebalance.timeout.ms", Type.INT, 60000, "Time a worker has to join once a rebalance began.", _HIGH),
    _option("worker.sync.timeout.ms", Type.INT, 3000, "Time to catch up with the config topic after a rebalance."),
    _option("worker.unsync.backoff.ms", Type.INT, 300000, "Time out of the group after failing to catch up."),
    _option(
        "connect.protocol",
        Type.STRING,
        "sessioned",
        "Rebalance protocol.",
        _LOW,
        one_of("eager", "compatible", "sessioned"),
    ),
    _option(
        "scheduled.rebalance.max.delay.ms",
        Type.INT,
        300000,
        "How long work of a lost worker waits for its return.",
        _LOW,
        at_least(0),
    ),
    _option(
        "inter.worker.key.ttl.ms",
        Type.INT,
        3600000,
        "Life of the key that signs requests between workers; 0 keeps it for ever.",
        _LOW,
        at_least(0),
    ),
    _option(
        "inter.worker.key.generation.algorithm",
        Type.STRING,
        "HmacSHA256",
        "Algorithm that makes the key.",
        _LOW,
        one_of("hmacsha256"),
    ),
    _option("inter.worker.key.size", Type.INT, None, "Bits of the key; the algorithm's own size if absent.", _LOW),
    _option(
        "inter.worker.signature.algorithm", Type.STRING, "HmacSHA256", "Signs requests.", _LOW, one_of("hmacsha256")
    ),
    _option("inter.worker.verification.algorithms", Type.LIST, ["HmacSHA256"], "Accepted signatures.", _LOW),
]

_TOPICS = [
    _option("config.storage.topic", Type.STRING, REQUIRED, "Topic of the configurations.", _HIGH, not_empty),
    _option("config.storage.replication.factor", Type.SHORT, 3, "Used when creating it.", _LOW, _replication),
    _option("offset.storage.topic", Type.STRING, REQUIRED, "Topic of the source offsets.", _HIGH, not_empty),
    _option("offset.storage.partitions", Type.INT, 25, "Used when creating it.", _LOW, _replication),
    _option("offset.storage.replication.factor", Type.SHORT, 3, "Used when creating it.", _LOW, _replication),
    _option("status.storage.topic", Type.STRING, REQUIRED, "Topic of the statuses.", _HIGH, not_empty),
    _option("status.storage.partitions", Type.INT, 5, "Used when creating it.", _LOW, _replication),
    _option("status.storage.replication.factor", Type.SHORT, 3, "Used when creating it.", _LOW, _replication),
]

_DATA = [
    _option("key.converter", Type.CLASS, REQUIRED, "Encodes record keys unless a connector names its own.", _HIGH),
    _option("value.converter", Type.CLASS, REQUIRED, "Encodes record values unless a connector names its own.", _HIGH),
    _option(
        "header.converter",
        Type.CLASS,
        "org.apache.kafka.connect.storage.SimpleHeaderConverter",
        "Encodes record headers.",
        _LOW,
    ),
    _option(
        "exactly.once.source.support",
        Type.STRING,
        "disabled",
        "Records and offsets in one transaction.",
        _HIGH,
        one_of("disabled", "preparing", "enabled"),
    ),
    _option("offset.flush.interval.ms", Type.LONG, 60000, "Time between offset commits of a task.", _LOW),
    _option("offset.flush.timeout.ms", Type.LONG, 5000, "Time a commit may take before it is put off.", _LOW),
    _option("task.shutdown.graceful.timeout.ms", Type.LONG, 5000, "Time for all tasks of a worker to stop.", _LOW),
    _option("config.providers", Type.LIST, [], "Names of config providers.", _LOW),
    _option(
        "connector.client.config.override.policy",
        Type.STRING,
        "All",
        "Which client settings connectors may override: All, None, Principal or Allowlist.",
        _LOW,
        _policy,
    ),
    _option("connector.client.config.override.allowlist", Type.LIST, [], "Client settings the Allowlist allows.", _LOW),
    _option(
        "connector.allowed.paths",
        Type.LIST,
        [],
        "Absolute paths below which connectors may name files (stores of keys, a schema history); anywhere if empty. "
        "Not of Kafka Connect.",
        _LOW,
    ),
    _option("topic.creation.enable", Type.BOOLEAN, True, "Lets connectors describe the topics they write.", _LOW),
    _option("topic.tracking.enable", Type.BOOLEAN, True, "Records which topics a connector wrote to.", _LOW),
    _option("topic.tracking.allow.reset", Type.BOOLEAN, True, "Allows to forget those topics by REST.", _LOW),
]

_CLIENTS = [
    _option("client.id", Type.STRING, "", "Name of this worker's Kafka clients.", _LOW),
    _option("request.timeout.ms", Type.INT, 40000, "Longest wait for a broker's answer.", _LOW),
    _option("retry.backoff.ms", Type.LONG, 100, "First pause before a request is repeated.", _LOW),
    _option("retry.backoff.max.ms", Type.LONG, 1000, "Longest pause before a request is repeated.", _LOW),
    _option("reconnect.backoff.ms", Type.LONG, 50, "First pause before a broker is connected again.", _LOW),
    _option("reconnect.backoff.max.ms", Type.LONG, 1000, "Longest pause before a broker is connected again.", _LOW),
    _option("metadata.max.age.ms", Type.LONG, 300000, "Age at which metadata is fetched again.", _LOW),
    _option("connections.max.idle.ms", Type.LONG, 540000, "Idle connections are closed after this.", _LOW),
    _option("send.buffer.bytes", Type.INT, 131072, "Send buffer of a connection.", _LOW),
    _option("receive.buffer.bytes", Type.INT, 32768, "Receive buffer of a connection.", _LOW),
    _option("socket.connection.setup.timeout.ms", Type.LONG, 10000, "First limit of a connection attempt.", _LOW),
    _option("socket.connection.setup.timeout.max.ms", Type.LONG, 30000, "Limit of a connection attempt.", _LOW),
    _option("client.dns.lookup", Type.STRING, "use_all_dns_ips", "How host names are looked up.", _LOW),
    _option("security.protocol", Type.STRING, "PLAINTEXT", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."),
    _option("sasl.mechanism", Type.STRING, "GSSAPI", "How to authenticate: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512."),
    _option("sasl.jaas.config", Type.PASSWORD, None, "Credentials in the form of a JAAS line."),
]

WORKER_OPTIONS = ConfigDef(
    [*_GROUP, *_TOPICS, *_DATA, *RESTART_OPTIONS, *REST_OPTIONS, *LISTENER_TLS_OPTIONS, *_CLIENTS]
)

MODE = "rowtide.mode"
"""Of a configuration that was read by `rowtide standalone`; tasks' processes have to know."""

STANDALONE = "standalone"

OFFSET_FILE = "offset.storage.file.filename"

_IN_MEMORY: Mapping[str, object] = {
    "group.id": STANDALONE,
    "connect.protocol": "compatible",
    **{f"{kind}.storage.topic": f"{STANDALONE}-{kind}" for kind in ("config", "offset", "status")},
}
"""What a standalone worker has no use for."""

STANDALONE_OPTIONS = ConfigDef(
    [
        *(replace(key, default=_IN_MEMORY.get(key.name, key.default)) for key in WORKER_OPTIONS),
        _option(
            OFFSET_FILE,
            Type.STRING,
            "rowtide-offsets.sqlite",
            "File of the source offsets: SQLite, made when it is missing. One that Kafka Connect wrote is read, and "
            "left as it is; offsets then go into a file of that name with .sqlite at its end.",
            _HIGH,
            not_empty,
        ),
    ]
)

KNOWN_PREFIXES = (
    "producer.",
    "consumer.",
    "admin.",
    "config.storage.",
    "offset.storage.",
    "status.storage.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "config.providers.",
    "ssl.",
    "sasl.",
    "topic.creation.",
    *HTTPS_PREFIXES,
)
"""Options that are handed on to clients, converters, providers and topics."""

NOT_USED = {
    "plugin.path": "plugins are the installed Python packages",
    "plugin.discovery": "plugins are the installed Python packages",
    "access.control.allow.origin": "set cross-origin headers in a proxy",
    "access.control.allow.methods": "set cross-origin headers in a proxy",
    "response.http.headers.config": "set response headers in a proxy",
    "metric.reporters": "metrics are served at /metrics",
    "metrics.sample.window.ms": "metrics are served at /metrics",
    "metrics.num.samples": "metrics are served at /metrics",
    "metrics.recording.level": "metrics are served at /metrics",
    "metadata.recovery.strategy": "the clients have their own way",
    "metadata.recovery.rebootstrap.trigger.ms": "the clients have their own way",
    "auto.include.jmx.reporter": "metrics are served at /metrics",
    "internal.key.converter": "removed from Kafka Connect",
    "internal.value.converter": "removed from Kafka Connect",
    "internal.key.converter.schemas.enable": "removed from Kafka Connect",
    "internal.value.converter.schemas.enable": "removed from Kafka Connect",
    "rest.host.name": "removed from Kafka Connect, use listeners",
    "rest.port": "removed from Kafka Connect, use listeners",
    OFFSET_FILE: "belongs to standalone mode",
}
"""Names of Kafka Connect that mean nothing to this worker, and why."""
