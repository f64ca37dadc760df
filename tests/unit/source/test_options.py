"""The declared options against what the real connectors answered when they were asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rowtide.config.definition import ConfigKey, to_text
from rowtide.source.options import options, refusals

RECORDED = {"mysql": "mysql-3.6.1.json", "mariadb": "mariadb-3.5.0.json"}
FOLDER = Path(__file__).parents[2] / "golden" / "options"
GROUPS = ("MySQL", "MariaDB", "Connector", "History Storage", "Events")
NOT_DECLARED = {"internal.legacy.snapshot.max.threads"}  # a second name of legacy.snapshot.max.threads
NEWER_DEFAULTS = {"mariadb": {"custom.sanitize.pattern"}}  # the recorded MariaDB connector is older than 3.6
NEWER = {
    "legacy.snapshot.max.threads",
    "statistics.metrics.enabled",
    "memory.management.schemas.class",
    "memory.management.tables.class",
    "gtid.ignore.on.recovery",
}
"""Options that the MariaDB connector has since 3.6."""

Fact = tuple[str, str | None, str, str, list[str]]


def recorded(flavor: str) -> dict[str, Fact]:
    rows = json.loads((FOLDER / RECORDED[flavor]).read_text())
    return {name: tuple(fact) for name, *fact in rows}


def fact(key: ConfigKey) -> Fact:
    default = None if key.required else to_text(key.type, key.default)
    return key.type.value, default, key.importance.value, str(key.group), list(key.dependents)


@pytest.mark.parametrize("flavor", RECORDED)
def test_every_option_of_debezium_is_declared_as_it_declares_it(flavor: str) -> None:
    declared = {key.name: fact(key) for key in options(flavor)}
    expected = recorded(flavor)
    assert expected.keys() - declared.keys() == NOT_DECLARED
    differ = {name for name in expected.keys() & declared.keys() if expected[name] != declared[name]}
    assert differ == NEWER_DEFAULTS.get(flavor, set())


@pytest.mark.parametrize("flavor", RECORDED)
def test_options_stand_in_the_order_of_debezium(flavor: str) -> None:
    expected = recorded(flavor)
    keys = list(options(flavor))
    for group in GROUPS:
        ours = [key.name for key in keys if key.group == group]
        assert [name for name in ours if name in expected] == [
            name for name, known in expected.items() if known[3] == group and name not in NOT_DECLARED
        ]
        assert [key.order for key in keys if key.group == group] == list(range(1, len(ours) + 1))


def test_the_mariadb_connector_has_the_options_that_its_next_version_got() -> None:
    mysql, mariadb = recorded("mysql"), {key.name for key in options("mariadb")}
    assert mysql.keys() - mariadb == NOT_DECLARED | {"database.jdbc.driver", "database.protocol", "ddl.parser.type"}
    assert mariadb - recorded("mariadb").keys() >= NEWER


def test_options_that_debezium_honours_without_declaring_them_are_declared() -> None:
    known = {key.name for key in options("mysql")} - recorded("mysql").keys()
    assert {"binary.handling.mode", "read.only", "topic.regex", "schema.history.internal.kafka.topic"} <= known


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("signal.data.collection", "db.signals", "not supported yet"),
        ("signal.enabled.channels", "source,kafka", "not supported yet"),
        ("database.server.name", "x", "use topic.prefix"),
        ("snapshot.max.threads.multiplier.db.t", "4", "parallel snapshots"),
        ("openlineage.integration.enabled", "true", "OpenLineage"),
    ],
)
def test_what_is_not_supported_is_refused_with_a_sentence(name: str, value: str, words: str) -> None:
    assert words in refusals({name: value})[name]


@pytest.mark.parametrize(
    ("name", "value"), [("signal.enabled.channels", "source"), ("read.only", "false"), ("anything.else", "x")]
)
def test_harmless_values_and_unknown_keys_pass(name: str, value: str) -> None:
    assert refusals({name: value}) == {}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("snapshot.mode", "schema_only", "supports always, initial"),
        ("snapshot.mode", "custom", "supports always"),
        ("time.precision.mode", "adaptive", "must be one of"),
        ("topic.naming.strategy", "com.example.Mine", "supports io.debezium"),
        ("skipped.operations", "c,none", "none alone"),
        ("skipped.operations", "x", "give some of"),
        ("table.include.list", "a(", "not a regular expression"),
        ("database.exclude.list", "[", "not a regular expression"),
        ("topic.prefix", "my srv", "letters, digits"),
        ("topic.delimiter", "/", "letters, digits"),
        ("guardrail.collections.max", "-1", "at least 0"),
        ("snapshot.max.threads", "2", "1 thread"),
        ("heartbeat.interval.ms", "-1", "at least 0"),
    ],
)
def test_wrong_values_are_refused_at_the_option(name: str, value: str, words: str) -> None:
    found = {item.name: item for item in options("mysql").validate({name: value})}
    assert words in found[name].errors[0]


def test_words_are_taken_in_any_case() -> None:
    found = {item.name: item for item in options("mysql").validate({"snapshot.mode": "WHEN_NEEDED"})}
    assert found["snapshot.mode"].errors == []
