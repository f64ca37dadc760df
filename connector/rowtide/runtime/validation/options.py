"""The options that the framework itself takes in a connector's configuration, declared once.

Names, groups, order, widths and defaults are those of Kafka Connect 4.3's ConnectorConfig and SourceConnectorConfig.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from rowtide.config.definition import (
    REQUIRED,
    ConfigDef,
    ConfigKey,
    Importance,
    Type,
    Validator,
    Width,
    at_least,
    not_empty,
)
from rowtide.runtime.plugins import PluginKind, PluginRegistry
from rowtide.runtime.restart_options import RESTART_OPTIONS

COMMON, TRANSFORMS, PREDICATES = "Common", "Transforms", "Predicates"
ERRORS, TOPIC_CREATION, EXACTLY_ONCE = "Error Handling", "Topic Creation", "Exactly Once Support"
OFFSETS_TOPIC = "offsets.topic"

CONVERTERS = {
    "key.converter": PluginKind.CONVERTER,
    "value.converter": PluginKind.CONVERTER,
    "header.converter": PluginKind.HEADER_CONVERTER,
}


def _choice(*accepted: str) -> Validator:
    def check(name: str, value: object) -> str | None:
        if value is not None and value not in accepted:
            return f"Invalid value {value} for configuration {name}: String must be one of: {', '.join(accepted)}"
        return None

    return check


def _choice_any_case(*accepted: str) -> Validator:
    def check(name: str, value: object) -> str | None:
        if value is not None and str(value).lower() not in accepted:
            return (
                f"Invalid value {value} for configuration {name}: "
                f"String must be one of (case insensitive): {', '.join(accepted).upper()}"
            )
        return None

    return check


def _connector_name(name: str, value: object) -> str | None:
    text = str(value or "")
    if not text:
        return f"Invalid value {text} for configuration {name}: String may not be empty"
    controls = [str(ord(char)) for char in text if unicodedata.category(char) == "Cc"]
    if controls:
        return (
            f"Invalid value {text} for configuration {name}: String may not contain control sequences but had the "
            f"following ASCII chars: {', '.join(controls)}"
        )
    return None


def _unique_aliases(name: str, value: object) -> str | None:
    items = value if isinstance(value, list) else []
    if len(set(items)) < len(items):
        return f"Invalid value [{', '.join(items)}] for configuration {name}: Duplicate alias provided."
    return None


_HIGH, _MEDIUM, _LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW


def _common(name: str, order: int, display: str, width: Width, **kwargs: object) -> ConfigKey:
    arguments: dict[str, object] = {"importance": _LOW, "group": COMMON, **kwargs}
    return ConfigKey(name, order=order, display_name=display, width=width, **arguments)  # type: ignore[arg-type]


def _converter(name: str, order: int, default: object, offered: tuple[str, ...]) -> ConfigKey:
    kind = name.partition(".")[0]
    return _common(
        name,
        order,
        f"{kind.capitalize()} converter class",
        Width.SHORT,
        type=Type.CLASS,
        default=default,
        documentation=f"Encodes the {kind}s of records; the worker's converter and its options if absent.",
        recommended=offered,
    )


def _version(name: str, order: int, display: str, width: Width, importance: Importance) -> ConfigKey:
    return _common(
        name,
        order,
        display,
        width,
        type=Type.STRING,
        default=None,
        documentation="Accepted for compatibility; the installed version is used.",
        importance=importance,
    )


_PLUGIN_VERSION = "connector.plugin.version"


def _count(name: str, value: object) -> str | None:
    """As Kafka's own, it complains a second time of what could not be parsed."""
    return (
        f"Invalid value null for configuration {name}: Value must be non-null" if value is None else _one(name, value)
    )


_one = at_least(1)

_NAMES = [
    _common(
        "name",
        1,
        "Connector name",
        Width.MEDIUM,
        type=Type.STRING,
        default=REQUIRED,
        documentation="Name of the connector, unique in the cluster.",
        importance=_HIGH,
        validator=_connector_name,
    ),
    _common(
        "connector.class",
        2,
        "Connector class",
        Width.LONG,
        type=Type.STRING,
        default=REQUIRED,
        documentation="Class of the connector: its full name, its simple name, or that without `Connector`.",
        importance=_HIGH,
    ),
    _version(_PLUGIN_VERSION, 3, "Connector version", Width.MEDIUM, _MEDIUM),
    _common(
        "tasks.max",
        4,
        "Tasks max",
        Width.SHORT,
        type=Type.INT,
        default=1,
        documentation="Most tasks that the connector is divided into.",
        importance=_HIGH,
        validator=_count,
        judges_missing=True,
    ),
    _common(
        "tasks.max.enforce",
        5,
        "Enforce tasks max",
        Width.SHORT,
        type=Type.BOOLEAN,
        default=True,
        documentation="Deprecated: with false, more tasks than tasks.max are allowed.",
    ),
]

_CHAINS = [
    _common(
        "transforms",
        12,
        "Transforms",
        Width.LONG,
        type=Type.LIST,
        default=[],
        documentation="Aliases of the transforms, in the order in which they are applied.",
        group=TRANSFORMS,
        validator=_unique_aliases,
    ),
    _common(
        "predicates",
        13,
        "Predicates",
        Width.LONG,
        type=Type.LIST,
        default=[],
        documentation="Aliases of the predicates that transforms name.",
        group=PREDICATES,
        validator=_unique_aliases,
    ),
    _common(
        "config.action.reload",
        14,
        "Reload Action",
        Width.MEDIUM,
        type=Type.STRING,
        default="restart",
        documentation="Whether the connector restarts when a config provider says that a value has expired.",
        validator=_choice("none", "restart"),
    ),
]

_ERROR_HANDLING = [
    _common(
        "errors.retry.timeout",
        1,
        "Retry Timeout for Errors",
        Width.MEDIUM,
        type=Type.LONG,
        default=0,
        documentation="Time in ms during which a failed operation is repeated; -1 repeats for ever.",
        importance=_MEDIUM,
        group=ERRORS,
    ),
    _common(
        "errors.retry.delay.max.ms",
        2,
        "Maximum Delay Between Retries for Errors",
        Width.MEDIUM,
        type=Type.LONG,
        default=60000,
        documentation="Longest pause between such repetitions.",
        importance=_MEDIUM,
        group=ERRORS,
    ),
    _common(
        "errors.tolerance",
        3,
        "Error Tolerance",
        Width.SHORT,
        type=Type.STRING,
        default="none",
        documentation="`all` skips records that a transform or converter refuses, `none` fails the task.",
        importance=_MEDIUM,
        group=ERRORS,
        validator=_choice("none", "all"),
    ),
    _common(
        "errors.log.enable",
        4,
        "Log Errors",
        Width.SHORT,
        type=Type.BOOLEAN,
        default=False,
        documentation="Logs also tolerated errors.",
        importance=_MEDIUM,
        group=ERRORS,
    ),
    _common(
        "errors.log.include.messages",
        5,
        "Log Error Details",
        Width.SHORT,
        type=Type.BOOLEAN,
        default=False,
        documentation="Logs the record too; its values then appear in the log.",
        importance=_MEDIUM,
        group=ERRORS,
    ),
]

_SOURCE = [
    _common(
        "topic.creation.groups",
        1,
        "Topic Creation Groups",
        Width.LONG,
        type=Type.LIST,
        default=[],
        documentation="Names of the rules by which topics are created, besides `default`.",
        group=TOPIC_CREATION,
        validator=_unique_aliases,
    ),
    _common(
        "exactly.once.support",
        2,
        "Exactly once support",
        Width.SHORT,
        type=Type.STRING,
        default="requested",
        documentation="`required` refuses a configuration for which exactly-once delivery is not possible.",
        importance=_MEDIUM,
        group=EXACTLY_ONCE,
        validator=_choice_any_case("requested", "required"),
    ),
    _common(
        "transaction.boundary",
        3,
        "Transaction Boundary",
        Width.SHORT,
        type=Type.STRING,
        default="poll",
        documentation="Where Kafka transactions end when exactly-once delivery is on.",
        importance=_MEDIUM,
        group=EXACTLY_ONCE,
        validator=_choice_any_case("poll", "interval", "connector"),
    ),
    _common(
        "transaction.boundary.interval.ms",
        4,
        "Transaction boundary interval",
        Width.SHORT,
        type=Type.LONG,
        default=None,
        documentation="Length of a transaction when transaction.boundary is interval.",
        group=EXACTLY_ONCE,
        validator=at_least(0),
    ),
    _common(
        "offsets.storage.topic",
        1,
        "Offsets topic",
        Width.LONG,
        type=Type.STRING,
        default=None,
        documentation="Topic of this connector's offsets; the worker's if absent.",
        group=OFFSETS_TOPIC,
        validator=not_empty,
    ),
]


def framework_options(
    registry: PluginRegistry, worker_converters: Mapping[str, str] | None = None, version: str | None = None
) -> ConfigDef:
    """The options of every source connector, in the order in which REST prints them.

    Args:
        worker_converters: full class names that show as defaults; None shows none.
        version: of the connector's plugin, the only one that can be chosen.
    """
    keys = [
        key if key.name != _PLUGIN_VERSION or version is None else replace(key, default=version, recommended=(version,))
        for key in _NAMES
    ]
    for i, (name, kind) in enumerate(CONVERTERS.items()):
        default = (worker_converters or {}).get(name)
        keys.append(_converter(name, 6 + 2 * i, default, tuple(p.java_class for p in registry.of_kind(kind))))
        display = f"{name.partition('.')[0].capitalize()} converter version"
        keys.append(_version(f"{name}.plugin.version", 7 + 2 * i, display, Width.SHORT, _LOW))
    return ConfigDef([*keys, *_CHAINS, *_ERROR_HANDLING, *RESTART_OPTIONS, *_SOURCE])
