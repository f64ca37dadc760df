"""The programs of the SDK's guide, with what it says they print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
README = Path(__file__).parents[3] / "sdk" / "README.md"


@dataclass(frozen=True)
class Program:
    name: str
    code: str
    output: str


def text_of_all() -> str:
    pages = [DOCS / "sdk.md", *sorted((DOCS / "sdk").glob("*.md"))]
    return "".join(page.read_text(encoding="utf-8") for page in pages)


def programs() -> list[Program]:
    """Python blocks; the next text block before another Python block is the program's output."""
    blocks = re.findall(r"^```(python|text)\n(.*?)^```$", text_of_all(), re.MULTILINE | re.DOTALL)
    found: list[Program] = []
    for language, text in blocks:
        if language == "text":
            found[-1] = Program(found[-1].name, found[-1].code, text)
        else:
            found.append(Program(text.splitlines()[0].removeprefix("# "), text, ""))
    return found


def write(folder: Path, replace: dict[str, str] | None = None) -> None:
    """Writes every program into the folder, by its name."""
    for program in programs():
        code = program.code
        for old, new in (replace or {}).items():
            code = code.replace(old, new)
        (folder / program.name).write_text(code, encoding="utf-8")
