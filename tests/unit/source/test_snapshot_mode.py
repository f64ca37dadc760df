"""What a start does in each snapshot mode, for everything that it may find."""

from __future__ import annotations

import pytest

from rowtide.errors import ConnectError, PositionLostError, SchemaError
from rowtide.source.options.connector import BASED, SNAPSHOT_MODES
from rowtide.source.snapshot_mode import Found, Plan, plan_of, snapshot_mode

FIRST = Found(offset=False)
UNFINISHED = Found(offset=True, unfinished=True)
STORED = Found(offset=True)
NO_HISTORY = Found(offset=True, history_lost=SchemaError("no history"))
NO_LOG = Found(offset=True, log_lost=PositionLostError("no log"))

EVERYTHING = Plan(schema=True, data=True, from_stored=False)
DEFINITIONS = Plan(schema=True, data=False, from_stored=False)
AGAIN = Plan(schema=True, data=False, from_stored=True)
STREAM = Plan(schema=False, data=False, from_stored=True)


def mode(name: str, *flags: str):
    return snapshot_mode(name, {f"{BASED}.{flag}": flag in flags for flag in ALL_FLAGS})


ALL_FLAGS = ("snapshot.data", "snapshot.schema", "start.stream", "snapshot.on.schema.error", "snapshot.on.data.error")


@pytest.mark.parametrize(
    ("name", "found", "expected"),
    [
        ("initial", FIRST, EVERYTHING),
        ("initial", UNFINISHED, EVERYTHING),
        ("initial", STORED, STREAM),
        ("initial", NO_HISTORY, SchemaError),
        ("initial", NO_LOG, PositionLostError),
        ("initial_only", FIRST, EVERYTHING),
        ("no_data", FIRST, DEFINITIONS),
        ("no_data", UNFINISHED, DEFINITIONS),
        ("no_data", STORED, STREAM),
        ("always", FIRST, EVERYTHING),
        ("always", STORED, EVERYTHING),
        ("recovery", FIRST, ConnectError),
        ("recovery", UNFINISHED, AGAIN),
        ("recovery", STORED, AGAIN),
        ("recovery", NO_HISTORY, AGAIN),
        ("recovery", NO_LOG, PositionLostError),
        ("when_needed", FIRST, EVERYTHING),
        ("when_needed", STORED, STREAM),
        ("when_needed", NO_HISTORY, EVERYTHING),
        ("when_needed", NO_LOG, EVERYTHING),
    ],
)
def test_a_start_takes_the_snapshot_that_its_mode_says(name, found, expected):
    if isinstance(expected, Plan):
        assert plan_of(mode(name), found) == expected
    else:
        with pytest.raises(expected):
            plan_of(mode(name), found)


@pytest.mark.parametrize(
    ("flags", "found", "expected"),
    [
        (("snapshot.data", "snapshot.schema", "start.stream"), FIRST, EVERYTHING),
        (("snapshot.data", "snapshot.schema", "start.stream"), STORED, EVERYTHING),
        (("snapshot.schema", "start.stream"), FIRST, DEFINITIONS),
        (("snapshot.schema", "start.stream"), STORED, DEFINITIONS),
        (("start.stream",), FIRST, ConnectError),
        (("start.stream",), STORED, STREAM),
        (("start.stream",), NO_HISTORY, SchemaError),
        (("start.stream", "snapshot.on.schema.error"), NO_HISTORY, AGAIN),
        (("start.stream",), NO_LOG, PositionLostError),
        (("snapshot.schema", "start.stream", "snapshot.on.data.error"), NO_LOG, DEFINITIONS),
    ],
)
def test_configuration_based_does_what_its_options_say(flags, found, expected):
    if isinstance(expected, Plan):
        assert plan_of(mode("configuration_based", *flags), found) == expected
    else:
        with pytest.raises(expected):
            plan_of(mode("configuration_based", *flags), found)


def test_only_two_modes_may_do_without_the_log():
    assert [name for name in SNAPSHOT_MODES if not mode(name).streams] == ["initial_only", "configuration_based"]


def test_what_was_found_to_be_wrong_is_what_is_raised():
    with pytest.raises(SchemaError) as raised:
        plan_of(mode("initial"), NO_HISTORY)
    assert raised.value is NO_HISTORY.history_lost
