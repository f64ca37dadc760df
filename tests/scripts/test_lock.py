"""The lock file pins what the distributions need, and names no place to get it from."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from rowtide_dev.services import ROOT

LOCKS = ("requirements.lock", "docker/requirements.lock")


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def _needed(project: Path) -> list[Requirement]:
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = [text for group in table.get("optional-dependencies", {}).values() for text in group]
    return [Requirement(text) for text in [*table["dependencies"], *extras]]


@pytest.mark.parametrize("project", ["connector", "sdk"])
def test_what_a_distribution_needs_is_pinned(project: str) -> None:
    pins = _pins("requirements.lock")
    for requirement in _needed(ROOT / project):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in requirements.lock: run bin/lock"
        assert requirement.specifier.contains(version), (
            f"requirements.lock has {version}, not {requirement}: run bin/lock"
        )


def test_the_image_has_the_versions_that_are_tested() -> None:
    pins, image = _pins("requirements.lock"), _pins("docker/requirements.lock")
    assert image.items() <= pins.items()
    assert {canonicalize_name(requirement.name) for requirement in _needed(ROOT / "connector")} <= image.keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_none_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_oldest_rust_that_is_promised_builds_what_is_locked() -> None:
    """Debian's compiler builds the image, and it is the oldest that the workspace names."""
    workspace = ROOT / "connector/rust"
    promised = tomllib.loads((workspace / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", workspace / "Cargo.toml"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    needed = {package["name"]: Version(package["rust_version"]) for package in packages if package["rust_version"]}
    assert len(needed) > 10
    newer = {name: str(version) for name, version in needed.items() if version.release[:2] > Version(promised).release}
    assert not newer, f"newer than {promised}: cargo update --precise a version of them that is not"
