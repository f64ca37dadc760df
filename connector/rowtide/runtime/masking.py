"""Secrets that stand as they are in connectors' configurations, hidden in what REST shows (rest.mask.secrets)."""

from __future__ import annotations

from collections.abc import Mapping

from rowtide.config.definition import Type
from rowtide.config.providers import has_placeholder
from rowtide.config.secrets import HIDDEN, is_secret_name
from rowtide.errors import ConfigError
from rowtide.runtime.plugins import PluginRegistry

Config = Mapping[str, str | None]


class Masker:
    """Thread-safe. Placeholders of config providers are shown, since they tell nothing."""

    def __init__(self, registry: PluginRegistry | None = None) -> None:
        """Without registry nothing is masked."""
        self._registry = registry

    def mask(self, config: Config) -> dict[str, str | None]:
        return {name: HIDDEN if self._hides(config, name, value) else value for name, value in config.items()}

    def unmask(self, config: Config, stored: Config | None) -> dict[str, str | None]:
        """A configuration that a client sends back, with what was hidden from it."""
        if self._registry is None or stored is None:
            return dict(config)
        return {name: stored.get(name, value) if value == HIDDEN else value for name, value in config.items()}

    def _hides(self, config: Config, name: str, value: str | None) -> bool:
        if self._registry is None or not value or has_placeholder(value):
            return False
        return is_secret_name(name) or self._is_password(config.get("connector.class") or "", name)

    def _is_password(self, connector: str, name: str) -> bool:
        assert self._registry is not None
        try:
            key = self._registry.connector(connector.strip())().config_def().get(name)
        except ConfigError:
            return False
        return key is not None and key.type is Type.PASSWORD
