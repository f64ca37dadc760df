"""A Java program, run from its source, that answers questions: one JSON object a line, there and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_END_S = 30


class JavaProgram:
    """One JVM for all questions, as its start takes a second.

    Args:
        source: the file with its main class.
        jars: folders of the jars that it uses.
        log: where its errors go.
        options: of the JVM.
    """

    def __init__(self, source: Path, jars: Sequence[Path], log: Path, *options: str) -> None:
        self._log = log
        classpath = ":".join(f"{folder}/*" for folder in jars)
        small = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["java", *small, *options, "-cp", classpath, str(source)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, encoding="utf-8",
            )  # fmt: skip

    def ask(self, **request: Any) -> Any:
        """Raises RuntimeError with the end of the log when the program has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the JVM ended:\n" + self._log.read_text()[-4000:])
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_END_S)
