"""The same changes through the real Debezium and through our connector: what they write must be equal.

Here are scenarios that touch most of what there is; `bin/test compare` runs all of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.reference.batch import Batch, DatabaseServer, Outcome, Places, run
from tests.reference.compare import database_servers, folders
from tests.reference.scenario import FLAVORS, Scenario, scenarios

NAMES = (
    "ddl",
    "ddl-in-transactions",
    "keys",
    "numbers",
    "options-columns-include",
    "options-history-captured-tables",
    "options-include-query",
    "options-lists-include",
    "options-transaction-topic",
    "statements",
    "strings",
    "texts",
    "smt-outbox-plain",
    "smt-unwrap-avro",
    "smt-unwrap-rewrite",
    "times",
    "transactions",
    "transforms",
)
SHOWN = 25

pytestmark = [pytest.mark.reference, pytest.mark.kafka, pytest.mark.servers, pytest.mark.timeout(900)]

CHOSEN = {scenario.name: scenario for scenario in scenarios(folders()[:1]) if scenario.name in NAMES}
CASES = [(flavor, name) for flavor in FLAVORS for name in NAMES if flavor in CHOSEN[name].flavors]


@pytest.fixture(scope="module")
def outcomes(places: Places) -> dict[tuple[str, str], Outcome]:
    """Of all scenarios on both servers, which run side by side."""

    def on(server: DatabaseServer) -> list[Outcome]:
        return list(run(CHOSEN.values(), places, server))

    with ThreadPoolExecutor() as pool:
        found = [outcome for some in pool.map(on, database_servers()) for outcome in some]
    return {(outcome.server.flavor, outcome.scenario.name): outcome for outcome in found}


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_records_equal_the_reference(case: tuple[str, str], outcomes: dict[tuple[str, str], Outcome]) -> None:
    found = outcomes[case].differences()
    assert not found, "\n".join([f"{len(found)} differences:", *found[:SHOWN]])


def test_the_reference_equals_itself(places: Places, reference_url: str) -> None:
    """What is hidden before comparing is enough: two runs of the same connector show no difference."""
    twice = Places({"one": reference_url, "other": reference_url}, places.kafka, places.registry)
    outcome = Batch([Scenario(CHOSEN["transactions"].folder)], twice, database_servers()[0]).run()[0]
    assert not outcome.failure
    assert len(outcome.captured["one"]) > 1
    assert outcome.differences() == []
