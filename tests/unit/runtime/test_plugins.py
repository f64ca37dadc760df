import subprocess
import sys

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.plugins import Plugin, PluginKind, PluginRegistry, load
from tests.connectors.counter import CounterConnector


def plugin(java_class, kind):
    return Plugin(java_class, kind, "1", dict)


@pytest.fixture
def registry():
    return PluginRegistry(
        [
            Plugin.of_connector(CounterConnector),
            plugin("a.JsonConverter", PluginKind.CONVERTER),
            plugin("b.Cast$Key", PluginKind.TRANSFORMATION),
            plugin("x.Twice", PluginKind.PREDICATE),
            plugin("y.Twice", PluginKind.PREDICATE),
        ]
    )


@pytest.mark.parametrize("name", ["org.example.CounterConnector", "CounterConnector", "Counter"])
def test_a_connector_is_found_by_three_names(registry, name):
    assert registry.connector(name) is CounterConnector


@pytest.mark.parametrize("name", ["counter", "example.CounterConnector", "", "Twice"])
def test_other_names_do_not_find_it(registry, name):
    with pytest.raises(ConfigError, match=f"which name matches {name}, available connectors are: PluginDesc"):
        registry.connector(name)


def test_aliases_of_other_kinds(registry):
    assert registry.find(PluginKind.CONVERTER, "Json").java_class == "a.JsonConverter"
    assert registry.find(PluginKind.TRANSFORMATION, "Cast$Key").java_class == "b.Cast$Key"
    assert registry.find_any("JsonConverter").kind is PluginKind.CONVERTER


def test_a_short_name_of_two_classes_finds_neither(registry):
    assert registry.find(PluginKind.PREDICATE, "Twice") is None
    assert registry.find(PluginKind.PREDICATE, "y.Twice").java_class == "y.Twice"


def test_installed_config_providers_are_found_by_their_java_names():
    registry = PluginRegistry.installed()
    name = "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
    assert registry.config_provider(name).__name__ == "EnvVarConfigProvider"


def test_declared_plugins_are_the_installed_ones():
    def names(registry):
        return [(plugin.java_class, load(plugin)) for kind in PluginKind for plugin in registry.of_kind(kind)]

    assert names(PluginRegistry.declared()) == names(PluginRegistry.installed())


def test_declared_plugins_are_imported_when_they_are_loaded():
    program = """
import sys
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
plugin = PluginRegistry.declared().find(PluginKind.CONVERTER, "AvroConverter")
assert not [name for name in sys.modules if name.startswith(("rowtide.converters", "rowtide.transforms", "requests"))]
assert load(plugin).__name__ == "AvroConverter"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_class_that_cannot_be_imported_is_a_config_error():
    def broken():
        raise ImportError("no module named gone")

    registry = PluginRegistry([Plugin("z.Gone", PluginKind.SOURCE, "1", broken)])
    with pytest.raises(ConfigError, match="no module named gone"):
        registry.connector("z.Gone")
