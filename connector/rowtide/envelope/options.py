"""An EnvelopeConfig from a connector's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from rowtide.config.definition import Type, parse_value
from rowtide.envelope.column_rules import ColumnRules, Matcher, every_column, key_columns
from rowtide.envelope.config import ConnectorIdentity, EnvelopeConfig, NameModes, RecordRules
from rowtide.envelope.mapping_options import column_mappers
from rowtide.envelope.names import AdjustmentMode
from rowtide.envelope.topics import TopicNaming
from rowtide.types import ValueModes
from rowtide.types.modes import BigintUnsignedMode, BinaryMode, DecimalMode, FailureMode, TimePrecision


def envelope_config(
    config: Mapping[str, str], identity: ConnectorIdentity, included: Matcher = every_column
) -> EnvelopeConfig:
    """Reads Debezium's options, with its defaults. Values were validated before.

    Args:
        included: `column.include.list` and `column.exclude.list`.

    Raises:
        ConfigError: an option of which only parsing shows that it is wrong.
    """
    skipped = {item.strip().lower() for item in config.get("skipped.operations", "t").split(",")}
    return EnvelopeConfig(
        identity,
        _topics(config),
        _values(config),
        ColumnRules(included, key_columns(config.get("message.key.columns")), column_mappers(config)),
        RecordRules(
            tombstones=_flag(config, "tombstones.on.delete", True),
            skipped_operations=frozenset(skipped - {"", "none"}),
            skip_unchanged=_flag(config, "skip.messages.without.change", False),
            transactions=_flag(config, "provide.transaction.metadata", False),
            context_headers=_flag(config, "extended.headers.enabled", True),
            heartbeats=int(config.get("heartbeat.interval.ms") or 0) > 0,
        ),
        NameModes(
            cast("AdjustmentMode", _choice(config, "schema.name.adjustment.mode", "none")),
            cast("AdjustmentMode", _choice(config, "field.name.adjustment.mode", "none")),
        ),
    )


def _topics(config: Mapping[str, str]) -> TopicNaming:
    heartbeat = config.get("topic.heartbeat.prefix") or config.get("heartbeat.topics.prefix")
    return TopicNaming(
        config["topic.prefix"].strip(),
        config.get("topic.delimiter") or ".",
        config.get("topic.transaction") or "transaction",
        heartbeat or "__debezium-heartbeat",
        config.get("topic.heartbeat.name") or "",
    )


def _values(config: Mapping[str, str]) -> ValueModes:
    return ValueModes(
        decimal=cast("DecimalMode", _choice(config, "decimal.handling.mode", "precise")),
        time=cast("TimePrecision", _choice(config, "time.precision.mode", "adaptive_time_microseconds")),
        bigint_unsigned=cast("BigintUnsignedMode", _choice(config, "bigint.unsigned.handling.mode", "long")),
        binary=cast("BinaryMode", _choice(config, "binary.handling.mode", "bytes")),
        time_adjuster=_flag(config, "enable.time.adjuster", True),
        conversion_failure=cast("FailureMode", _choice(config, "event.converting.failure.handling.mode", "warn")),
    )


def _choice(config: Mapping[str, str], name: str, default: str) -> str:
    return (config.get(name) or default).strip().lower()


def _flag(config: Mapping[str, str], name: str, default: bool) -> bool:
    return parse_value(name, config[name], Type.BOOLEAN) is True if config.get(name) else default
