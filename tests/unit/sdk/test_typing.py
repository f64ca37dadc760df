"""What type checkers conclude from the SDK's annotations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mypy import api

import rowtide_sdk

APPLICATION = Path(__file__).with_name("typed_application.py")
WRONG = """
from rowtide_sdk import Consumer, Insert
from tests.unit.sdk.typed_application import Order

for event in Consumer("t", group_id="g", rows=Order):
    if isinstance(event, Insert):
        event.after.totl
        event.after.id = "x"
    event.after
"""


@pytest.fixture(autouse=True)
def _paths(monkeypatch):
    """An editable installation is found by an import hook, which mypy does not run."""
    folders = [Path(rowtide_sdk.__file__).parents[1], Path(__file__).parents[3]]
    monkeypatch.setenv("MYPYPATH", os.pathsep.join(map(str, folders)))


def check(*arguments: str) -> tuple[str, int]:
    output, errors, status = api.run(["--strict", "--no-error-summary", *arguments])
    return output + errors, status


def test_events_narrow_to_the_row_classes():
    assert check(str(APPLICATION)) == ("", 0)


def test_mistakes_are_found(tmp_path):
    program = tmp_path / "wrong.py"
    program.write_text(WRONG)
    output, status = check(str(program))
    assert status == 1
    assert '"Order" has no attribute "totl"' in output
    assert 'expression has type "str", variable has type "int"' in output
    assert 'Tombstone | SchemaChange | TransactionBoundary | Heartbeat | Unknown" has no attribute "after"' in output
