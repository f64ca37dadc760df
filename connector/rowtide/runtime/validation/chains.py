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


def loadable(registry: PluginRegistry, kind: PluginKind) -> Validator:
    """Accepts the names of installed plugins of a kind; the text is Kafka's."""

    def check(name: str, value: object) -> str | None:
        if value is None or registry.find(kind, str(value)) is not None:
            return None
        return f"Invalid value {value} for configuration {name}: Class {value} could not be found."

    return check


def aliases(config: Config, chain: str) -> list[str]:
    """The distinct aliases of a chain, in order."""
    items = (item.strip() for item in (config.get(chain) or "").split(","))
    return list(dict.fromkeys(item for item in items if item))


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
        loadable(registry, kind),
        group,
        0,
        Width.LONG,
        f"{word} type for {alias}",
        recommended=tuple(each.java_class for each in registry.of_kind(kind)),
    )
    version_key = ConfigKey(
        f"{prefix}plugin.version",
        Type.STRING,
        None,
        "Accepted for compatibility; the installed version is used.",
        Importance.HIGH,
        None,
        group,
        1,
        Width.LONG,
        f"{word} version for {alias}",
    )
    own = [] if plugin is None else _own(plugin)
    return [type_key, version_key, *(_placed(key, prefix, group, 2 + i) for i, key in enumerate(own))]


def _own(plugin: Plugin) -> list[ConfigKey]:
    own = list(plugin.config_def())
    if plugin.kind is PluginKind.TRANSFORMATION:
        taken = {key.name for key in own}
        own += [key for key in _CONDITION if key.name not in taken]
    return own


def _placed(key: ConfigKey, prefix: str, group: str | None, order: int) -> ConfigKey:
    return replace(
        key,
        name=prefix + key.name,
        group=group,
        order=order,
        display_name=key.display_name or key.name,
        dependents=tuple(prefix + name for name in key.dependents),
    )


Checked = tuple[ConfigKey, ConfigValue]


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
        definition = plugin.config_def()
        for value in definition.validate(own):
            key = definition[value.name]
            value.name = prefix + value.name
            found.append((_placed(key, prefix, key.group, key.order), value))
    return found
