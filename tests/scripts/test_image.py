"""The image's entry point makes worker properties of variables, and the image check reads the Dockerfile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rowtide_dev.image import DOCKERFILE, ignored, instructions
from rowtide_dev.services import ROOT

ENTRYPOINT = ROOT / "docker" / "entrypoint.py"


def _started(tmp_path: Path, *arguments: str, **variables: str) -> tuple[list[str], str]:
    """What the entry point runs: its arguments, and the properties file that it names (empty without one)."""
    program = tmp_path / "rowtide"
    program.write_text('#!/bin/sh\necho "$@"\nfor last; do :; done\ncat "$last" 2>/dev/null || true\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path), **variables}
    command = [sys.executable, str(ENTRYPOINT), *arguments]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=30)
    first, _, rest = done.stdout.partition("\n")
    return first.split(), rest


def test_variables_become_worker_properties(tmp_path: Path) -> None:
    arguments, file = _started(
        tmp_path,
        CONNECT_GROUP_ID="a group",
        BOOTSTRAP_SERVERS="kafka:9092",
        CONNECT_PRODUCER_COMPRESSION_TYPE="lz4",
        CONNECT_SOME__NAME___WITH_SIGNS="1",
        CONNECT_SASL_JAAS_CONFIG='x password="a\\b"',
        UNRELATED="x",
    )
    assert arguments[0] == "worker"
    lines = file.splitlines()
    assert "group.id=a group" in lines
    assert "bootstrap.servers=kafka:9092" in lines
    assert "producer.compression.type=lz4" in lines
    assert "some_name-with.signs=1" in lines
    assert 'sasl.jaas.config=x password="a\\\\b"' in lines
    assert "value.converter=org.apache.kafka.connect.json.JsonConverter" in lines
    assert not any("unrelated" in line.lower() for line in lines)
    assert oct(Path(arguments[1]).parent.stat().st_mode)[-3:] == "700"


def test_a_prefixed_variable_goes_before_one_without(tmp_path: Path) -> None:
    _, file = _started(tmp_path, GROUP_ID="one", CONNECT_GROUP_ID="other")
    assert "group.id=other" in file.splitlines()


@pytest.mark.parametrize(
    ("given", "run"), [(["w.properties"], ["worker", "w.properties"]), (["--version"], ["--version"])]
)
def test_arguments_are_a_file_or_another_command(tmp_path: Path, given: list[str], run: list[str]) -> None:
    assert _started(tmp_path, *given)[0] == run


def test_the_image_is_not_run_as_root_and_has_a_health_check() -> None:
    found = dict(instructions(DOCKERFILE.read_text()))
    assert found["USER"] not in ("0", "root")
    assert "healthcheck.py" in found["HEALTHCHECK"]


def test_the_image_is_not_built_without_the_native_engine() -> None:
    runs = [rest for keyword, rest in instructions(DOCKERFILE.read_text()) if keyword == "RUN"]
    assert any("ROWTIDE_NATIVE=require" in run and "./connector" in run for run in runs)
    assert {"target", "*.so"} <= set(ignored()), "what was built outside must not get in"


def test_continued_lines_of_the_dockerfile_are_one_instruction() -> None:
    text = "# comment\nFROM a AS b\nRUN one \\\n    && two\n\nUSER 1\n"
    assert instructions(text) == [("FROM", "a AS b"), ("RUN", "one      && two"), ("USER", "1")]
