"""What is wrong with options taken together, as sentences that begin with an option: found when they are parsed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowtide.envelope.column_rules import key_columns
from rowtide.envelope.mapping_options import column_mappers
from rowtide.errors import ConfigError
from rowtide.source.naming import topic_naming
from rowtide.source.options import FILE_HISTORY, KAFKA_HISTORY
from rowtide.source.plugins import column_converters, post_processors

Values = Mapping[str, object]
_PREFIX = "schema.history.internal"


def problems(config: Mapping[str, str], values: Values) -> list[str]:
    """All that is wrong with options taken together, or with families of options."""
    return [
        *exclusive(config),
        *missing_together(values),
        *_queue(values),
        *_selects(config, values),
        *_unusable(lambda: key_columns(config.get("message.key.columns"))),
        *_unusable(lambda: column_mappers(config)),
        *_unusable(lambda: topic_naming(config, values)),
        *_unusable(lambda: column_converters(config)),
        *_unusable(lambda: post_processors(config)),
    ]


def exclusive(config: Mapping[str, str]) -> list[str]:
    """Pairs of lists of which only one may be given."""
    pairs = [(f"{what}.include.list", f"{what}.exclude.list") for what in ("database", "table", "column")]
    pairs.append(("gtid.source.includes", "gtid.source.excludes"))
    return [f"{one} and {other} cannot both be given." for one, other in pairs if config.get(one) and config.get(other)]


def missing_together(values: Values) -> list[str]:
    """Options that another one makes necessary."""
    needed: dict[str, tuple[str, ...]] = {
        KAFKA_HISTORY: (f"{_PREFIX}.kafka.topic", f"{_PREFIX}.kafka.bootstrap.servers"),
        FILE_HISTORY: (f"{_PREFIX}.file.filename",),
    }
    return [
        f"{name} is required: it says where the schema history is kept ({_PREFIX}={values[_PREFIX]})."
        for name in needed.get(str(values[_PREFIX]), ())
        if not values[name]
    ]


def _queue(values: Values) -> list[str]:
    queue, batch = values["max.queue.size"], values["max.batch.size"]
    if isinstance(queue, int) and isinstance(batch, int) and queue <= batch:
        return [f"max.queue.size is {queue}, but has to be above max.batch.size, which is {batch}."]
    return []


def _selects(config: Mapping[str, str], values: Values) -> list[str]:
    name = "snapshot.select.statement.overrides"
    tables = filter(None, (part.strip() for part in str(values[name] or "").split(",")))
    missing = [table for table in tables if not config.get(f"{name}.{table}")]
    return [f"{name} names {table}, but {name}.{table} is not set." for table in missing]


def _unusable(make: Callable[[], object]) -> list[str]:
    try:
        make()
    except ConfigError as error:
        return [str(error)]
    return []
