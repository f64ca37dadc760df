"""Names of topics in every naming strategy, and keys that tell the table."""

from __future__ import annotations

import re

import pytest

from rowtide.envelope.routing import Replacement, Routing
from rowtide.envelope.topics import TopicNaming, sanitised
from rowtide.errors import ConfigError
from rowtide.source.naming import topic_naming
from rowtide.tables.model import TableId
from tests.settings import parsed

PACKAGE = "io.debezium.schema."
TABLE = TableId("my db", "größe_1")


def naming(strategy="", **options):
    given = {name.replace("__", "."): value for name, value in options.items()}
    if strategy:
        given["topic.naming.strategy"] = PACKAGE + strategy
    settings = parsed(given)
    return topic_naming(settings.raw, settings.values)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("", "srv.my_db.gr__e_1"),
        ("DefaultTopicNamingStrategy", "srv.my_db.gr__e_1"),
        ("SchemaTopicNamingStrategy", "srv.gr__e_1"),
        ("DefaultUnicodeTopicNamingStrategy", "srv.my_u0020db.gr_u00f6_u00dfe_u005f1"),
        ("SchemaUnicodeTopicNamingStrategy", "srv.gr_u00f6_u00dfe_u005f1"),
    ],
)
def test_each_strategy_names_topics_as_debezium_does(strategy, expected):
    assert naming(strategy).data(TABLE) == expected


def test_the_parts_are_joined_by_the_delimiter():
    made = naming(topic__delimiter="-", topic__transaction="tx", topic__heartbeat__prefix="beat")
    assert made.data(TableId("a", "b")) == "srv-a-b"
    assert (made.schema_changes, made.transactions, made.heartbeats) == ("srv", "srv-tx", "beat-srv")
    assert naming(topic__heartbeat__name="one").heartbeats == "one"


def test_long_names_are_cut_and_dots_alone_replaced():
    assert len(sanitised("x" * 300)) == 249
    assert (sanitised(".."), sanitised(".", escaped=True)) == ("__", "_u002e")


REGEX = {"topic__regex": r"(.*)\.orders_(\d+)", "topic__replacement": "$1.orders"}


def test_an_expression_routes_tables_to_one_topic():
    made = naming("DefaultRegexTopicNamingStrategy", **REGEX)
    assert made.data(TableId("d", "orders_17")) == "srv.d.orders"
    assert made.data(TableId("d", "other")) == "srv.d.other"
    assert made.key_field(TableId("d", "orders_17")) == ("__dbz__physicalTableIdentifier", "srv.d.orders_17")


def test_the_field_in_the_key_may_be_named_replaced_and_left_out():
    options = {
        "topic__key__field__name": "shard",
        "topic__key__field__regex": r".*_(?<number>\d+)",
        "topic__key__field__replacement": r"\$${number}",
    }
    made = naming("DefaultRegexTopicNamingStrategy", **REGEX, **options)
    assert made.key_field(TableId("d", "orders_17")) == ("shard", "$17")
    assert made.key_field(TableId("d", "other")) == ("shard", "srv.d.other")
    without = naming("DefaultRegexTopicNamingStrategy", **REGEX, topic__key__enforce__uniqueness="false")
    assert without.key_field(TABLE) is None


def test_expressions_distinguish_case_and_fall_back_when_nothing_is_left():
    made = naming("DefaultRegexTopicNamingStrategy", topic__regex="SRV.*", topic__replacement="x")
    assert made.data(TableId("d", "t")) == "srv.d.t"
    empty = TopicNaming("srv", routing=Routing(Replacement(re.compile("(.*)"), "$1".replace("1", "0")[:0]), None))
    assert empty.data(TableId("d", "t")) == "srv.d.t"


@pytest.mark.parametrize(
    ("text", "expected"), [("$1-$2", "a-b"), ("$11", "a1"), ("${x}", "b"), (r"\$1\\", "$1\\"), ("$0", "a.b")]
)
def test_groups_are_written_as_in_java(text, expected):
    assert Replacement(re.compile(r"(\w)\.(?P<x>\w)"), text).of("a.b") == expected


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"topic__regex": "(.*)"},
        {"topic__regex": "(.*)", "topic__replacement": "$2"},
        {"topic__regex": "(.*)", "topic__replacement": "${name}"},
        {"topic__regex": "(.*)", "topic__replacement": "$1", "topic__key__field__regex": "x"},
    ],
)
def test_a_strategy_without_its_options_is_refused(options):
    with pytest.raises(ConfigError, match=r"topic\."):
        naming("DefaultRegexTopicNamingStrategy", **options)
