"""bin/wheels: builds the distributions of this folder, and looks into each whether it is what its name says.

    wheels [FOLDER]     into FOLDER (dist):
        rowtide-V.tar.gz                    sources; installing them builds the native engine where cargo is
        rowtide-V-cp311-abi3-PLATFORM.whl   with the native engine, for CPython 3.11 and later on this platform
        rowtide-V-py3-none-any.whl          without it, for everywhere else
        rowtide_sdk-V-py3-none-any.whl

Both wheels of the connector are built from its source distribution, so that this is whole, too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rowtide_dev.errors import DevError
from rowtide_dev.services import ROOT, state_folder

EXTENSION = "rowtide/_native.abi3.so"
_LEFT_OUT = ("target", "fuzz", "build", "dist", "__pycache__", "*.egg-info", "*.so", "*.py[cod]")
_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Built:
    """Attributes:
    native: the wheel with the extension.
    pure: the one without.
    """

    sources: Path
    native: Path
    pure: Path
    sdk: Path


def build(folder: Path) -> Built:
    """Raises DevError when a build fails, or makes something else than it should."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        sources = _source_distribution(Path(work), folder)
        built = Built(
            sources,
            wheel(unpacked(sources, Path(work) / "native"), folder, "require"),
            wheel(unpacked(sources, Path(work) / "pure"), folder, "off"),
            wheel(_copied("sdk", Path(work)), folder, "off"),
        )
    check(built)
    return built


def wheel(sources: Path, folder: Path, mode: str, environment: dict[str, str] | None = None) -> Path:
    """Builds one wheel with what is installed here. `mode` is what connector/setup.py takes as ROWTIDE_NATIVE."""
    with tempfile.TemporaryDirectory() as made:
        target = os.environ.get("CARGO_TARGET_DIR") or str(state_folder() / "wheels" / "target")
        _run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
             "--wheel-dir", made, str(sources)],
            {**os.environ, "CARGO_TARGET_DIR": target, **(environment or {}), "ROWTIDE_NATIVE": mode},
        )  # fmt: skip
        (found,) = Path(made).iterdir()
        return Path(shutil.move(found, folder / found.name))


def check(built: Built) -> None:
    """Raises DevError for a wheel whose content doesn't fit its name."""
    if "-cp311-abi3-" not in built.native.name or EXTENSION not in _names(built.native):
        raise DevError(f"{built.native.name} has not got {EXTENSION}, or does not say so")
    for pure in (built.pure, built.sdk):
        compiled = [name for name in _names(pure) if name.endswith(".so")]
        if not pure.name.endswith("-py3-none-any.whl") or compiled:
            raise DevError(f"{pure.name} is to be pure Python, and has {compiled}")


def _names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def _copied(project: str, work: Path) -> Path:
    """A copy without what earlier builds have left, which a build would take in."""
    copy = work / "copies" / project
    shutil.copytree(ROOT / project, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return copy


def _source_distribution(work: Path, folder: Path) -> Path:
    code = "import sys; from setuptools.build_meta import build_sdist; print(build_sdist(sys.argv[1]))"
    output = _run(
        [sys.executable, "-c", code, str(folder.resolve())],
        {**os.environ, "ROWTIDE_NATIVE": "off"},
        _copied("connector", work),
    )
    return folder / output.splitlines()[-1]


def unpacked(sources: Path, into: Path) -> Path:
    """The folder with what a source distribution has."""
    with tarfile.open(sources) as archive:
        archive.extractall(into, filter="data")
    (top,) = into.iterdir()
    return top


def _run(command: list[str], environment: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
    )
    if done.returncode != 0:
        raise DevError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return done.stdout


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("wheels", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist", metavar="FOLDER")
    built = build(parser.parse_args(arguments).folder)
    for path in (built.sources, built.native, built.pure, built.sdk):
        print(f"{path} ({path.stat().st_size / 1000:,.0f} kB)")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DevError as error:
        sys.exit(f"wheels: {error}")
