"""bin/services: MariaDB, Kafka, the reference and servers of other versions in the background, or around one command.

    services start [NAME...]                        starts what doesn't run (kafka and mariadb when none is named);
                                                    names: kafka, mariadb, registry (which reference starts as
                                                    well), reference, and those of other versions:
                                                    mysql55 mysql56 mysql57 mysql80 mysql97 mysql97-replica
                                                    mariadb1011 mariadb1011-replica mariadb114 mariadb118
    services stop [NAME...]                         stops (all when none is named)
    services status                                 says what runs, and where
    services env                                    prints `export` lines for tests: eval "$(bin/services env)"
    services run [NAME...] -- COMMAND...            starts them, runs the command with that environment, stops them;
                                                    nothing is left behind, not even after kill -9 of this script
Everything listens on 127.0.0.1 only, on free ports that are chosen at the first start; data and logs are in .state
(ROWTIDE_STATE names another folder), jars and servers in ~/.cache/rowtide (ROWTIDE_CACHE).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rowtide_dev import version_servers
from rowtide_dev.errors import DevError
from rowtide_dev.kafka import Kafka
from rowtide_dev.mariadb import Mariadb
from rowtide_dev.processes import Detached, Guard, Launcher, Process, send_signal
from rowtide_dev.reference import JavaConnect, worker_properties
from rowtide_dev.registry import Registry
from rowtide_dev.service import Service

NAMES = ("kafka", "mariadb", "registry", "reference", *version_servers.NAMES)
DEFAULT = ("kafka", "mariadb")
ROOT = Path(__file__).resolve().parents[2]


def state_folder() -> Path:
    return Path(os.environ.get("ROWTIDE_STATE") or ROOT / ".state")


class Services:
    """The services of one state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kafka = Kafka(folder / "kafka")
        self.mariadb = Mariadb(folder / "mariadb")
        self.registry = Registry(folder / "registry")

    @property
    def reference(self) -> JavaConnect:
        broker = self.kafka.address if self.kafka.ports else ""  # it has none before its first start
        return JavaConnect(self.folder / "reference", broker, worker_properties("reference-connect", flush_ms=1000))

    def service(self, name: str) -> Service:
        if name in version_servers.NAMES:
            return version_servers.version_server(name, self.folder)
        service: Service = getattr(self, name)
        return service

    def running(self) -> list[str]:
        return [name for name in NAMES if (self.folder / name / "ports").exists() and self.service(name).attach()]

    def start(self, names: Sequence[str], launcher: Launcher) -> None:
        needed = {*names, *(version_servers.REPLICAS[name] for name in names if name in version_servers.REPLICAS)}
        if "reference" in names:
            needed |= {"kafka", "registry"}
        for name in [name for name in NAMES if name in needed]:
            begun = time.monotonic()
            service = self.service(name)
            if service.attach():
                print(f"{name}: runs already, {service.address}", file=sys.stderr)
                continue
            service.start(launcher)
            print(f"{name}: {service.address}, after {time.monotonic() - begun:.1f} s", file=sys.stderr)

    def stop(self, names: Sequence[str]) -> None:
        for name in [name for name in reversed(NAMES) if name in names and name in self.running()]:
            self.service(name).stop()
            print(f"{name}: stopped", file=sys.stderr)

    def environment(self) -> dict[str, str]:
        """What tests read to find the services."""
        variables = {"ROWTIDE_STATE": str(self.folder.resolve())}
        running = self.running()
        if "kafka" in running:
            variables["ROWTIDE_TEST_KAFKA"] = self.kafka.address
        if "mariadb" in running:
            variables["ROWTIDE_TEST_MARIADB_PORT"] = str(self.mariadb.port)
        if "registry" in running:
            variables["ROWTIDE_TEST_REGISTRY"] = self.registry.url
        if "reference" in running:
            variables["ROWTIDE_TEST_REFERENCE"] = self.reference.url
        versions = [name for name in running if name in version_servers.NAMES]
        if versions:
            variables["ROWTIDE_TEST_SERVERS"] = ",".join(f"{name}={self.service(name).port}" for name in versions)
        return variables


def run_command(command: list[str], launcher: Guard, environment: dict[str, str], cwd: Path) -> int:
    """Run a command in the foreground, its output ours; signals that we get go to it. Returns its exit code."""
    process = launcher.launch(command, cwd=cwd, env={**os.environ, **environment}, log=None)

    def forward(number: int, frame: FrameType | None) -> None:
        os.killpg(process.pid, number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        return _exit_code(process)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        send_signal(process, signal.SIGKILL)


def _exit_code(process: Process) -> int:
    while (code := process.poll()) is None:
        time.sleep(0.1)
    return code if code >= 0 else 128 - code


def main(arguments: list[str]) -> int:
    services = Services(state_folder())
    action, *rest = arguments or ["help"]
    names, separator, command = _split(rest)
    unknown = [name for name in names if name not in NAMES]
    if unknown or action not in ("start", "stop", "status", "env", "run") or bool(separator) != (action == "run"):
        print(__doc__, file=sys.stderr)
        return 2
    if action == "start":
        services.start(names or DEFAULT, Detached())
    elif action == "stop":
        services.stop(names or NAMES)
    elif action == "status":
        running = services.running()
        for name in NAMES:
            print(f"{name}: {services.service(name).address}" if name in running else f"{name}: not running")
    elif action == "env":
        for name, value in services.environment().items():
            print(f"export {name}='{value}'")
    else:
        return _run(services, names or list(DEFAULT), command)
    return 0


def _run(services: Services, names: list[str], command: list[str]) -> int:
    already = services.running()
    with Guard() as guard:
        try:
            services.start(names, guard)
            return run_command(command, guard, services.environment(), Path.cwd())
        finally:
            services.stop([name for name in NAMES if name not in already])


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    place = arguments.index("--")
    return arguments[:place], "--", arguments[place + 1 :]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        sys.exit(f"services: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
