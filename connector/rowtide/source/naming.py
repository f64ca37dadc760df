"""How topics are named: `topic.naming.strategy` and the options of the strategies."""

from __future__ import annotations

import re

from rowtide.envelope.routing import Replacement, Routing
from rowtide.envelope.topics import TopicNaming
from rowtide.errors import ConfigError
from rowtide.source.options.topics import REGEX_NAMINGS
from rowtide.source.settings import ConnectorSettings
from rowtide.tables.patterns import compile_java

_STRATEGY = "topic.naming.strategy"


def topic_naming(settings: ConnectorSettings) -> TopicNaming:
    """Raises ConfigError when a strategy lacks its options."""
    # Debezium shows SchemaTopicNamingStrategy as the default, and makes a DefaultTopicNamingStrategy.
    strategy = (settings.raw.get(_STRATEGY) or "").strip()
    simple = strategy.rpartition(".")[2]
    return TopicNaming(
        prefix=settings.topic_prefix,
        delimiter=settings.text("topic.delimiter"),
        transaction_part=settings.text("topic.transaction"),
        heartbeat_prefix=settings.text("topic.heartbeat.prefix"),
        heartbeat_name=settings.text("topic.heartbeat.name"),
        with_database=not simple.startswith("Schema"),
        escaped="Unicode" in simple,
        routing=_routing(settings) if strategy in REGEX_NAMINGS else None,
    )


def _routing(settings: ConnectorSettings) -> Routing:
    for name in ("topic.regex", "topic.replacement"):
        if not settings.text(name):
            raise ConfigError(f"{name} is required by {_STRATEGY}={settings.text(_STRATEGY)}.")
    values = None
    if settings.text("topic.key.field.regex"):
        if not settings.text("topic.key.field.replacement"):
            raise ConfigError("topic.key.field.replacement is required beside topic.key.field.regex.")
        values = _replacement(settings, "topic.key.field.regex", "topic.key.field.replacement")
    field = settings.text("topic.key.field.name") if settings.flag("topic.key.enforce.uniqueness") else None
    return Routing(_replacement(settings, "topic.regex", "topic.replacement"), field, values)


def _replacement(settings: ConnectorSettings, pattern: str, text: str) -> Replacement:
    compiled = compile_java(settings.text(pattern), pattern, flags=re.RegexFlag(0))
    made = Replacement(compiled, settings.text(text))
    unknown = made.unknown_groups()
    if unknown:
        raise ConfigError(f"{text} names groups that {pattern} does not have: {', '.join(unknown)}.")
    return made
