"""Column converters and post-processors by class name, entry point and import path."""

from __future__ import annotations

import pytest

from rowtide.envelope.post_processing import PostProcessor
from rowtide.errors import ConfigError
from rowtide.source.plugins import column_converters, post_processors
from rowtide.source.reselect import ReselectColumns
from rowtide.types.custom import ColumnConverter
from rowtide.types.debezium_converters import TinyIntOneToBoolean


class Mine(ColumnConverter):
    def configure(self, config):
        if config.get("fails"):
            raise ConfigError("fails is set")
        self.config = dict(config)

    def conversion_for(self, column):
        return None


class Marker(PostProcessor):
    def configure(self, config):
        self.field = config["field"]

    def apply(self, event):
        after = event.value["after"]
        if after is not None and self.field in after:
            after[self.field] = "marked"


def test_none_are_named_by_default():
    assert column_converters({}) == post_processors({"post.processors": " "}) == ()


def test_converters_get_their_own_options_in_their_order():
    first, second = column_converters(
        {
            "converters": "mine, one",
            "mine.type": f"{__name__}:Mine",
            "mine.a.b": "x",
            "one.type": "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter",
        }
    )
    assert isinstance(first, Mine)
    assert first.config == {"type": f"{__name__}:Mine", "a.b": "x"}
    assert isinstance(second, TinyIntOneToBoolean)


def test_processors_are_found_the_same_way():
    (first, second) = post_processors(
        {
            "post.processors": "a,b",
            "a.type": "io.debezium.processors.reselect.ReselectColumnsPostProcessor",
            "b.type": f"{__name__}:Marker",
            "b.field": "x",
        }
    )
    assert isinstance(first, ReselectColumns)
    assert isinstance(second, Marker)


@pytest.mark.parametrize(
    ("type_name", "words"),
    [
        (None, "mine.type is not set"),
        ("com.example.Converter", "has to be written in Python"),
        ("nowhere.at.all:Mine", "cannot be loaded"),
        (f"{__name__}:Missing", "cannot be loaded"),
        (f"{__name__}:Marker", "is no rowtide.types.custom.ColumnConverter"),
        ("json:dumps", "is no rowtide.types.custom.ColumnConverter"),
    ],
)
def test_what_is_no_converter_is_refused(type_name, words):
    config = {"converters": "mine", **({} if type_name is None else {"mine.type": type_name})}
    with pytest.raises(ConfigError, match=words) as raised:
        column_converters(config)
    assert str(raised.value).startswith("converters")


def test_what_a_plugin_says_of_its_options_names_it():
    with pytest.raises(ConfigError, match="mine cannot be configured: fails is set"):
        column_converters({"converters": "mine", "mine.type": f"{__name__}:Mine", "mine.fails": "1"})


@pytest.mark.parametrize("options", [{"reselect.error.handling.mode": "x"}, {"reselect.cache.enabled": "true"}])
def test_reselection_refuses_what_it_cannot_do(options):
    with pytest.raises(ConfigError, match=r"reselect\."):
        ReselectColumns().configure(options)
