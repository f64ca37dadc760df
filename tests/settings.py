"""Parsed settings of connectors, for tests that need some options of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rowtide.envelope import ConnectorIdentity, EnvelopeConfig
from rowtide.mysql.settings import Flavor
from rowtide.source import assembly, settings
from rowtide.source.filters import Filters
from rowtide.source.options import MEMORY_HISTORY
from rowtide.tables.model import Column, TableId

REQUIRED = {
    "topic.prefix": "srv",
    "database.hostname": "127.0.0.1",
    "database.user": "cdc",
    "database.server.id": "1",
    "schema.history.internal": MEMORY_HISTORY,
}


def parsed(options: Mapping[str, str], flavor: Flavor = "mysql") -> settings.ConnectorSettings:
    """The settings of a connector with some options, and with the least that is required besides."""
    return settings.parse(flavor, {**REQUIRED, **options})


def envelope_config(
    options: Mapping[str, str],
    identity: ConnectorIdentity,
    included: Callable[[TableId, Column], bool] | None = None,
) -> EnvelopeConfig:
    """What the envelope is told for such a connector; `included` takes the place of the lists of columns."""
    made = parsed(options, identity.flavor)
    config = replace(assembly.envelope_config(made, Filters(made), "0"), identity=identity)
    return config if included is None else replace(config, columns=replace(config.columns, included=included))
