"""How topics are named: `topic.naming.strategy` and the options of the strategies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowtide.envelope.routing import Replacement, Routing
from rowtide.envelope.topics import TopicNaming
from rowtide.errors import ConfigError
from rowtide.source.options.topics import REGEX_NAMINGS
from rowtide.tables.patterns import compile_java

STRATEGY = "topic.naming.strategy"


def topic_naming(config: Mapping[str, str], values: Mapping[str, object]) -> TopicNaming:
    """Takes a configuration and its parsed options. Raises ConfigError when a strategy lacks its options."""
    # Debezium shows SchemaTopicNamingStrategy as the default, and makes a DefaultTopicNamingStrategy.
    strategy = (config.get(STRATEGY) or "").strip()
    simple = strategy.rpartition(".")[2]
    return TopicNaming(
        prefix=_text(values, "topic.prefix"),
        delimiter=_text(values, "topic.delimiter"),
        transaction_part=_text(values, "topic.transaction"),
        heartbeat_prefix=_text(values, "topic.heartbeat.prefix"),
        heartbeat_name=_text(values, "topic.heartbeat.name"),
        with_database=not simple.startswith("Schema"),
        escaped="Unicode" in simple,
        routing=_routing(values, strategy) if strategy in REGEX_NAMINGS else None,
    )


def _text(values: Mapping[str, object], name: str) -> str:
    return str(values[name] or "")


def _routing(values: Mapping[str, object], strategy: str) -> Routing:
    for name in ("topic.regex", "topic.replacement"):
        if not values[name]:
            raise ConfigError(f"{name} is required by {STRATEGY}={strategy}.")
    keys = None
    if values["topic.key.field.regex"]:
        if not values["topic.key.field.replacement"]:
            raise ConfigError("topic.key.field.replacement is required beside topic.key.field.regex.")
        keys = _replacement(values, "topic.key.field.regex", "topic.key.field.replacement")
    field = _text(values, "topic.key.field.name") if values["topic.key.enforce.uniqueness"] is True else None
    return Routing(_replacement(values, "topic.regex", "topic.replacement"), field, keys)


def _replacement(values: Mapping[str, object], pattern: str, text: str) -> Replacement:
    compiled = compile_java(_text(values, pattern), pattern, flags=re.RegexFlag(0))
    made = Replacement(compiled, _text(values, text))
    unknown = made.unknown_groups()
    if unknown:
        raise ConfigError(f"{text} names groups that {pattern} does not have: {', '.join(unknown)}.")
    return made
