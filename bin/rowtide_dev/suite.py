"""bin/test: the checks and tests of this repository, on servers of its own.

    test               everything: lint, then all tests
    test PART...       parts: lint fuzz unit integration cluster reference migration quickstart kill
    test versions      integration tests on every version of the servers, one after the other, with more rows
    test compare       every scenario through the real Debezium and through ours, on MariaDB and MySQL
    test transforms    every transform beside its Java original, which the part reference does too; needs no servers
    test ddl           2,000 random statements on MariaDB and on MySQL, judged by the server
    test memory        a transaction of five million rows, and rows of megabytes, in bounded memory
    test long          kill and cluster, for longer, and versions, ddl, memory and compare
    test PART -- ARG   what follows -- goes to pytest

Each run starts new servers in .state/test and leaves none behind. A part that needs a server that can't be had fails,
and so does a run in which a test was skipped or none ran.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rowtide_dev import version_servers
from rowtide_dev.errors import DevError
from rowtide_dev.processes import Guard
from rowtide_dev.services import ROOT, Services, run_command, state_folder

LINT = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("mypy", "bin/rowtide_dev"),
    ("lint-imports",),
    ("python", "-m", "rowtide_dev.sizes"),
    ("python", "-m", "rowtide_dev.option_tables", "--check"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Attributes:
    paths: what pytest collects, those that exist; no paths means everything that has no part of its own.
    services: what has to run.
    program: a module that is run instead of pytest; its exit code tells.
    reference: of the paths, those that run with the reference engine, too, before all others.
    script: what is run first of all, with arguments.
    """

    paths: tuple[str, ...]
    services: tuple[str, ...] = ()
    program: str = ""
    reference: tuple[str, ...] = ()
    script: tuple[str, ...] = ()


_BOTH_ENGINES = ("binlog", "envelope", "native", "snapshot", "source", "streaming", "types")


SERVICES = ("kafka", "mariadb", "registry", "reference", "mysql97")
PARTS = {
    "fuzz": Part((), script=("bin/fuzz", "10")),
    "unit": Part(
        ("tests/unit", "tests/scripts", "tests/golden", "tests/differential"),
        script=("bin/rust-tests",),
        reference=(*(f"tests/unit/{name}" for name in _BOTH_ENGINES), "tests/golden"),
    ),
    "integration": Part(
        ("tests/integration",), ("kafka", "mariadb", "mysql97"), reference=("tests/integration/source/test_task.py",)
    ),
    "cluster": Part(("tests/cluster",), ("kafka", "mariadb")),
    "reference": Part(("tests/reference",), SERVICES),
    "migration": Part(("tests/migration",), ("kafka", "mariadb")),
    "quickstart": Part(("tests/quickstart",)),
    "kill": Part(("tests/kill",)),
}
LONG_PARTS = {
    "versions": Part(("tests/integration/versions",)),
    "transforms": Part(("tests/reference/transforms",)),
    "ddl": Part(("tests/integration/tables",), ("kafka", "mariadb", "mysql97")),
    "memory": Part(("tests/integration/runtime_task/test_memory.py",), ("kafka", "mariadb")),
    "compare": Part((), SERVICES, "tests.reference.compare"),
}
"""Those that only run when they are named. `versions` starts its servers, since not all fit everywhere at once."""
LONG = {
    "ROWTIDE_KILLS": "100",
    "ROWTIDE_CLUSTER_EVENTS": "50",
    "ROWTIDE_CLUSTER_CONNECTORS": "30",
    "ROWTIDE_CLUSTER_REAL": "3",
}
DDL = {"ROWTIDE_DDL_STATEMENTS": "2000", "ROWTIDE_DDL_SERVERS": "mariadb,mysql97"}
MEMORY = {"ROWTIDE_TEST_TRANSACTION_ROWS": "5000000"}
VERSIONS = {
    "ROWTIDE_TEST_VERSIONS": ",".join(version_servers.VERSIONS),
    "ROWTIDE_TEST_VERSION_ROWS": "5000",
}


def main(arguments: list[str]) -> int:
    names, pytest_arguments = _split(arguments)
    wanted = names or ["lint", *PARTS]
    extra = dict(LONG) if "long" in wanted else {}
    if "long" in wanted:
        wanted = [*(name for name in wanted if name != "long"), "kill", "cluster", *LONG_PARTS]
    if "versions" in wanted:
        extra |= VERSIONS
    if "ddl" in wanted:
        extra |= DDL
    if "memory" in wanted:
        extra |= MEMORY
    known = {**PARTS, **LONG_PARTS}
    if unknown := [name for name in wanted if name != "lint" and name not in known]:
        print(f"test: no part named {' '.join(unknown)}\n\n{__doc__}", file=sys.stderr)
        return 2
    lint_failed = "lint" in wanted and not lint()
    parts = [part for name, part in known.items() if name in wanted]
    code = run_tests(parts, pytest_arguments, extra) if parts else 0
    if lint_failed:
        print("test: the checks above failed", file=sys.stderr)
    return code or int(lint_failed)


def lint() -> bool:
    """Run every check, also after one has failed; whether all passed."""
    passed = True
    environment = {**os.environ, "MYPYPATH": ":".join(str(ROOT / folder) for folder in ("bin", "connector", "sdk"))}
    for command in LINT:
        begun = time.monotonic()
        program = Path(sys.executable).parent / command[0]
        done = subprocess.run(
            [program, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        passed = passed and done.returncode == 0
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {' '.join(command)} ({time.monotonic() - begun:.1f} s)",
            flush=True,
        )
        if done.returncode != 0:
            print(done.stdout + done.stderr, flush=True)
    return passed


def run_tests(parts: list[Part], arguments: list[str], extra: dict[str, str]) -> int:
    """What runs first; one pytest run over all parts, so that its closing line counts every test; programs."""
    paths = [path for part in parts for path in part.paths if (ROOT / path).exists()]
    reference = [path for part in parts for path in part.reference if (ROOT / path).exists()]
    programs = [part.program for part in parts if part.program]
    commands: list[tuple[list[str], dict[str, str]]] = [
        ([str(ROOT / part.script[0]), *part.script[1:]], {}) for part in parts if part.script
    ]
    if reference and not arguments:
        commands.append((_pytest(reference, []), {"ROWTIDE_ENGINE": "reference"}))
    if paths:
        commands.append((_pytest(paths, arguments), {}))
    commands += [([sys.executable, "-m", program], {}) for program in programs]
    if not commands:
        print("test: no test ran", file=sys.stderr)
        return 1
    names = [name for name in SERVICES if any(name in part.services for part in parts)]
    services = Services(state_folder() / "test")
    with Guard() as guard:
        try:
            for name in names:
                service = services.service(name)
                service.stop()  # a run before may have been killed together with its guard
                service.wipe()
            services.start(names, guard)
            environment = {**services.environment(), **extra, "PYTHONPATH": str(ROOT / "bin")}
            codes = [run_command(command, guard, {**environment, **own}, ROOT) for command, own in commands]
            return next((code for code in codes if code), 0)
        finally:
            services.stop(names)


def _pytest(paths: list[str], arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "rowtide_dev.strict_run", *paths, *arguments]


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        sys.exit(f"test: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
