"""The plugins that are installed, found through the entry points of Python distributions.

A plugin is known by its Java class name, so that existing connector configurations name it; as in Kafka Connect, the
simple class name and that without the kind's suffix (`MySql` for `MySqlConnector`) find it too.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from rowtide.config.definition import ConfigDef
from rowtide.config.providers import ConfigProvider
from rowtide.connect.plugins import SourceConnector
from rowtide.errors import ConfigError
from rowtide.version import VERSION

log = logging.getLogger(__name__)


class PluginKind(enum.Enum):
    """The value is what REST prints as a plugin's type."""

    SOURCE = "source"
    TRANSFORMATION = "transformation"
    PREDICATE = "predicate"
    CONVERTER = "converter"
    HEADER_CONVERTER = "header_converter"
    CONFIG_PROVIDER = "config_provider"


_GROUPS = {
    "rowtide.connectors": PluginKind.SOURCE,
    "rowtide.transforms": PluginKind.TRANSFORMATION,
    "rowtide.predicates": PluginKind.PREDICATE,
    "rowtide.converters": PluginKind.CONVERTER,
    "rowtide.config_providers": PluginKind.CONFIG_PROVIDER,
}

_SUFFIXES = {
    PluginKind.SOURCE: "Connector",
    PluginKind.TRANSFORMATION: "Transformation",
    PluginKind.PREDICATE: "Predicate",
    PluginKind.CONVERTER: "Converter",
    PluginKind.HEADER_CONVERTER: "HeaderConverter",
    PluginKind.CONFIG_PROVIDER: "ConfigProvider",
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """One installed class.

    Attributes:
        java_class: the name in configurations; nested classes with `$`.
        load: imports the class; may raise whatever the import raises.
    """

    java_class: str
    kind: PluginKind
    version: str
    load: Callable[[], type]

    @property
    def simple_name(self) -> str:
        return self.java_class.rpartition(".")[2]

    def answers_to(self, name: str) -> bool:
        return name in (self.java_class, self.simple_name, self.simple_name.removesuffix(_SUFFIXES[self.kind]))

    def config_def(self) -> ConfigDef:
        """The class's own options. Raises ConfigError when the class cannot be imported."""
        return cast("ConfigDef", load(self).config_def())

    @classmethod
    def of_connector(cls, connector: type[SourceConnector]) -> Plugin:
        return cls(connector.java_class, PluginKind.SOURCE, connector.version, lambda: connector)


def load(plugin: Plugin) -> Any:
    """The plugin's class. Raises ConfigError that says which import failed."""
    try:
        return plugin.load()
    except Exception as error:  # whatever an import of somebody's code raises
        raise ConfigError(f"The plugin {plugin.java_class} cannot be loaded: {error}") from error


_KAFKAS = "org.apache.kafka."


class PluginRegistry:
    """Looks plugins up by name. Immutable."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self._plugins = sorted(plugins, key=lambda plugin: plugin.java_class)

    @classmethod
    def installed(cls) -> PluginRegistry:
        """The plugins of all installed distributions that can be imported; others are logged and left out."""
        return cls(
            plugin
            for entry, kind in _entries()
            if (loaded := _imported(entry))
            for plugin in _plugins(entry, kind, loaded)
        )

    @classmethod
    def declared(cls) -> PluginRegistry:
        """As `installed`, for a process that needs a few of them: each is imported when it is loaded.

        Versions are those of the distributions.
        """
        return cls(plugin for entry, kind in _entries() for plugin in _plugins(entry, kind))

    def of_kind(self, kind: PluginKind) -> list[Plugin]:
        """Sorted by class name."""
        return [plugin for plugin in self._plugins if plugin.kind is kind]

    def find(self, kind: PluginKind, name: str) -> Plugin | None:
        """The plugin of that name, None when there is none or a short name means several.

        A short name that Apache Kafka's own class has (`Filter`) means that one: the others of the name are in Java's
        jars that few workers have, and there the configuration has always meant Kafka's.
        """
        exact = [plugin for plugin in self.of_kind(kind) if plugin.java_class == name]
        found = exact or [plugin for plugin in self.of_kind(kind) if plugin.answers_to(name)]
        if len(found) > 1:
            found = [plugin for plugin in found if plugin.java_class.startswith(_KAFKAS)]
        return found[0] if len(found) == 1 else None

    def find_any(self, name: str) -> Plugin | None:
        """The plugin of that name of whichever kind, the kinds in the order of PluginKind."""
        return next((found for kind in PluginKind if (found := self.find(kind, name)) is not None), None)

    def connector(self, name: str) -> type[SourceConnector]:
        """Raises ConfigError with the text that Connect clients know when there is none."""
        plugin = self.find(PluginKind.SOURCE, name)
        if plugin is None:
            available = ", ".join(
                f"PluginDesc{{name='{p.java_class}', version='{p.version}', type={p.kind.value}}}"
                for p in self.of_kind(PluginKind.SOURCE)
            )
            raise ConfigError(
                f"Failed to find any class that implements Connector and which name matches {name}, "
                f"available connectors are: {available}"
            )
        return cast("type[SourceConnector]", load(plugin))

    def config_provider(self, java_class: str) -> type[ConfigProvider] | None:
        plugin = self.find(PluginKind.CONFIG_PROVIDER, java_class)
        return None if plugin is None else cast("type[ConfigProvider]", load(plugin))


def _entries() -> Iterator[tuple[EntryPoint, PluginKind]]:
    everything = entry_points()
    return ((entry, kind) for group, kind in _GROUPS.items() for entry in everything.select(group=group))


def _imported(entry: EntryPoint) -> type | None:
    try:
        return cast("type", entry.load())
    except Exception as error:  # noqa: BLE001 - one broken distribution must not take the worker down
        log.warning("the plugin %s is left out, its import failed: %s: %s", entry.name, type(error).__name__, error)
        return None


def _plugins(entry: EntryPoint, kind: PluginKind, loaded: type | None = None) -> list[Plugin]:
    """One for each kind that the class is of. Without the class it is imported when it is loaded."""
    own = getattr(loaded, "version", None)
    version = str(own or (entry.dist.version if entry.dist is not None else VERSION))
    kinds = [kind]
    if kind is PluginKind.CONVERTER:
        headers_alone = entry.name.endswith("HeaderConverter")
        kinds = [PluginKind.HEADER_CONVERTER] if headers_alone else [kind, PluginKind.HEADER_CONVERTER]
    return [Plugin(entry.name, kind, version, entry.load if loaded is None else lambda: loaded) for kind in kinds]
