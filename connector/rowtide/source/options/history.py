"""Options of the schema history: the group History Storage."""

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
    expressions,
    grouped,
    option,
    positive,
    some_of,
)
from rowtide.tables.ddl_filter import OPTION as DDL_FILTER

KAFKA_HISTORY = "io.debezium.storage.kafka.history.KafkaSchemaHistory"
FILE_HISTORY = "io.debezium.storage.file.history.FileSchemaHistory"
MEMORY_HISTORY = "io.debezium.relational.history.MemorySchemaHistory"
PREFIX = "schema.history.internal"


def history() -> list[ConfigKey]:
    stores = (KAFKA_HISTORY, FILE_HISTORY, MEMORY_HISTORY)
    keys = [
        some_of(PREFIX, KAFKA_HISTORY, LOW, stores, "Where the schema history is kept.", type_=CLASS),
        option(f"{PREFIX}.skip.unparseable.ddl", BOOLEAN, False, LOW, "Accepted: no statement stops the stream here."),
        option(f"{PREFIX}.store.only.captured.tables.ddl", BOOLEAN, False, LOW, "Record DDL of captured tables alone."),
        option(f"{PREFIX}.store.only.captured.databases.ddl", BOOLEAN, False, LOW, "Record DDL of captured databases alone."),
        option(f"{PREFIX}.kafka.topic", STRING, None, MEDIUM, "Topic of the schema history. Required with the store in Kafka."),
        option(f"{PREFIX}.kafka.bootstrap.servers", STRING, None, MEDIUM, "Brokers of the schema history's topic. Required with the store in Kafka."),
        option(f"{PREFIX}.kafka.recovery.poll.interval.ms", INT, 100, LOW, "How long recovery waits for records, in ms.", positive),
        option(f"{PREFIX}.kafka.recovery.attempts", INT, 100, LOW, "How often in a row recovery may find nothing to read."),
        option(f"{PREFIX}.kafka.query.timeout.ms", LONG, 3000, LOW, "Longest time to ask about the topic, in ms.", positive),
        option(f"{PREFIX}.kafka.create.timeout.ms", LONG, 30_000, LOW, "Longest time to create the topic, in ms.", positive),
        option(f"{PREFIX}.kafka.buffer.batch.size", INT, 1024, LOW, "Accepted without effect: a snapshot's statements are written together.", positive),
        option(f"{PREFIX}.file.filename", STRING, None, MEDIUM, "File of the schema history. Required with the store in a file."),
        option(f"{PREFIX}.prefer.ddl", BOOLEAN, False, LOW, "Whether recovery reads the statements rather than the tables that were recorded with them."),
        option(DDL_FILTER, LIST, None, LOW, "Regular expressions of statements that are no news for the schema history; unset stands for Debezium's.", expressions),
    ]  # fmt: skip
    return grouped("History Storage", keys)
