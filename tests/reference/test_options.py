"""The recorded options are still what the real connectors answer."""

from __future__ import annotations

import json

import pytest
import requests

from tests.unit.source.test_options import FOLDER, GROUPS, RECORDED

CLASSES = {"mysql": "MySqlConnector", "mariadb": "MariaDbConnector"}
PACKAGES = {"mysql": "io.debezium.connector.mysql", "mariadb": "io.debezium.connector.mariadb"}
FACTS = ("name", "type", "default_value", "importance", "group", "dependents")

pytestmark = [pytest.mark.reference, pytest.mark.kafka]


@pytest.mark.parametrize("flavor", RECORDED)
def test_the_recording_is_what_the_reference_answers(flavor: str, reference_url: str) -> None:
    simple = CLASSES[flavor]
    answer = requests.put(
        f"{reference_url}/connector-plugins/{simple}/config/validate",
        json={"connector.class": f"{PACKAGES[flavor]}.{simple}"},
        timeout=90,
    )
    definitions = [entry["definition"] for entry in answer.json()["configs"] if entry["definition"]]
    found = [[key[name] for name in FACTS] for key in definitions if key["group"] in GROUPS]
    assert found == json.loads((FOLDER / RECORDED[flavor]).read_text())
