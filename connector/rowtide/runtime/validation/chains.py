"""The options that a configuration's own names bring with them: transforms, predicates and converters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rowtide.config.definition import (
    REQUIRED,
    ConfigDef,
    ConfigKey,
    ConfigValue,
    Importance,
    Type,
    Validator,
    Width,
)
from rowtide.errors import ConfigError
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry
from rowtide.runtime.validation.options import CONVERTERS, PREDICATES, TRANSFORMS

Config = Mapping[str, str | None]

_CHAINS = (
    ("transforms", TRANSFORMS, "Transformation", PluginKind.TRANSFORMATION),
    ("predicates", PREDICATES, "Predicate", PluginKind.PREDICATE),
)

_CONDITION = (
    ConfigKey("negate", Type.BOOLEAN, False, "Applies the transform where the predicate does not hold."),
    ConfigKey("predicate", Type.STRING, None, "Alias of the predicate that decides which records are transformed."),
)
_IMPORTANCES = tuple(Importance)


def loadable(registry: PluginRegistry, kind: PluginKind) -> Validator:
    """Accepts the names of installed plugins of a kind; the text is Kafka's."""

    def check(name: str, value: object) -> str | None:
        if value is None or registry.find(kind, str(value)) is not None:
            return None
        return f"Invalid value {value} for configuration {name}: Class {value} could not be found."

    return check


def class_name(registry: PluginRegistry, name: str, value: str | None) -> str | None:
    """What an option that names a class shows: the full name, and nothing where no class is found."""
    kind = CONVERTERS.get(name) or next((kind for chain, _, _, kind in _CHAINS if name.startswith(f"{chain}.")), None)
    plugin = None if value is None or kind is None else registry.find(kind, value)
    if plugin is not None:
        return plugin.java_class
    known = value is not None and (registry.find_any(value) is not None or bool(_nested(registry, value)))
    return value if known else None


def aliases(config: Config, chain: str) -> list[str]:
    """The distinct aliases of a chain, in order."""
    text = (config.get(chain) or "").strip()
    return list(dict.fromkeys(item.strip() for item in text.split(","))) if text else []


def chain_options(registry: PluginRegistry, config: Config) -> ConfigDef:
    """The options of the transforms and predicates whose aliases the configuration names.

    Raises:
        ConfigError: two aliases make the same option name.
    """
    keys: list[ConfigKey] = []
    for chain, group, word, kind in _CHAINS:
        for alias in aliases(config, chain):
            keys += _of_alias(registry, config, f"{chain}.{alias}.", (group, word, alias), kind)
    names = [key.name for key in keys]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"The aliases in transforms and predicates are ambiguous: {twice} belongs to two of them.")
    return ConfigDef(keys)


def _of_alias(
    registry: PluginRegistry, config: Config, prefix: str, heading: tuple[str, str, str], kind: PluginKind
) -> list[ConfigKey]:
    chain_group, word, alias = heading
    group = f"{chain_group}: {alias}"
    plugin = registry.find(kind, (config.get(f"{prefix}type") or "").strip())
    type_key = ConfigKey(
        f"{prefix}type",
        Type.CLASS,
        REQUIRED,
        f"Class of the {kind.value} '{alias}'.",
        Importance.HIGH,
        _class_of(registry, kind, config, word),
        group,
        0,
        Width.LONG,
        f"{word} type for {alias}",
        recommended=tuple(each.java_class for each in registry.of_kind(kind)),
    )
    version_key = ConfigKey(
        f"{prefix}plugin.version",
        Type.STRING,
        None if plugin is None else plugin.version,
        "Accepted for compatibility; the installed version is used.",
        Importance.HIGH,
        None,
        group,
        1,
        Width.LONG,
        f"{word} version for {alias}",
        recommended=() if plugin is None else (plugin.version,),
    )
    own = [] if plugin is None else _own(plugin)
    return [type_key, version_key, *(_placed(key, prefix, group, 2 + i) for i, key in enumerate(own))]


def _class_of(registry: PluginRegistry, kind: PluginKind, config: Config, word: str) -> Validator:
    """Accepts a class of the kind, unless it is asked to negate a predicate that it has none of."""
    found = loadable(registry, kind)

    def check(name: str, value: object) -> str | None:
        prefix = name.removesuffix("type")
        if kind is PluginKind.TRANSFORMATION and f"{prefix}negate" in config and f"{prefix}predicate" not in config:
            return (
                f"Config '{prefix}negate' was provided but there is no config '{prefix}predicate' defining a predicate "
                "to be negated."
            )
        problem = found(name, value)
        if problem is None or value is None:
            return None
        nested = _nested(registry, str(value))
        if nested:
            return f"This class is abstract and cannot be created. Did you mean {', '.join(nested)}?"
        other = registry.find_any(str(value))
        return problem if other is None else f"Class class {other.java_class} does not implement the {word} interface"

    return check


def _nested(registry: PluginRegistry, outer: str) -> list[str]:
    plugins = (*registry.of_kind(PluginKind.TRANSFORMATION), *registry.of_kind(PluginKind.PREDICATE))
    return [plugin.java_class for plugin in plugins if plugin.java_class.startswith(f"{outer}$")]


def _own(plugin: Plugin) -> list[ConfigKey]:
    """A plugin's options in Kafka's order: required ones first, then by importance and name."""
    own = list(plugin.config_def())
    if plugin.kind is PluginKind.TRANSFORMATION:
        implicit = {key.name for key in _CONDITION}
        own = [*(key for key in own if key.name not in implicit), *_CONDITION]
    return sorted(own, key=lambda key: (not key.required, _IMPORTANCES.index(key.importance), key.name))


def _placed(key: ConfigKey, prefix: str, group: str | None, order: int) -> ConfigKey:
    validator = key.validator
    if group is not None and key.group is not None and group != key.group:
        group = f"{group}: {key.group}"
    return replace(
        key,
        name=prefix + key.name,
        group=group,
        order=order,
        # As in Kafka, a plugin speaks of its options by the names that it knows.
        validator=None if validator is None else lambda name, value: validator(name.removeprefix(prefix), value),
        display_name=key.display_name or key.name,
        dependents=tuple(prefix + name for name in key.dependents),
    )


Checked = tuple[ConfigKey, ConfigValue]


CONVERTER_TYPE = ConfigKey(
    "converter.type", Type.STRING, REQUIRED, "What the converter is for: key, value or header.", Importance.LOW
)
"""Given to every converter by the runtime."""


def check_converters(registry: PluginRegistry, config: Config) -> list[Checked]:
    """The own options of the converters that the configuration names: header, key, value.

    Their sentences name the option without its prefix, as Kafka's do.
    """
    found: list[Checked] = []
    for name in ("header.converter", "key.converter", "value.converter"):
        plugin = registry.find(CONVERTERS[name], (config.get(name) or "").strip())
        if plugin is None:
            continue
        prefix = f"{name}."
        own = {key[len(prefix) :]: value for key, value in config.items() if key.startswith(prefix)}
        own[CONVERTER_TYPE.name] = name.partition(".")[0]
        definition = ConfigDef([CONVERTER_TYPE]).merged(plugin.config_def())
        for value in definition.validate(own):
            key = definition[value.name]
            value.name = prefix + value.name
            found.append((_placed(key, prefix, key.group, key.order), value))
    return found
