"""Runs every scenario through the real Debezium and through our connector, on MariaDB and MySQL at once.

python -m tests.reference.compare [NAME...]    those scenarios; all when none is named

Prints what differs and, last, `N the same, M differ`; exit code 1 if anything does. ROWTIDE_SCENARIOS names further
folders of scenarios, separated by `:`; the services are those that ROWTIDE_TEST_* name (`bin/services env`).
ROWTIDE_TEST_WORKER is the address of a worker of ours that runs already; otherwise one is started.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rowtide_dev.processes import Guard
from rowtide_dev.reference import worker_properties
from rowtide_dev.worker import Worker
from tests import servers
from tests.reference.batch import DatabaseServer, Outcome, Places, run
from tests.reference.scenario import Scenario, scenarios

SHOWN = 8


def folders() -> list[Path]:
    """Where scenarios are."""
    more = os.environ.get("ROWTIDE_SCENARIOS", "").split(":")
    return [Path(__file__).parent / "scenarios", *map(Path, filter(None, more))]


@contextmanager
def worker(kafka: str, folder: Path) -> Iterator[str]:
    """REST address of a worker of ours."""
    if running := os.environ.get("ROWTIDE_TEST_WORKER"):
        yield running
        return
    made = Worker(folder, kafka, worker_properties("reference-ours", flush_ms=1000))
    with Guard() as guard:
        made.start(guard)
        yield made.url
        made.stop()


def database_servers() -> list[DatabaseServer]:
    return [DatabaseServer("mariadb", servers.mariadb_port()), DatabaseServer("mysql", servers.port_of("mysql97"))]


def main(names: list[str]) -> int:
    wanted = [scenario for scenario in scenarios(folders()) if not names or scenario.name in names]
    if unknown := set(names) - {scenario.name for scenario in wanted}:
        print(f"compare: no scenario is named {' '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, worker(servers.kafka(), Path(folder)) as ours:
        places = Places({"reference": servers.reference_url(), "ours": ours}, servers.kafka(), servers.registry_url())
        with ThreadPoolExecutor() as pool:
            counts = list(pool.map(lambda server: _compare(wanted, places, server), database_servers()))
    same, differ = (sum(count) for count in zip(*counts, strict=True))
    print(f"{same} the same, {differ} differ")
    return int(differ > 0 or same == 0)


def _compare(wanted: list[Scenario], places: Places, server: DatabaseServer) -> tuple[int, int]:
    same = differ = 0
    begun = time.monotonic()
    for outcome in run(wanted, places, server):
        found = outcome.differences()
        same, differ = same + (not found), differ + bool(found)
        print(_report(outcome, found, time.monotonic() - begun), flush=True)
    return same, differ


def _report(outcome: Outcome, found: list[str], elapsed_s: float) -> str:
    records = len(next(iter(outcome.captured.values()), []))
    head = f"[{elapsed_s:5.0f} s] {outcome.server.flavor} {outcome.scenario.name}: "
    if not found:
        return f"{head}the same, {records} records"
    more = [f"    and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f"{head}{len(found)} differences", *(f"    {line}" for line in found[:SHOWN]), *more])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
