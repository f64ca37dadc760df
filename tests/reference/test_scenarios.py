"""The same changes through the real Debezium and through our connector: what they write must be equal.

ROWTIDE_SCENARIOS names further folders of scenarios (separated by `:`); their scenarios run as well.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.reference import comparison
from tests.reference.scenario import DatabaseServer, Scenario, run

FOLDERS = [
    Path(__file__).parent / "scenarios",
    *map(Path, filter(None, os.environ.get("ROWTIDE_SCENARIOS", "").split(":"))),
]
SCENARIOS = [Scenario(path.parent) for folder in FOLDERS for path in sorted(folder.glob("*/connector.json"))]
SHOWN = 25

pytestmark = [pytest.mark.reference, pytest.mark.kafka, pytest.mark.servers]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.folder.name)
def test_records_equal_the_reference(
    scenario: Scenario, reference_url: str, worker_url: str, kafka_address: str, mariadb_port: int
) -> None:
    server = DatabaseServer("mariadb", mariadb_port)
    captured = run(scenario, {"reference": reference_url, "ours": worker_url}, kafka_address, server)
    assert len(captured["reference"]) > 1, "the reference wrote nothing: the scenario shows nothing"
    found = comparison.differences(captured["reference"], captured["ours"])
    assert not found, "\n".join([f"{len(found)} differences:", *found[:SHOWN]])


def test_the_reference_equals_itself(reference_url: str, kafka_address: str, mariadb_port: int) -> None:
    """What is hidden before comparing is enough: two runs of the same connector show no difference."""
    scenario = Scenario(Path(__file__).parent / "scenarios" / "transactions")
    server = DatabaseServer("mariadb", mariadb_port)
    captured = run(scenario, {"one": reference_url, "other": reference_url}, kafka_address, server)
    assert len(captured["one"]) > 1
    assert comparison.differences(captured["one"], captured["other"]) == []
