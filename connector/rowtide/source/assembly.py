"""Puts a task's parts together from its settings."""

from __future__ import annotations

import logging
from typing import Any

from rowtide.connect.plugins import TaskContext
from rowtide.envelope import RecordBuilder
from rowtide.envelope.column_rules import ColumnRules, key_columns
from rowtide.envelope.config import ConnectorIdentity, EnvelopeConfig, NameModes, RecordRules
from rowtide.envelope.headers import new_run_id
from rowtide.envelope.mapping_options import column_mappers
from rowtide.envelope.placeholders import DEFAULT_PLACEHOLDER, placeholder_text
from rowtide.mysql.connection import open_raw
from rowtide.mysql.server import Server
from rowtide.source.catalog import Catalog
from rowtide.source.filters import Filters
from rowtide.source.naming import topic_naming
from rowtide.source.options import FILE_HISTORY, MEMORY_HISTORY
from rowtide.source.parts import Parts
from rowtide.source.pipeline import Pipeline
from rowtide.source.plugins import column_converters, post_processors
from rowtide.source.settings import ConnectorSettings
from rowtide.tables.ddl import SchemaState
from rowtide.tables.history import FileHistoryStore, HistoryStore, KafkaHistoryStore, MemoryHistoryStore
from rowtide.types import ValueModes
from rowtide.version import VERSION

log = logging.getLogger(__name__)


def history(settings: ConnectorSettings) -> HistoryStore:
    """The store that `schema.history.internal` names."""
    store = settings.text("schema.history.internal")
    if store == MEMORY_HISTORY:
        return MemoryHistoryStore()
    if store == FILE_HISTORY:
        return FileHistoryStore(settings.text("schema.history.internal.file.filename"))
    return KafkaHistoryStore.from_config(settings.raw, name=settings.topic_prefix)


def parts(settings: ConnectorSettings, store: HistoryStore, context: TaskContext) -> Parts:
    filters = Filters(settings)
    schemas = new_schemas(settings, filters)
    _mention_driver_options(settings)
    config = envelope_config(settings, filters, str(context.task_id))
    for processor in config.post_processors:
        processor.start(lambda: Server(settings.server, open_raw(settings.server)))
    builder = RecordBuilder(config)
    pipeline = Pipeline(
        builder,
        store,
        filters.scope,
        server_name=settings.topic_prefix,
        publish_schema_changes=settings.flag("include.schema.changes"),
    )
    return Parts(
        settings=settings,
        filters=filters,
        builder=builder,
        pipeline=pipeline,
        schemas=schemas,
        catalog=Catalog(schemas, filters.captured, settings.server),
        stopping=context.stopping,
        batch_records=settings.number("max.batch.size"),
        closers=tuple(processor.close for processor in config.post_processors),
    )


def _mention_driver_options(settings: ConnectorSettings) -> None:
    given = sorted(name for name in settings.raw if name.startswith("driver."))
    if given:
        log.warning("%s are for a JDBC driver, which there is none here: they have no effect", ", ".join(given))


def new_schemas(settings: ConnectorSettings, filters: Filters, *, case_insensitive: bool = False) -> SchemaState:
    """No tables yet. Debezium's MariaDB connector keeps comments where it publishes schema changes, whatever the
    option says.
    """
    comments = "include.schema.changes" if settings.flavor == "mariadb" else "include.schema.comments"
    return SchemaState(
        settings.flavor,
        include_comments=settings.flag(comments),
        case_insensitive=case_insensitive,
        captured=filters.captured,
    )


def envelope_config(settings: ConnectorSettings, filters: Filters, task_id: str) -> EnvelopeConfig:
    return EnvelopeConfig(
        identity=ConnectorIdentity(settings.flavor, VERSION, new_run_id(), task_id),
        topics=topic_naming(settings.raw, settings.values),
        values=value_modes(settings),
        columns=ColumnRules(
            included=filters.column,
            keys=key_columns(settings.raw.get("message.key.columns")),
            mappers=column_mappers(settings.raw),
            converters=column_converters(settings.raw),
        ),
        rules=RecordRules(
            tombstones=settings.flag("tombstones.on.delete"),
            skipped_operations=frozenset("cudt") - settings.operations,
            skip_unchanged=settings.flag("skip.messages.without.change"),
            transactions=settings.flag("provide.transaction.metadata"),
            context_headers=settings.flag("extended.headers.enabled"),
            heartbeats=settings.number("heartbeat.interval.ms") > 0,
            on_failure=_choice(settings, "event.processing.failure.handling.mode"),
            on_undecodable=_choice(settings, "event.deserialization.failure.handling.mode"),
        ),
        names=NameModes(
            schemas=_choice(settings, "schema.name.adjustment.mode"),
            fields=_field_names(settings),
        ),
        post_processors=post_processors(settings.raw),
    )


def value_modes(settings: ConnectorSettings) -> ValueModes:
    return ValueModes(
        decimal=_choice(settings, "decimal.handling.mode"),
        time=_choice(settings, "time.precision.mode"),
        bigint_unsigned=_choice(settings, "bigint.unsigned.handling.mode"),
        binary=_choice(settings, "binary.handling.mode"),
        time_adjuster=settings.flag("enable.time.adjuster"),
        conversion_failure=_choice(settings, "event.converting.failure.handling.mode"),
        zero_timestamps="epoch" if settings.flavor == "mariadb" else "null",
        placeholder=placeholder_text(settings.text("unavailable.value.placeholder") or DEFAULT_PLACEHOLDER),
    )


_AVRO_CONVERTERS = ("io.confluent.connect.avro.AvroConverter", "io.apicurio.registry.utils.converter.AvroConverter")


def _field_names(settings: ConnectorSettings) -> Any:
    """Avro's rules hold for field names also where nobody asked, if the connector itself names an Avro converter."""
    mode = _choice(settings, "field.name.adjustment.mode")
    named = (settings.raw.get("key.converter"), settings.raw.get("value.converter"))
    return "avro" if mode == "none" and any(name in _AVRO_CONVERTERS for name in named) else mode


def _choice(settings: ConnectorSettings, name: str) -> Any:
    """A validated choice; its values are those of the Literal that the receiver declares."""
    return settings.text(name).strip().lower()
