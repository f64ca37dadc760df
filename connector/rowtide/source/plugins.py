"""Column converters and post-processors of a configuration: Debezium's by their class names, others as Python plugins.

A `<name>.type` is a class name of Debezium, the name of an entry point of the group `rowtide.column_converters` or
`rowtide.post_processors`, or `module:Class`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, TypeVar

from rowtide.envelope.post_processing import PostProcessor
from rowtide.errors import ConfigError
from rowtide.source.options.declare import CONVERTERS, POST_PROCESSORS
from rowtide.source.reselect import ReselectColumns
from rowtide.types.custom import ColumnConverter
from rowtide.types.debezium_converters import SHIPPED as SHIPPED_CONVERTERS

SHIPPED_PROCESSORS: Mapping[str, Callable[[], PostProcessor]] = {
    "io.debezium.processors.reselect.ReselectColumnsPostProcessor": ReselectColumns
}
GROUPS = {CONVERTERS: "rowtide.column_converters", POST_PROCESSORS: "rowtide.post_processors"}

T = TypeVar("T", ColumnConverter, PostProcessor)


def column_converters(config: Mapping[str, str]) -> tuple[ColumnConverter, ...]:
    """The converters of `converters`, configured, in their order. Raises ConfigError naming the option at fault."""
    return _configured(config, CONVERTERS, ColumnConverter, SHIPPED_CONVERTERS)


def post_processors(config: Mapping[str, str]) -> tuple[PostProcessor, ...]:
    """The processors of `post.processors`, configured, in their order. Raises ConfigError naming the option."""
    return _configured(config, POST_PROCESSORS, PostProcessor, SHIPPED_PROCESSORS)


def _configured(
    config: Mapping[str, str], option: str, kind: type[Any], shipped: Mapping[str, Callable[[], T]]
) -> tuple[T, ...]:
    made = []
    for name in filter(None, (part.strip() for part in (config.get(option) or "").split(","))):
        type_name = (config.get(f"{name}.type") or "").strip()
        if not type_name:
            raise ConfigError(f"{option} names {name}, but {name}.type is not set.")
        make: Callable[[], T] = shipped.get(type_name) or _class(option, f"{name}.type={type_name}", type_name, kind)
        plugin = make()
        prefix = f"{name}."
        own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
        try:
            plugin.configure(own)
        except ConfigError as error:
            raise ConfigError(f"{option}: {name} cannot be configured: {error}") from error
        made.append(plugin)
    return tuple(made)


def _class(option: str, at: str, type_name: str, kind: type[Any]) -> Any:
    """The class that a type names. Raises ConfigError when there is none, or it is of another kind."""
    load = _loader(GROUPS[option], type_name)
    if load is None:
        raise ConfigError(
            f"{option}: {at} is not known.",
            hint=f"Give a class of Debezium, an entry point of the group {GROUPS[option]}, or module:Class; "
            "a Java class of your own has to be written in Python.",
        )
    try:
        loaded = load()
    except Exception as error:  # whatever an import of somebody's code raises
        raise ConfigError(f"{option}: {at} cannot be loaded: {error}") from error
    if not (isinstance(loaded, type) and issubclass(loaded, kind)):
        raise ConfigError(f"{option}: {at} is no {kind.__module__}.{kind.__name__}.")
    return loaded


def _loader(group: str, type_name: str) -> Callable[[], object] | None:
    entry = next(iter(entry_points(group=group, name=type_name)), None)
    if entry is not None:
        return entry.load
    module, colon, name = type_name.partition(":")
    return (lambda: getattr(importlib.import_module(module), name)) if colon else None
