"""What bin/wheels builds can be installed, and runs the engine that it should; sources install without Rust, too."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from rowtide_dev import wheels
from rowtide_dev.errors import DevError

pytestmark = pytest.mark.timeout(900)

ENGINE = "import rowtide; from rowtide import native; print(rowtide.__file__, native.engine())"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> wheels.Built:
    return wheels.build(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def installed(tmp_path: Path):
    """Installs a wheel in an environment that finds what it depends on where the tests do; gives its bin folder."""

    def install(wheel: Path) -> Path:
        folder = tmp_path / "environment"
        venv.create(folder)
        programs = folder / "bin"
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(programs / "python"),
            "install",
            "--no-index",
            "--no-deps",
        ]
        subprocess.run([*command, "--quiet", str(wheel)], check=True, timeout=120)
        # Of a folder that is named in a .pth file the .pth files are not read: the editable rowtide stays unseen.
        (packages,) = folder.glob("lib/python*/site-packages")
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return programs

    return install


def _output(command: list[str], environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ROWTIDE_ENGINE")}
    done = subprocess.run(
        command, cwd="/", env={**kept, **(environment or {})}, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout, done.stderr


def test_the_native_wheel_runs_the_native_engine(built, installed) -> None:
    programs = installed(built.native)
    assert "-cp311-abi3-" in built.native.name
    file, engine = _output([str(programs / "python"), "-c", ENGINE])[0].split()
    assert file.startswith(str(programs.parent)), "another rowtide was imported"
    assert engine == "native"
    assert (Path(file).parent / "_native.abi3.so").exists()
    assert _output([str(programs / "rowtide"), "--version"])[0].startswith("rowtide, version ")


def test_the_pure_wheel_runs_the_reference_engine_and_names_the_way_to_the_native_one(built, installed) -> None:
    programs = installed(built.pure)
    output, warning = _output([str(programs / "python"), "-c", ENGINE])
    file, engine = output.split()
    assert file.startswith(str(programs.parent)), "another rowtide was imported"
    assert engine == "reference"
    assert "cargo" in warning
    assert _output([str(programs / "rowtide"), "--version"])[0].startswith("rowtide, version ")


def test_the_sdks_wheel_is_imported(built, installed) -> None:
    programs = installed(built.sdk)
    code = "import rowtide_sdk; rowtide_sdk.Consumer; print(rowtide_sdk.__file__)"
    assert _output([str(programs / "python"), "-c", code])[0].startswith(str(programs.parent))


def test_sources_install_without_rust_as_pure_python(built, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    made = wheels.wheel(built.sources, tmp_path, "auto", {"PATH": str(empty)})
    assert made.name == built.pure.name


def test_a_build_that_loses_its_extension_fails_where_it_is_required_and_is_no_native_wheel_elsewhere(
    built, tmp_path: Path
) -> None:
    broken = wheels.unpacked(built.sources, tmp_path / "broken")
    (broken / "rust/binding/src/lib.rs").write_text("this is no Rust")
    made = wheels.wheel(broken, tmp_path, "auto")
    assert made.name == built.pure.name
    with pytest.raises(DevError, match="ended with 1"):
        wheels.wheel(broken, tmp_path, "require")


def test_a_wheel_that_has_not_got_what_its_name_says_is_refused(built, tmp_path: Path) -> None:
    wrong = wheels.Built(built.sources, built.pure, built.pure, built.sdk)
    with pytest.raises(DevError, match=r"_native\.abi3\.so"):
        wheels.check(wrong)
    with pytest.raises(DevError, match="pure Python"):
        wheels.check(wheels.Built(built.sources, built.native, built.native, built.sdk))
