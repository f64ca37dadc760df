"""Java libraries by the Maven client, kept in a folder that outlives every state folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from rowtide_dev.errors import DevError

POMS = Path(__file__).parent.parent / "maven"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
TIMEOUT_S = 600


def cache() -> Path:
    """Where jars are kept: ROWTIDE_CACHE, or rowtide in the user's cache folder."""
    if folder := os.environ.get("ROWTIDE_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rowtide"


def folder(name: str, *, without: tuple[str, ...] = ()) -> Path:
    """The folder with the runtime jars of bin/maven/NAME.pom.xml, downloaded when it isn't there yet.

    Args:
        without: file name prefixes that are left out, for plugins that must not bring what the worker has itself.
    """
    pom = POMS / f"{name}.pom.xml"
    identity = hashlib.sha256(pom.read_bytes() + repr((COPY, without)).encode()).hexdigest()[:12]
    target = cache() / "jars" / f"{name}-{identity}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _download(pom, target, without)
    return target


def _download(pom: Path, target: Path, without: tuple[str, ...]) -> None:
    unfinished = target.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    log = target.with_suffix(".log")
    command = [
        "mvn",
        "-B",
        "-q",
        "-Dstyle.color=never",
        "-f",
        str(pom),
        COPY,
        "-DincludeScope=runtime",
        f"-DoutputDirectory={unfinished}",
    ]
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=TIMEOUT_S
            )
        except FileNotFoundError as error:
            raise DevError("mvn is missing: run bin/setup java") from error
        except subprocess.TimeoutExpired as error:
            raise DevError(f"Maven did not get the jars of {pom.name} in {TIMEOUT_S} s; see {log}") from error
    if done.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise DevError(f"Maven could not get the jars of {pom.name} (exit code {done.returncode}):\n{end}")
    for jar in unfinished.iterdir():
        if jar.name.startswith(without):
            jar.unlink()
    unfinished.rename(target)
    log.unlink()
