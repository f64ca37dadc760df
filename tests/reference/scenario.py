"""A scenario: a case to be run through the reference and through our connector.

It is a folder: connector.json (the connector's configuration without connection settings; {prefix} stands for its topic
prefix, {registry} for the schema registry, {flavor} for the kind of server), before.sql (what the snapshot finds) and
changes.sql (run once all stream). after.sql, if there is one, is run after the last row that is waited for: it may
change what connectors commit, but no records of its own are waited for. `flavors` names the servers that it is for, a
word each, when it is not for all. A statement ends with a semicolon at the end of a line; a line that starts with `-- `
is a comment. They run in the database `twin`, in one session. Where several scenarios run at once each has a database
of its own, whose name of four letters stands wherever the word `twin` does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

FLAVORS = ("mariadb", "mysql")
DATABASE = "twin"
_WORD = re.compile(rf"\b{DATABASE}\b")
_FOR_ITSELF = re.compile(
    r"\b(CREATE|DROP|ALTER)\s+(OR\s+REPLACE\s+)?(DATABASE|SCHEMA|USER|ROLE)\b|\bSET\s+(@@)?(GLOBAL|PERSIST)\b"
    r"|\b(FLUSH|RESET|PURGE|GRANT|REVOKE)\b",
    re.IGNORECASE,
)
"""What concerns the whole server, so that other scenarios at the same time would see it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    folder: Path
    database: str = DATABASE

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def flavors(self) -> tuple[str, ...]:
        file = self.folder / "flavors"
        if not file.exists():
            return FLAVORS
        named = tuple(file.read_text().split())
        if not named or set(named) - set(FLAVORS):
            raise ValueError(f"{file}: {FLAVORS} are known, not {named}")
        return named

    @property
    def config(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._text("connector.json"))
        return found

    @property
    def for_itself(self) -> bool:
        """Whether it has to run alone on its server."""
        return bool(_FOR_ITSELF.search(self._text("before.sql") + self._text("changes.sql")))

    def placed(self, database: str) -> Scenario:
        return replace(self, database=database)

    def statements(self, name: str) -> list[str]:
        lines = self._text(name).splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("-- ")) + "\n"
        return [part.strip() for part in text.split(";\n") if part.strip()]

    def _text(self, name: str) -> str:
        file = self.folder / name
        return _WORD.sub(self.database, file.read_text()) if file.exists() else ""


def scenarios(folders: list[Path]) -> list[Scenario]:
    return [Scenario(path.parent) for folder in folders for path in sorted(folder.glob("*/connector.json"))]
