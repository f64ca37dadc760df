"""Options of the group Events: what is captured, which records are sent and to which topics."""

from __future__ import annotations

from rowtide.config.definition import ConfigKey
from rowtide.source.options.connector import FAILURE_MODES
from rowtide.source.options.declare import (
    BOOLEAN,
    CLASS,
    CONVERTERS,
    HIGH,
    INT,
    LIST,
    LONG,
    LOW,
    MEDIUM,
    POST_PROCESSORS,
    STRING,
    choice,
    expression,
    expressions,
    grouped,
    not_negative,
    only,
    option,
    placeholder,
    positive,
    topic_name,
)
from rowtide.source.options.topics import NAMINGS

MAKERS = {
    "mysql": "io.debezium.connector.mysql.MySqlSourceInfoStructMaker",
    "mariadb": "io.debezium.connector.mariadb.MariaDbSourceInfoStructMaker",
}
FACTORY = "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory"
HASH_FAMILY = "column.mask.hash.([^.]+).with.salt.(.+)"
MASK_FAMILY = "column.mask.with.(d+).chars"
TRUNCATE_FAMILY = "column.truncate.to.(d+).chars"
_LISTED = "Regular expressions, separated by commas, of"


def events(flavor: str) -> list[ConfigKey]:
    return grouped("Events", [*_plugins(), *_topics(), *_columns_and_tables(), *_log(flavor), *_names()])


def _plugins() -> list[ConfigKey]:
    return [
        option(CONVERTERS, STRING, None, LOW, "Names of converters of columns; each has a `<name>.type`, a class of Debezium, the name of an installed plugin, or `module:Class`."),
        option(POST_PROCESSORS, STRING, None, LOW, "Names of processors of row records; each has a `<name>.type`, as converters do."),
        option("tombstones.on.delete", BOOLEAN, True, MEDIUM, "Follow a delete with a tombstone."),
        option("heartbeat.interval.ms", INT, 0, MEDIUM, "Send a heartbeat record so often, in ms, so that offsets move without captured changes; 0 sends none.", not_negative),
        option("heartbeat.topics.prefix", STRING, "__debezium-heartbeat", LOW, "Accepted without effect, as in Debezium: topic.heartbeat.prefix names the topic.", topic_name),
        option("signal.data.collection", LIST, None, MEDIUM, "Table of signals."),
        option("signal.poll.interval.ms", LONG, 5000, MEDIUM, "How often channels of signals are looked at, in ms.", positive),
        option("signal.enabled.channels", LIST, ["source"], MEDIUM, "Channels of signals."),
    ]  # fmt: skip


def _topics() -> list[ConfigKey]:
    return [
        option("topic.naming.strategy", CLASS, "io.debezium.schema.SchemaTopicNamingStrategy", MEDIUM, "Class that names topics. (Unset, `<prefix>.<database>.<table>` is the name, though Debezium shows another class as default.)", only(*NAMINGS), recommended=NAMINGS),
        option("notification.enabled.channels", LIST, None, MEDIUM, "Channels of notifications."),
        option("notification.sink.topic.name", STRING, None, HIGH, "Topic of notifications."),
        option("transaction.metadata.factory", CLASS, FACTORY, LOW, "Class that shapes transaction metadata; here is only Debezium's own.", only(FACTORY)),
        option("custom.metric.tags", LIST, None, LOW, "Labels that metrics have more."),
    ]  # fmt: skip


def _columns_and_tables() -> list[ConfigKey]:
    return [
        option("column.include.list", LIST, None, MEDIUM, f"{_LISTED} columns to show, `db.table.column`. Keys keep their columns.", expressions),
        option("column.exclude.list", LIST, None, MEDIUM, f"{_LISTED} columns to leave out, `db.table.column`. Keys keep their columns.", expressions),
        option("table.include.list", LIST, None, HIGH, f"{_LISTED} tables to capture, `db.table`; a snapshot reads them in this order.", expressions),
        option("table.exclude.list", LIST, None, MEDIUM, f"{_LISTED} tables not to capture, `db.table`.", expressions),
        option("message.key.columns", STRING, None, MEDIUM, "Columns to make keys of: `table:column,column;table:column`, all of them regular expressions."),
        option("snapshot.select.statement.overrides", STRING, None, MEDIUM, "Tables, `db.table`, read with a statement of their own, given as snapshot.select.statement.overrides.<db>.<table>."),
        option(HASH_FAMILY, STRING, None, MEDIUM, "A family of options, also with `v2.` before the algorithm: regular expressions of columns whose text is shown as a hash."),
        option(MASK_FAMILY, STRING, None, MEDIUM, "A family of options: regular expressions of columns whose text is shown as so many asterisks."),
        option(TRUNCATE_FAMILY, INT, None, MEDIUM, "A family of options: regular expressions of columns whose text is cut after so many characters."),
        option("include.schema.changes", BOOLEAN, True, MEDIUM, "Publish schema changes on the topic named as the prefix."),
        option("include.schema.comments", BOOLEAN, False, MEDIUM, "Keep comments of tables and columns."),
        option("column.propagate.source.type", LIST, None, MEDIUM, "Regular expressions of columns, `db.table.column`, whose schemas tell the type in the database.", expressions),
        option("datatype.propagate.source.type", LIST, None, MEDIUM, "Regular expressions of types, `db.table.TYPE`, whose columns' schemas tell the type in the database.", expressions),
        option("internal.snapshot.scan.all.columns.force", BOOLEAN, False, LOW, "Accepted without effect, as in Debezium."),
        choice("snapshot.tables.order.by.row.count", "disabled", MEDIUM, ("disabled", "ascending", "descending"), "Whether a snapshot reads small tables first, or large ones, by the server's estimate."),
        option("heartbeat.action.query", STRING, None, LOW, "Statement to run on the server with each heartbeat."),
    ]  # fmt: skip


def _log(flavor: str) -> list[ConfigKey]:
    return [
        option("include.query", BOOLEAN, False, MEDIUM, "Put the original statement into source.query, where the server logs it."),
        option("table.ignore.builtin", BOOLEAN, True, LOW, "Leave out the server's own databases.", dependents=("database.include.list",)),
        option("database.include.list", LIST, None, HIGH, f"{_LISTED} databases to capture.", expressions, dependents=("table.include.list",)),
        option("database.exclude.list", LIST, None, MEDIUM, f"{_LISTED} databases not to capture.", expressions),
        option("binlog.buffer.size", INT, 0, MEDIUM, "Events to look ahead for a rollback; here always 0, since the log of a transaction ends with a rollback only where tables without transactions took part.", not_negative),
        choice("event.deserialization.failure.handling.mode", "fail", MEDIUM, FAILURE_MODES, "What to do when the rows of an event cannot be decoded: fail, leave them out with a warning (warn) or silently (skip, ignore)."),
        choice("inconsistent.schema.handling.mode", "fail", MEDIUM, FAILURE_MODES, "What to do about rows of a captured table of which neither the schema history nor the server knows a fitting definition."),
        option("gtid.source.filter.dml.events", BOOLEAN, True, MEDIUM, "Whether gtid.source.includes and gtid.source.excludes concern rows too, and not only where the stream goes on."),
        option("gtid.ignore.on.recovery", BOOLEAN, False, LOW, "Go on from file and position though a GTID set is stored."),
        option("gtid.source.includes", LIST, None, HIGH, "Regular expressions of the GTID sources whose rows are wanted.", expressions, dependents=("table.include.list",)),
        option("gtid.source.excludes", STRING, None, MEDIUM, "Regular expressions of the GTID sources whose rows are not wanted.", expressions),
        option("sourceinfo.struct.maker", CLASS, MAKERS[flavor], LOW, "Class that shapes source blocks; here is only Debezium's own.", only(MAKERS[flavor])),
    ]  # fmt: skip


def _names() -> list[ConfigKey]:
    return [
        option("topic.delimiter", STRING, ".", LOW, "Joins the parts of topic names.", topic_name),
        option("topic.cache.size", INT, 10_000, LOW, "Accepted without effect: the names of known tables are kept.", positive),
        option("topic.heartbeat.prefix", STRING, "__debezium-heartbeat", LOW, "Prefix of the heartbeat topic's name.", topic_name),
        option("topic.heartbeat.name", STRING, None, LOW, "Whole name of the heartbeat topic, instead of prefix and topic.prefix.", topic_name),
        option("topic.transaction", STRING, "transaction", LOW, "Last part of the transaction topic's name.", topic_name),
        option("topic.regex", STRING, None, LOW, "With a strategy that routes by expression: what a topic's name must match to be replaced.", expression),
        option("topic.replacement", STRING, None, LOW, "With a strategy that routes by expression: the name instead, with `$1` or `${name}` for groups."),
        option("topic.key.enforce.uniqueness", BOOLEAN, True, LOW, "With a strategy that routes by expression: whether keys get a field more that tells the table."),
        option("topic.key.field.name", STRING, "__dbz__physicalTableIdentifier", LOW, "Name of that field."),
        option("topic.key.field.regex", STRING, None, LOW, "What a topic's name must match for that field to be replaced.", expression),
        option("topic.key.field.replacement", STRING, None, LOW, "The field's value instead, with `$1` or `${name}` for groups."),
        option("unavailable.value.placeholder", STRING, None, LOW, "Given, servers with binlog_row_image=NOBLOB are captured, and this text is shown for BLOB, TEXT and JSON that a row's event lacks (`hex:` before the text's bytes in UTF-8). Debezium's own is `__debezium_unavailable_value`. Unset, whole rows are required.", placeholder),
    ]  # fmt: skip
