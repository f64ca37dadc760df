"""The guide runs as written (its first program, which needs a broker, in tests/integration/sdk)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

import rowtide_sdk
from tests.unit.sdk import guide

PROGRAMS = {program.name: program for program in guide.programs()}


def test_the_guide_has_its_programs():
    first = ["orders.py", "settings.py", "rows.py", "tables.py", "dead_letters.py", "test_orders.py"]
    assert list(PROGRAMS)[:6] == first
    assert "transactions.py" in PROGRAMS


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "orders.py"])
def test_programs_run_and_print_what_the_guide_says(name, tmp_path):
    guide.write(tmp_path)
    result = subprocess.run(
        [sys.executable, name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.stderr, result.returncode) == ("", 0)
    assert result.stdout == PROGRAMS[name].output


def test_programs_pass_a_strict_type_check(tmp_path, monkeypatch):
    guide.write(tmp_path)
    readme = re.search(r"^```python\n(.*?)^```$", guide.README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert readme is not None
    (tmp_path / "readme.py").write_text(readme.group(1))
    monkeypatch.setenv("MYPYPATH", os.pathsep.join([str(Path(rowtide_sdk.__file__).parents[1]), str(tmp_path)]))
    arguments = ["--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache")]
    output, errors, status = api.run([*arguments, *map(str, tmp_path.glob("*.py"))])
    assert (output, errors, status) == ("", "", 0)


def test_the_guide_knows_every_public_name_but_the_parts_of_events():
    words = set(re.findall(r"\w+", guide.text_of_all()))
    parts = {"AnyEvent", "ChangeEvent", "RowEvent", "Decoder", "Source", "TableChange", "Transaction"}
    assert set(rowtide_sdk.__all__) - words == parts
