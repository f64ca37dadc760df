"""Options of the group Connector: batches, snapshots, errors and how values are shown."""

from __future__ import annotations

from rowtide.config.definition import ConfigKey
from rowtide.source.options.declare import (
    BOOLEAN,
    CLASS,
    INT,
    LIST,
    LONG,
    LOW,
    MEDIUM,
    STRING,
    choice,
    expressions,
    grouped,
    just_one,
    not_negative,
    operations,
    option,
    positive,
    some_of,
)

FAILURE_MODES = ("fail", "warn", "skip", "ignore")
ADJUSTMENTS = ("none", "avro", "avro_unicode")
SNAPSHOT_MODES = ("always", "initial", "initial_only", "no_data", "recovery", "when_needed", "configuration_based")
TIME_PRECISIONS = ("adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds")
SECRETS = (
    r".*secret$|.*password$|.*sasl\.jaas\.config$|.*basic\.auth\.user\.info|.*registry\.auth\.client-secret"
    r"|.*credentials\.json$|.*connectionstring$|.*connection\.string$"
)
_STORAGE = "io.debezium.relational.ConcurrentMapTableMappingStorage"
BASED = "snapshot.mode.configuration.based"
_INCREMENTAL = "Of incremental snapshots, which signals ask for."
_LINEAGE = "Of OpenLineage's integration."
_NO_EFFECT = "Accepted without effect"


def connector(flavor: str) -> list[ConfigKey]:
    return grouped("Connector", [*_batches(), *_snapshot_facts(), *_running(), *_memory(), *_values(flavor)])


def _batches() -> list[ConfigKey]:
    return [
        choice("event.processing.failure.handling.mode", "fail", MEDIUM, FAILURE_MODES, "What to do when no record can be made of a row: fail, leave it out with a warning (warn) or silently (skip, ignore)."),
        option("max.batch.size", INT, 2048, MEDIUM, "About how many records one poll gives.", positive),
        option("max.queue.size", INT, 8192, MEDIUM, "Accepted; what is read ahead is bounded by max.batch.size and max.queue.size.in.bytes. Must be above max.batch.size.", positive),
        option("poll.interval.ms", LONG, 500, MEDIUM, "Longest time a poll waits for events, in ms.", positive),
        option("max.queue.size.in.bytes", LONG, 0, MEDIUM, "How many bytes of records may wait to be acknowledged by the brokers, besides a MiB, or a longer record, that is being sent; 0 means 4 MiB. What a connector can send in a second is this divided by the time that the brokers take to acknowledge: raise it for brokers that are far away. producer.override.buffer.memory goes before it.", not_negative),
        option("provide.transaction.metadata", BOOLEAN, False, LOW, "Send transaction boundaries, and a transaction block with every row."),
        option("skipped.operations", LIST, ["t"], LOW, "Operations that are not sent: some of c, u, d, t, or none. (r is accepted and changes nothing, as in Debezium.)", operations),
    ]  # fmt: skip


def _snapshot_facts() -> list[ConfigKey]:
    return [
        option("snapshot.delay.ms", LONG, 0, LOW, "Time to wait before a snapshot, in ms.", not_negative),
        option("streaming.delay.ms", LONG, 0, LOW, "Time to wait between snapshot and stream, in ms.", not_negative),
        option("snapshot.include.collection.list", LIST, None, MEDIUM, "Regular expressions of the captured tables whose rows a snapshot reads.", expressions),
        option("snapshot.fetch.size", INT, None, MEDIUM, "Rows of a batch; unset leaves the choice to the connector.", not_negative),
        option("snapshot.max.threads", INT, 1, MEDIUM, "Parallel readers; this version has one.", just_one),
        option("snapshot.max.threads.multiplier", INT, 1, MEDIUM, "Chunks of a table per reader; this version has one.", just_one),
        option("legacy.snapshot.max.threads", BOOLEAN, False, LOW, f"{_NO_EFFECT} with one reader."),
        option("snapshot.mode.custom.name", STRING, None, MEDIUM, "Name of a custom snapshotter; there are none here."),
        option(f"{BASED}.snapshot.data", BOOLEAN, False, MEDIUM, "With configuration_based: whether a start reads rows."),
        option(f"{BASED}.snapshot.schema", BOOLEAN, False, MEDIUM, "With configuration_based: whether a start reads definitions of tables."),
        option(f"{BASED}.start.stream", BOOLEAN, False, MEDIUM, "With configuration_based: whether the log is read."),
        option(f"{BASED}.snapshot.on.schema.error", BOOLEAN, False, MEDIUM, "With configuration_based: whether definitions are read when the schema history is lost."),
        option(f"{BASED}.snapshot.on.data.error", BOOLEAN, False, MEDIUM, "With configuration_based: whether a snapshot is taken when the server no longer has the log at the stored offset."),
    ]  # fmt: skip


def _running() -> list[ConfigKey]:
    return [
        option("retriable.restart.connector.wait.ms", LONG, 10_000, LOW, "Longest time between two tries to connect again, in ms.", positive),
        option("query.fetch.size", INT, 0, MEDIUM, f"{_NO_EFFECT}: queries about the server are small.", not_negative),
        option("errors.max.retries", INT, -1, LOW, "How often in a row a lost connection is opened again; -1 without limit, 0 never."),
        choice("incremental.snapshot.watermarking.strategy", "INSERT_INSERT", LOW, ("insert_insert", "insert_delete"), _INCREMENTAL),
        option("internal.log.position.check.enable", BOOLEAN, True, MEDIUM, "Whether a start checks that the server still has the log at the stored offset; without, it is the server that refuses to send what it lacks."),
        option("internal.advanced.metrics.enable", BOOLEAN, False, MEDIUM, f"{_NO_EFFECT}."),
        option("connection.validation.timeout.ms", LONG, 60_000, LOW, "Longest time for the connection made by validation, in ms."),
        option("executor.shutdown.timeout.ms", LONG, 4000, MEDIUM, f"{_NO_EFFECT}: the worker's task.shutdown.graceful.timeout.ms bounds a stop."),
        option("openlineage.integration.enabled", BOOLEAN, False, LOW, _LINEAGE),
        option("openlineage.integration.config.file.path", STRING, "./openlineage.yml", LOW, _LINEAGE),
        option("openlineage.integration.job.namespace", STRING, None, LOW, _LINEAGE),
        option("openlineage.integration.job.description", STRING, "Debezium change data capture job", LOW, _LINEAGE),
        option("openlineage.integration.job.tags", LIST, None, LOW, _LINEAGE),
        option("openlineage.integration.job.owners", LIST, None, LOW, _LINEAGE),
        option("openlineage.integration.dataset.kafka.bootstrap.servers", STRING, None, LOW, _LINEAGE),
        option("extended.headers.enabled", BOOLEAN, True, LOW, "Send the connector's context as headers."),
        option("guardrail.collections.max", INT, 0, MEDIUM, "How many tables may be captured (or recorded in the schema history); 0 for any number.", not_negative),
        choice("guardrail.collections.limit.action", "warn", MEDIUM, ("warn", "fail"), "What to do when there are more tables than guardrail.collections.max."),
        option("custom.sanitize.pattern", STRING, SECRETS, LOW, f"{_NO_EFFECT}: configurations are not logged."),
        option("statistics.metrics.enabled", BOOLEAN, True, MEDIUM, f"{_NO_EFFECT}."),
    ]  # fmt: skip


def _memory() -> list[ConfigKey]:
    return [
        choice("decimal.handling.mode", "precise", MEDIUM, ("precise", "string", "double"), "How to represent DECIMAL."),
        option("snapshot.lock.timeout.ms", LONG, 10_000, MEDIUM, "How long to wait for locks, in ms.", positive),
        option("memory.management.schemas.class", CLASS, _STORAGE, LOW, f"{_NO_EFFECT}: how definitions are kept in memory is no option here."),
        option("memory.management.tables.class", CLASS, _STORAGE, LOW, f"{_NO_EFFECT}: how definitions are kept in memory is no option here."),
        option("connect.timeout.ms", INT, 30_000, MEDIUM, "Longest time to connect, in ms.", positive),
        option("connect.keep.alive", BOOLEAN, True, LOW, "Whether to watch the log connection and to open it again."),
        option("connect.keep.alive.interval.ms", LONG, 60_000, LOW, "How long nothing may come from the log before it is opened again, in ms; the server is asked for a heartbeat at 0.8 of it.", positive),
        option("use.nongraceful.disconnect", BOOLEAN, False, MEDIUM, f"{_NO_EFFECT}: no connection here waits for the server when it is given up."),
        option("binlog.net.write.timeout", LONG, 0, MEDIUM, "Session net_write_timeout of the log connection, in s; 0 leaves the choice to the connector.", not_negative),
        option("binlog.net.read.timeout", LONG, 0, MEDIUM, "Session net_read_timeout of the log connection, in s; 0 leaves the server's.", not_negative),
    ]  # fmt: skip


def _values(flavor: str) -> list[ConfigKey]:
    parser = choice("ddl.parser.type", "default", LOW, ("default", "legacy"), f"{_NO_EFFECT}: one reader of DDL takes every statement, and records it as Debezium's default parser does.")  # fmt: skip
    return [
        some_of("snapshot.mode", "initial", LOW, SNAPSHOT_MODES, "What a start reads before the log: definitions of tables and rows at the first start (initial), and no log after them (initial_only); both at every start (always); definitions alone (no_data); definitions again, for a lost schema history (recovery); both again once the server has no log any more where the connector stopped (when_needed); or what snapshot.mode.configuration.based.* say."),
        some_of("snapshot.query.mode", "select_all", LOW, ("select_all",), "How a snapshot reads a table: all rows, or with snapshot.select.statement.overrides."),
        option("snapshot.query.mode.custom.name", STRING, None, MEDIUM, "Name of a custom query; there are none here."),
        choice("bigint.unsigned.handling.mode", "long", MEDIUM, ("long", "precise"), "How to represent BIGINT UNSIGNED."),
        choice("time.precision.mode", "adaptive_time_microseconds", MEDIUM, TIME_PRECISIONS, "How to represent temporal types."),
        option("enable.time.adjuster", BOOLEAN, True, LOW, "Take years of two digits as MySQL does."),
        choice("schema.name.adjustment.mode", "none", LOW, ADJUSTMENTS, "How to adjust schema names."),
        option("min.row.count.to.stream.results", INT, 1000, LOW, f"{_NO_EFFECT}: all tables are read with a streaming cursor.", not_negative),
        option("incremental.snapshot.chunk.size", INT, 1024, MEDIUM, _INCREMENTAL, not_negative),
        option("incremental.snapshot.allow.schema.changes", BOOLEAN, False, LOW, _INCREMENTAL),
        some_of("snapshot.locking.mode", "minimal", LOW, ("minimal", "extended", "none"), "How long tables are locked: while definitions are read, while rows are read too, or not at all."),
        *([parser] if flavor == "mysql" else []),
        choice("binary.handling.mode", "bytes", LOW, ("bytes", "base64", "base64-url-safe", "hex"), "How to represent binary strings."),
        choice("field.name.adjustment.mode", "none", LOW, ADJUSTMENTS, "How to adjust field names."),
        choice("event.converting.failure.handling.mode", "warn", LOW, ("warn", "fail", "skip"), "What to do when a value does not fit: null with a warning, fail, or null."),
        option("skip.messages.without.change", BOOLEAN, False, LOW, "Leave out updates that change no included column."),
        option("read.only", BOOLEAN, False, LOW, _INCREMENTAL),
        option("snapshot.locking.mode.custom.name", STRING, None, LOW, "Name of custom locking; there is none here."),
        some_of("queue.provider.type", "memory", LOW, ("memory",), "Where events wait."),
        option("internal.custom.retriable.exception", STRING, None, LOW, "Expression of Java exceptions to try again after."),
    ]  # fmt: skip
