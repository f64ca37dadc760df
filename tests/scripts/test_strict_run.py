"""A run with a skipped test, or with none, does not pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rowtide_dev.services import ROOT

PASSES = "def test_a(): pass\n"


def _run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "rowtide_dev.strict_run",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        ".",
        ".",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bin")}
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_a_run_in_which_all_tests_pass_passes(tmp_path: Path) -> None:
    assert _run(tmp_path, PASSES).returncode == 0


@pytest.mark.parametrize(
    "skipping",
    [
        "@pytest.mark.skip\ndef test_b(): pass",
        "def test_b(): pytest.skip('no')",
        "@pytest.mark.skipif(True, reason='no')\ndef test_b(): pass",
        "pytest.skip('no', allow_module_level=True)",
        "pytest.importorskip('no_such_module')",
        "@pytest.mark.xfail\ndef test_b(): assert False",
    ],
)
def test_a_run_with_a_skipped_test_fails(tmp_path: Path, skipping: str) -> None:
    (tmp_path / "test_other.py").write_text(PASSES)
    done = _run(tmp_path, f"import pytest\n{PASSES}{skipping}\n")
    assert done.returncode != 0
    assert "1 skipped, and a skipped test proves nothing" in done.stdout


def test_a_run_without_tests_fails(tmp_path: Path) -> None:
    done = _run(tmp_path, "")
    assert done.returncode != 0
    assert "no test ran" in done.stdout
