"""What is refused at validation: options of Debezium that this version cannot honour, and old names."""

from __future__ import annotations

from collections.abc import Mapping

UNSUPPORTED: Mapping[str, str] = {
    "signal.data.collection": "incremental snapshots and signals",
    "signal.enabled.channels": "signals",
    "binlog.buffer.size": "the look-ahead buffer",
    "read.only": "read-only incremental snapshots",
    "notification.enabled.channels": "notifications",
    "openlineage.integration.enabled": "OpenLineage",
    "custom.metric.tags": "labels of metrics",
    "internal.custom.retriable.exception": "names of Java exceptions",
}
"""Options of Debezium that this version refuses rather than ignores, and what they are for."""

HARMLESS_UNSUPPORTED_VALUES: Mapping[str, frozenset[str]] = {
    "signal.enabled.channels": frozenset({"", "source"}),
    "binlog.buffer.size": frozenset({"0"}),
    "read.only": frozenset({"false"}),
    "openlineage.integration.enabled": frozenset({"false"}),
}
"""Values that ask for nothing: they stand for the option not being there."""

FAMILIES: Mapping[str, str] = {"snapshot.max.threads.multiplier.": "parallel snapshots"}
"""Prefixes of options that are refused, and what they are for."""

OLD_NAMES: Mapping[str, str] = {
    "database.server.name": "topic.prefix",
    "table.whitelist": "table.include.list",
    "table.blacklist": "table.exclude.list",
    "database.whitelist": "database.include.list",
    "database.blacklist": "database.exclude.list",
    "column.whitelist": "column.include.list",
    "column.blacklist": "column.exclude.list",
    "database.history": "schema.history.internal",
    "database.history.kafka.topic": "schema.history.internal.kafka.topic",
    "database.history.kafka.bootstrap.servers": "schema.history.internal.kafka.bootstrap.servers",
    "database.history.skip.unparseable.ddl": "schema.history.internal.skip.unparseable.ddl",
    "database.history.store.only.captured.tables.ddl": "schema.history.internal.store.only.captured.tables.ddl",
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
        family = next((purpose for prefix, purpose in FAMILIES.items() if name.startswith(prefix)), None)
        purpose = UNSUPPORTED.get(name) or family
        if purpose and (value or "").strip().lower() not in HARMLESS_UNSUPPORTED_VALUES.get(name, frozenset({""})):
            found[name] = f"{name} is not supported yet ({purpose}): remove it to go on without."
    return found
