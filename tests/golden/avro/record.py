"""Records what Confluent's real AvroConverter makes of the cases in `cases/`, as `recorded/<case>.jsonl`.

    PYTHONPATH=bin python -m tests.golden.avro.record [CASE ...]

It needs a JDK (Recorder.java is compiled when it runs); the jars come as those of the reference do. A case is a JSON
file: every one of its `records`, in JsonConverter's envelope, is written with every one of its `options`. The case
`debezium` is made of what `tests/golden/records` has recorded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rowtide_dev import jars

HERE = Path(__file__).parent
RECORDS = HERE.parent / "records" / "recorded"
DEBEZIUM = "debezium"


def requests(name: str) -> list[dict[str, Any]]:
    """What is asked, in order: `options` and `record`, an envelope's text."""
    if name == DEBEZIUM:
        return [{"options": {}, "record": text} for text in _debezium_records()]
    case = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8"))
    return [
        {"options": options, "record": json.dumps(record, ensure_ascii=False)}
        for options in case["options"]
        for record in case["records"]
    ]


def _debezium_records() -> list[str]:
    """Two keys and two values of each schema that Debezium wrote."""
    seen: dict[str, int] = {}
    found = []
    for file in sorted(RECORDS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").strip().split("\n"):  # not at U+2028
            record = json.loads(line).get("record") or {}
            for text in (record.get("key"), record.get("value")):
                schema = json.dumps(json.loads(text).get("schema")) if text else ""
                if schema and seen.get(schema, 0) < 2:
                    seen[schema] = seen.get(schema, 0) + 1
                    found.append(text)
    return found


def names() -> list[str]:
    return [*sorted(path.stem for path in (HERE / "cases").glob("*.json")), DEBEZIUM]


def main() -> int:
    classpath = f"{jars.avro_converter()}/*:{jars.folder('kafka')}/*"
    (HERE / "recorded").mkdir(exist_ok=True)
    for name in sys.argv[1:] or names():
        asked = "".join(json.dumps(request) + "\n" for request in requests(name))
        command = [
            "java",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
            "-cp",
            classpath,
            str(HERE / "Recorder.java"),
        ]
        done = subprocess.run(command, input=asked.encode(), stdout=subprocess.PIPE, check=True, timeout=300)
        (HERE / "recorded" / f"{name}.jsonl").write_bytes(done.stdout)
        print(f"{name}: {done.stdout.count(10)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
