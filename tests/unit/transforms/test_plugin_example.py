"""The plugins that docs/plugins.md shows work as it says, installed as a distribution of their own."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import OPTIONAL_STRING, STRING, Struct, struct
from rowtide.errors import ConfigError
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.transforms.chain import TransformationChain, build_chain

PAGE = Path(__file__).parents[3] / "docs" / "plugins.md"
ROW = struct("row", ("id", STRING), ("email", OPTIONAL_STRING))
ENVELOPE = struct("envelope", ("op", STRING), ("after", ROW.as_optional()))


class Registered:
    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry

    def transformation(self, name):
        return load(self._registry.find(PluginKind.TRANSFORMATION, name))

    def predicate(self, name):
        return load(self._registry.find(PluginKind.PREDICATE, name))


class Plain:
    def run(self, stage, class_name, step):
        return step()


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return next(text for text in blocks if containing in text)


@pytest.fixture
def registry(tmp_path, monkeypatch) -> PluginRegistry:
    (tmp_path / "shop_transforms.py").write_text(block("python", "class HashField"))
    groups = tomllib.loads(block("toml", "rowtide.transforms"))["project"]["entry-points"]
    info = tmp_path / "shop-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.2\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()) for group, entries in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    return PluginRegistry.installed()


@pytest.fixture
def chain(registry) -> TransformationChain:
    return build_chain(json.loads(block("json", "com.example.HashField")), Registered(registry))


def envelope(op: str, email: str | None = "a@b") -> SourceRecord:
    after = None if op == "d" else Struct(ENVELOPE.field("after"), ("1", email))
    return SourceRecord("t", None, None, None, ENVELOPE, Struct(ENVELOPE, (op, after)))


def test_example_hashes_the_field(chain):
    record = envelope("c")
    result = chain.apply(record, Plain())
    assert list(result.value.values) == ["1", hashlib.sha256(b"a@b").hexdigest()]
    assert result.value_schema is ENVELOPE.field("after")
    assert record.value["after"]["email"] == "a@b"


def test_example_leaves_nulls_and_other_records_alone(chain):
    assert list(chain.apply(envelope("c", None), Plain()).value.values) == ["1", None]
    delete = envelope("d")
    assert chain.apply(delete, Plain()) is delete


def test_example_is_found_by_its_short_name_and_declares_its_options(registry):
    plugin = registry.find(PluginKind.TRANSFORMATION, "HashField")
    assert (plugin.java_class, plugin.version) == ("com.example.HashField", "1.2")
    assert [key.name for key in plugin.config_def()] == ["field"]
    with pytest.raises(ConfigError, match='Missing required configuration "field"'):
        load(plugin)().configure({})
