"""Validates a connector's configuration as a Connect worker does, and says everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rowtide.config.definition import ConfigDef, ConfigKey, ConfigValue, Type
from rowtide.connect.plugins import SourceConnector
from rowtide.errors import BadRequestError, ConfigError
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.validation.chains import chain_options, check_converters, class_name, loadable
from rowtide.runtime.validation.guard import ConnectorGuard
from rowtide.runtime.validation.options import CONVERTERS, framework_options
from rowtide.runtime.validation.report import ValidationReport

Config = Mapping[str, str | None]
Entry = tuple[ConfigKey | None, ConfigValue]

NULL_VALUE = "Null value can not be supplied as the configuration value."


_CONVERTER_VERSIONS = {f"{name}.plugin.version": name for name in CONVERTERS}


class ConnectorValidator:
    """Stateless; called from a pool of threads, since a connector's own check may connect to its source."""

    def __init__(self, registry: PluginRegistry, worker: WorkerConfig) -> None:
        self._registry = registry
        self._worker = worker
        self._guard = ConnectorGuard(worker)

    def validate(self, config: Config) -> ValidationReport:
        """The report on a configuration whose placeholders are not resolved yet.

        Raises:
            BadRequestError: no connector class, an unknown one, or a config provider that cannot be read.
        """
        given = config.get("connector.class")
        if given is None:
            # The configuration itself stays out of the message: it may hold resolved secrets.
            raise BadRequestError(f"Connector config for {config.get('name')} contains no connector type")
        connector, resolved = self._prepare(given, config)
        framework = self._framework(resolved, connector.version)
        nulls = {name for name, value in resolved.items() if value is None}
        entries: list[Entry] = [*_pair(framework, framework.validate(_without(resolved, nulls)))]
        self._show_classes(entries)
        entries += self._connector_entries(connector, framework, _without(resolved, nulls))
        entries += self._guard.overrides(resolved)
        entries += check_converters(self._registry, resolved)
        _refuse_files(entries, self._guard.refused_files(resolved), config)
        entries = _mark_nulls(entries, nulls)
        _refuse_exactly_once(entries)
        _hide_provided(entries, config, resolved)
        return ValidationReport(given, _groups(entries), tuple(_undefined_first(entries)))

    def connector_type(self, config: Config) -> str:
        """`source` when the class is installed, else `unknown`."""
        try:
            self._registry.connector(config.get("connector.class") or "")
        except ConfigError:
            return "unknown"
        return "source"

    def _prepare(self, name: str, config: Config) -> tuple[SourceConnector, dict[str, str | None]]:
        try:
            return self._registry.connector(name.strip())(), self._worker.resolver.resolve(config)
        except ConfigError as error:
            raise BadRequestError(str(error)) from error

    def _framework(self, config: Config, version: str) -> ConfigDef:
        keys = []
        defaults = {}
        for name, kind in CONVERTERS.items():
            found = self._registry.find(kind, self._worker.text(name))
            defaults[name] = found.java_class if found is not None else self._worker.text(name)
        for key in framework_options(self._registry, defaults, version):
            if key.name in CONVERTERS:
                keys.append(replace(key, validator=loadable(self._registry, CONVERTERS[key.name])))
            elif key.name in _CONVERTER_VERSIONS:
                keys.append(self._versioned(key, _CONVERTER_VERSIONS[key.name], config))
            else:
                keys.append(key)
        try:
            return ConfigDef(keys).merged(chain_options(self._registry, config))
        except ConfigError as error:
            raise BadRequestError(str(error)) from error

    def _versioned(self, key: ConfigKey, converter: str, config: Config) -> ConfigKey:
        """Offers the only version that is installed of the converter."""
        name = (config.get(converter) or self._worker.text(converter)).strip()
        plugin = self._registry.find(CONVERTERS[converter], name)
        return key if plugin is None else replace(key, default=plugin.version, recommended=(plugin.version,))

    def _show_classes(self, entries: list[Entry]) -> None:
        for key, value in entries:
            if key is not None and key.type is Type.CLASS:
                value.value = class_name(self._registry, key.name, value.value)

    def _connector_entries(
        self, connector: SourceConnector, framework: ConfigDef, config: Mapping[str, str]
    ) -> list[Entry]:
        definition = connector.config_def()
        entries: list[Entry] = []
        for value in connector.validate(config):
            if value.name in framework and not value.errors:
                continue
            entries.append((definition.get(value.name), value))
        return entries


def _pair(definition: ConfigDef, values: Iterable[ConfigValue]) -> list[Entry]:
    return [(definition.get(value.name), value) for value in values]


def _without(config: Config, names: set[str]) -> dict[str, str]:
    return {name: value for name, value in config.items() if value is not None and name not in names}


def _mark_nulls(entries: list[Entry], nulls: set[str]) -> list[Entry]:
    known = {value.name for _, value in entries}
    marked: list[Entry] = []
    for key, value in entries:
        if value.name in nulls:
            marked.append((key, ConfigValue(value.name, None, value.recommended_values, [NULL_VALUE], value.visible)))
        else:
            marked.append((key, value))
    marked += [(None, ConfigValue(name, errors=[NULL_VALUE])) for name in sorted(nulls - known)]
    return marked


def _refuse_exactly_once(entries: list[Entry]) -> None:
    """A worker that delivers at least once must not accept who relies on more."""
    for _, value in entries:
        if value.name == "exactly.once.support" and (value.value or "").lower() == "required":
            value.errors.append("This worker does not have exactly-once source support enabled.")


def _refuse_files(entries: list[Entry], refused: Mapping[str, str], raw: Config) -> None:
    shown = {value.name: value for _, value in entries}
    for name, problem in refused.items():
        if name not in shown:
            shown[name] = ConfigValue(name, raw[name])
            entries.append((None, shown[name]))
        shown[name].errors.append(problem)


def _hide_provided(entries: list[Entry], raw: Config, resolved: Config) -> None:
    """Shows placeholders instead of what a config provider answered, which may be a secret."""
    for _, value in entries:
        name = value.name
        given, answer = raw.get(name), resolved.get(name)
        if given is not None and answer and given != answer:
            value.value = given if value.value is not None else None
            value.errors = [error.replace(answer, given) for error in value.errors]


def _undefined_first(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry[0] is None] + [entry for entry in entries if entry[0] is not None]


def _groups(entries: list[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.group for key, _ in entries if key is not None and key.group is not None))
