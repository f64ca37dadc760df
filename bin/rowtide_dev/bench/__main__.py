"""bin/bench: races our connector against the real Debezium, on the same rows, server and broker, one after the other.

    bench                        every race three times, in about half an hour; prints a table
    bench --quick                every race once with few rows, in some minutes: shows that it works, no more
    bench --docs                 writes the table into docs/performance.md as well; refused while others use the machine
    bench json avro latency      these only; names: json schemas avro snapshot single wide tables updates transform
                                 latency limits
Kafka, MariaDB, the registry and the Java worker are started for the run, with new data, and ended after it.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from rowtide_dev.bench.report import Results, checks, table
from rowtide_dev.bench.session import NAMES, Plan, Session
from rowtide_dev.bench.stack import Stack
from rowtide_dev.errors import DevError
from rowtide_dev.processes import Guard
from rowtide_dev.services import ROOT, state_folder

DOCS = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: bin/bench --docs -->", "<!-- end of figures -->"
_QUICK = {"runs": 1, "rows": 40_000, "warm_up": 40_000, "seconds": 5.0}


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    given = {name: getattr(options, name) for name in ("runs", "rows", "warm_up", "seconds", "rate", "timeout_s")}
    chosen = {
        **(_QUICK if options.quick else {}),
        **{name: value for name, value in given.items() if value is not None},
    }
    plan = Plan(names=options.names or NAMES, **chosen)
    stack = Stack(state_folder() / "bench", options.engine, reference=not options.alone)
    with Guard() as guard:
        try:
            results = Session(stack.start(guard), plan).run()
        finally:
            stack.stop()
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results.plain(), indent=2) + "\n")
    if options.docs:
        write_docs(results, DOCS)
    return int(options.check and not all(check.kept for check in checks(results)))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="few rows, once")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a promise is not kept")
    parser.add_argument("--alone", action="store_true", help="without the reference")
    parser.add_argument("--engine", default="native", choices=("native", "reference"), help="ours (native)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--runs", type=int, help="of which medians are taken (3)")
    parser.add_argument("--rows", type=int, help="of the usual race (400000)")
    parser.add_argument("--warm-up", type=int, help="rows of a first race that does not count (400000)")
    parser.add_argument("--seconds", type=float, help="of the latency's writing (20)")
    parser.add_argument("--rate", type=int, help="rows/s of the latency's writing (5000)")
    parser.add_argument("--timeout", type=float, dest="timeout_s", metavar="SECONDS", help="of one side's race (300)")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"no race is named {' '.join(unknown)}; there are {' '.join(NAMES)}")
    return options


def write_docs(results: Results, path: Path) -> None:
    """Puts the table between the marks of a page. Raises DevError for figures of a busy machine."""
    if not results.quiet:
        raise DevError(f"the machine was busy (load {results.load_before:.1f}): {path.name} keeps its figures")
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise DevError(f"{path} has no place for figures ({BEGIN} … {END})")
    path.write_text(f"{before}{BEGIN}\n\n{table(results)}\n{END}{after}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
