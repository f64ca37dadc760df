"""The options of the MySQL and MariaDB connectors, under Debezium's names with Debezium's defaults (3.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowtide.config.definition import (
    REQUIRED,
    ConfigDef,
    ConfigKey,
    Importance,
    Type,
    Validator,
    at_least,
    one_of,
)

CONNECTION = "Connection"
CONNECTOR = "Connector"
SNAPSHOT = "Connector Snapshot"
EVENTS = "Events"
HISTORY = "Schema History"
ADVANCED = "Advanced"

HIGH, MEDIUM, LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW
KAFKA_HISTORY = "io.debezium.storage.kafka.history.KafkaSchemaHistory"
FILE_HISTORY = "io.debezium.storage.file.history.FileSchemaHistory"
MEMORY_HISTORY = "io.debezium.relational.history.MemorySchemaHistory"
DEFAULT_NAMING = "io.debezium.schema.DefaultTopicNamingStrategy"


def _topic_prefix(name: str, value: object) -> str | None:
    if value is None or not re.fullmatch(r"[a-zA-Z0-9_.\-]+", str(value)):
        return f"Invalid value {value} for configuration {name}: only letters, digits, dot, underscore and hyphen may be used"
    return None


def _only(*accepted: str) -> Validator:
    """A choice of which this version has not all: the sentence says which there are."""

    def check(name: str, value: object) -> str | None:
        if value is not None and str(value).strip().lower() not in (a.lower() for a in accepted):
            return f"Invalid value {value} for configuration {name}: supported are {', '.join(accepted)}"
        return None

    return check


def _host(name: str, value: object) -> str | None:
    return None if value else f"Invalid value {value} for configuration {name}: give the server's host name or address"


def _key(
    name: str,
    type_: Type,
    default: object,
    doc: str,
    group: str,
    *,
    importance: Importance = MEDIUM,
    validator: Validator | None = None,
    recommended: tuple[str, ...] = (),
) -> ConfigKey:
    return ConfigKey(name, type_, default, doc, importance, validator, group=group, recommended=recommended)


def _choice(name: str, default: str, accepted: tuple[str, ...], doc: str, group: str) -> ConfigKey:
    return _key(name, Type.STRING, default, doc, group, validator=one_of(*accepted), recommended=accepted)


def _connection(flavor: str) -> list[ConfigKey]:
    modes = (
        ("disabled", "preferred", "required", "verify_ca", "verify_identity")
        if flavor == "mysql"
        else ("disable", "trust", "verify-ca", "verify-full")
    )
    return [
        _key("topic.prefix", Type.STRING, REQUIRED, "Logical name of the server: prefix of every topic and schema name.", CONNECTOR, importance=HIGH, validator=_topic_prefix),
        _key("database.hostname", Type.STRING, REQUIRED, "Host of the server.", CONNECTION, importance=HIGH, validator=_host),
        _key("database.port", Type.INT, 3306, "Port of the server.", CONNECTION, importance=HIGH, validator=at_least(0)),
        _key("database.user", Type.STRING, REQUIRED, "User to log in with.", CONNECTION, importance=HIGH),
        _key("database.password", Type.PASSWORD, None, "The user's password.", CONNECTION, importance=HIGH),
        _key("database.server.id", Type.LONG, REQUIRED, "Replica id to announce; unique among all replicas and readers of the server.", CONNECTION, importance=HIGH, validator=at_least(1)),
        _key("database.server.id.offset", Type.LONG, 10000, "Accepted and unused, as in Debezium.", CONNECTION, importance=LOW),
        _choice("database.ssl.mode", "preferred" if flavor == "mysql" else "disable", modes, "Whether and how to encrypt connections.", CONNECTION),
        _key("database.ssl.truststore", Type.STRING, None, "PEM file of the authorities to trust.", CONNECTION),
        _key("database.ssl.keystore", Type.STRING, None, "PEM file of the client's certificate and key.", CONNECTION),
        _key("database.ssl.keystore.password", Type.PASSWORD, None, "Password of the client's key.", CONNECTION),
        _key("database.initial.statements", Type.STRING, None, "Statements, separated by semicolons (`;;` for a semicolon), run on each connection that queries.", CONNECTION, importance=LOW),
        _key("database.query.timeout.ms", Type.INT, 600_000, "Longest time for a statement, in ms; 0 for none.", CONNECTION, importance=LOW, validator=at_least(0)),
        _key("connect.timeout.ms", Type.INT, 30_000, "Longest time to connect, in ms.", CONNECTION, importance=LOW, validator=at_least(1)),
        _key("connection.validation.timeout.ms", Type.LONG, 60_000, "Longest time for the connection made by validation, in ms.", CONNECTION, importance=LOW),
        _key("connect.keep.alive", Type.BOOLEAN, True, "Whether to watch the log connection and to open it again.", CONNECTION, importance=LOW),
        _key("connect.keep.alive.interval.ms", Type.LONG, 60_000, "How long nothing may come from the log before it is opened again, in ms; the server is asked for a heartbeat at 0.8 of it.", CONNECTION, importance=LOW, validator=at_least(1)),
        _key("binlog.net.write.timeout", Type.LONG, 0, "Session net_write_timeout of the log connection, in s; 0 leaves the choice to the connector.", CONNECTION, importance=LOW, validator=at_least(0)),
        _key("binlog.net.read.timeout", Type.LONG, 0, "Session net_read_timeout of the log connection, in s; 0 leaves the server's.", CONNECTION, importance=LOW, validator=at_least(0)),
    ]  # fmt: skip


def _capture() -> list[ConfigKey]:
    lists = [
        _key(f"{what}.{kind}.list", Type.STRING, None, f"Regular expressions, separated by commas, of the {what}s to {kind}.", CONNECTOR, importance=HIGH if kind == "include" else MEDIUM)
        for what in ("database", "table", "column")
        for kind in ("include", "exclude")
    ]  # fmt: skip
    return [
        *lists,
        _key("table.ignore.builtin", Type.BOOLEAN, True, "Leave out the server's own databases.", CONNECTOR, importance=LOW),
        _key("skipped.operations", Type.STRING, "t", "Operations that are not sent: c, u, d, t, separated by commas, or none.", CONNECTOR, validator=_operations),
        _key("tombstones.on.delete", Type.BOOLEAN, True, "Follow a delete with a tombstone.", CONNECTOR),
        _key("include.schema.changes", Type.BOOLEAN, True, "Publish schema changes on the topic named as the prefix.", CONNECTOR),
        _key("include.schema.comments", Type.BOOLEAN, False, "Keep comments of tables and columns.", CONNECTOR),
        _key("include.query", Type.BOOLEAN, False, "Put the original statement into source.query, where the server logs it.", CONNECTOR),
        _key("message.key.columns", Type.STRING, None, "Columns to make keys of: `table:column,column;table:column`.", CONNECTOR),
        _key("gtid.source.includes", Type.STRING, None, "Regular expressions of the GTID sources whose rows are wanted.", CONNECTOR),
        _key("gtid.source.excludes", Type.STRING, None, "Regular expressions of the GTID sources whose rows are not wanted.", CONNECTOR),
        _key("column.propagate.source.type", Type.STRING, None, "Regular expressions of columns, `db.table.column`, whose schemas tell the type in the database.", CONNECTOR),
        _key("datatype.propagate.source.type", Type.STRING, None, "Regular expressions of types, `db.table.TYPE`, whose columns' schemas tell the type in the database.", CONNECTOR),
        _key("provide.transaction.metadata", Type.BOOLEAN, False, "Send transaction boundaries, and a transaction block with every row.", CONNECTOR),
        _key("extended.headers.enabled", Type.BOOLEAN, True, "Send the connector's context as headers.", CONNECTOR, importance=LOW),
    ]  # fmt: skip


def _operations(name: str, value: object) -> str | None:
    given = {item.strip().lower() for item in str(value or "").split(",") if item.strip()}
    wrong = given - {"c", "u", "d", "t", "r", "none"}
    if wrong or ("none" in given and len(given) > 1):
        return f"Invalid value {value} for configuration {name}: give some of c, u, d, t, r, or none alone"
    return None


def _values() -> list[ConfigKey]:
    return [
        _choice("decimal.handling.mode", "precise", ("precise", "string", "double"), "How to represent DECIMAL.", EVENTS),
        _choice("time.precision.mode", "adaptive_time_microseconds", ("adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"), "How to represent temporal types.", EVENTS),
        _choice("bigint.unsigned.handling.mode", "long", ("long", "precise"), "How to represent BIGINT UNSIGNED.", EVENTS),
        _choice("binary.handling.mode", "bytes", ("bytes", "base64", "base64-url-safe", "hex"), "How to represent binary strings.", EVENTS),
        _choice("event.converting.failure.handling.mode", "warn", ("warn", "fail", "skip"), "What to do when a value does not fit.", EVENTS),
        _key("enable.time.adjuster", Type.BOOLEAN, True, "Take years of two digits as MySQL does.", EVENTS, importance=LOW),
        _choice("schema.name.adjustment.mode", "none", ("none", "avro", "avro_unicode"), "How to adjust schema names.", EVENTS),
        _choice("field.name.adjustment.mode", "none", ("none", "avro", "avro_unicode"), "How to adjust field names.", EVENTS),
        _key("skip.messages.without.change", Type.BOOLEAN, False, "Leave out updates that change no included column.", EVENTS),
    ]  # fmt: skip


def _snapshot() -> list[ConfigKey]:
    return [
        _key("snapshot.mode", Type.STRING, "initial", "Whether a first start reads schemas and rows (initial, initial_only) or schemas alone (no_data).", SNAPSHOT, validator=_only("initial", "initial_only", "no_data"), recommended=("initial", "initial_only", "no_data")),
        _key("snapshot.locking.mode", Type.STRING, "minimal", "How long tables are locked: while schemas are read, while rows are read too, or not at all.", SNAPSHOT, validator=_only("minimal", "extended", "none"), recommended=("minimal", "extended", "none")),
        _key("snapshot.include.collection.list", Type.STRING, None, "Regular expressions of the captured tables whose rows a snapshot reads.", SNAPSHOT),
        _key("snapshot.select.statement.overrides", Type.STRING, None, "Tables, `db.table`, read with a statement of their own, given as snapshot.select.statement.overrides.<db>.<table>.", SNAPSHOT),
        _key("snapshot.delay.ms", Type.LONG, 0, "Time to wait before a snapshot, in ms.", SNAPSHOT, importance=LOW, validator=at_least(0)),
        _key("streaming.delay.ms", Type.LONG, 0, "Time to wait between snapshot and stream, in ms.", SNAPSHOT, importance=LOW, validator=at_least(0)),
        _key("snapshot.fetch.size", Type.INT, None, "Rows of a batch; unset leaves the choice to the connector.", SNAPSHOT, importance=LOW, validator=at_least(1)),
        _key("snapshot.lock.timeout.ms", Type.LONG, 10_000, "How long to wait for locks, in ms.", SNAPSHOT, validator=at_least(1)),
        _key("snapshot.max.threads", Type.INT, 1, "Parallel readers; this version has one.", SNAPSHOT, validator=_just_one),
    ]  # fmt: skip


def _just_one(name: str, value: object) -> str | None:
    return (
        None
        if value == 1
        else f"Invalid value {value} for configuration {name}: this version reads snapshots with 1 thread"
    )


def _streaming() -> list[ConfigKey]:
    return [
        _key("max.queue.size", Type.INT, 8192, "Accepted; batches are bounded by max.batch.size and by the producer's buffer.", ADVANCED, validator=at_least(1)),
        _key("max.batch.size", Type.INT, 2048, "About how many records one poll gives.", ADVANCED, validator=at_least(1)),
        _key("max.queue.size.in.bytes", Type.LONG, 0, "Accepted; the producer's buffer bounds what is in flight.", ADVANCED, importance=LOW, validator=at_least(0)),
        _key("poll.interval.ms", Type.LONG, 500, "Longest time a poll waits for events, in ms.", ADVANCED, validator=at_least(1)),
        _key("heartbeat.interval.ms", Type.INT, 0, "Send a heartbeat record so often, in ms, so that offsets move without captured changes; 0 sends none.", ADVANCED, validator=at_least(0)),
        _key("topic.heartbeat.prefix", Type.STRING, "__debezium-heartbeat", "Prefix of the heartbeat topic's name.", ADVANCED, importance=LOW),
        _key("topic.heartbeat.name", Type.STRING, None, "Whole name of the heartbeat topic, instead of prefix and topic.prefix.", ADVANCED, importance=LOW),
        _key("heartbeat.action.query", Type.STRING, None, "Statement to run on the server with each heartbeat.", ADVANCED),
        _key("topic.transaction", Type.STRING, "transaction", "Last part of the transaction topic's name.", ADVANCED, importance=LOW),
        _key("topic.delimiter", Type.STRING, ".", "Joins the parts of topic names.", ADVANCED, importance=LOW),
        _key("topic.naming.strategy", Type.STRING, DEFAULT_NAMING, "How topics are named.", ADVANCED, validator=_only(DEFAULT_NAMING, "io.debezium.schema.SchemaTopicNamingStrategy")),
        _key("gtid.ignore.on.recovery", Type.BOOLEAN, False, "Go on from file and position though a GTID set is stored.", ADVANCED, importance=LOW),
        _key("errors.max.retries", Type.INT, -1, "How often in a row a lost connection is opened again; -1 without limit, 0 never.", ADVANCED, validator=at_least(-1)),
        _key("retriable.restart.connector.wait.ms", Type.LONG, 10_000, "Longest time between two such tries, in ms.", ADVANCED, importance=LOW, validator=at_least(1)),
    ]  # fmt: skip


def _history() -> list[ConfigKey]:
    prefix = "schema.history.internal"
    stores = (KAFKA_HISTORY, FILE_HISTORY, MEMORY_HISTORY)
    return [
        _key(prefix, Type.CLASS, KAFKA_HISTORY, "Where the schema history is kept.", HISTORY, validator=_only(*stores), recommended=stores),
        _key(f"{prefix}.kafka.topic", Type.STRING, None, "Topic of the schema history.", HISTORY, importance=HIGH),
        _key(f"{prefix}.kafka.bootstrap.servers", Type.STRING, None, "Brokers of the schema history's topic.", HISTORY, importance=HIGH),
        _key(f"{prefix}.kafka.create.timeout.ms", Type.LONG, 30_000, "Longest time to create the topic, in ms.", HISTORY, importance=LOW),
        _key(f"{prefix}.kafka.query.timeout.ms", Type.LONG, 3000, "Longest time to ask about the topic, in ms.", HISTORY, importance=LOW),
        _key(f"{prefix}.kafka.recovery.attempts", Type.INT, 100, "How often in a row recovery may find nothing to read.", HISTORY, importance=LOW),
        _key(f"{prefix}.kafka.recovery.poll.interval.ms", Type.INT, 100, "How long recovery waits for records, in ms.", HISTORY, importance=LOW),
        _key(f"{prefix}.file.filename", Type.STRING, None, "File of the schema history.", HISTORY),
        _key(f"{prefix}.skip.unparseable.ddl", Type.BOOLEAN, False, "Accepted: no statement stops the stream here.", HISTORY, importance=LOW),
        _key(f"{prefix}.store.only.captured.tables.ddl", Type.BOOLEAN, False, "Record DDL of captured tables alone.", HISTORY),
        _key(f"{prefix}.store.only.captured.databases.ddl", Type.BOOLEAN, False, "Record DDL of captured databases alone.", HISTORY),
    ]  # fmt: skip


def options(flavor: str) -> ConfigDef:
    """All options of a connector; `flavor` is `mysql` or `mariadb`."""
    return ConfigDef([*_connection(flavor), *_capture(), *_values(), *_snapshot(), *_streaming(), *_history()])


UNSUPPORTED: Mapping[str, str] = {
    "signal.data.collection": "incremental snapshots and signals",
    "signal.enabled.channels": "signals",
    "converters": "custom converters",
    "post.processors": "post-processors",
    "binlog.buffer.size": "the look-ahead buffer",
    "read.only": "read-only incremental snapshots",
    "notification.enabled.channels": "notifications",
}
"""Options of Debezium that this version refuses rather than ignores, and what they are for."""

HARMLESS_UNSUPPORTED_VALUES: Mapping[str, frozenset[str]] = {
    "signal.enabled.channels": frozenset({"", "source"}),
    "binlog.buffer.size": frozenset({"0"}),
    "read.only": frozenset({"false"}),
}
"""Values that ask for nothing: they stand for the option not being there."""

OLD_NAMES: Mapping[str, str] = {
    "database.server.name": "topic.prefix",
    "table.whitelist": "table.include.list",
    "table.blacklist": "table.exclude.list",
    "database.whitelist": "database.include.list",
    "database.blacklist": "database.exclude.list",
    "column.blacklist": "column.exclude.list",
    "database.history.kafka.topic": "schema.history.internal.kafka.topic",
    "database.history.kafka.bootstrap.servers": "schema.history.internal.kafka.bootstrap.servers",
    "sanitize.field.names": "field.name.adjustment.mode",
}
"""Spellings of Debezium 1.x, refused with the name that replaced them."""


def refusals(config: Mapping[str, str | None]) -> dict[str, str]:
    """For each option given that cannot be honoured, a sentence that says so."""
    found = {}
    for name, value in config.items():
        if name in OLD_NAMES:
            found[name] = f"{name} is an old name: use {OLD_NAMES[name]}."
            continue
        purpose = UNSUPPORTED.get(name)
        if purpose and (value or "").strip().lower() not in HARMLESS_UNSUPPORTED_VALUES.get(name, frozenset({""})):
            found[name] = f"{name} is not supported yet ({purpose}): remove it to go on without."
    return found
