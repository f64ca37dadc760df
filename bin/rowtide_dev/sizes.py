"""The limits on the size of a file, a function and a constructor; above them a file waits to be divided."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX = 600
TEST_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 7
FOLDERS = ("connector/rowtide", "sdk/rowtide_sdk", "bin/rowtide_dev", "tests")
VAGUE = ("utils", "helpers", "common", "misc", "core", "base", "manager")
# Tables of constants may be as long as what they list.
TABLES: frozenset[str] = frozenset()


def problems() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name not in TABLES:
                yield from _problems_of(path, name, TEST_LINES_MAX if folder == "tests" else MODULE_LINES_MAX)


def _problems_of(path: Path, name: str, lines_max: int) -> Iterator[str]:
    text = path.read_text()
    if (lines := text.count("\n")) > lines_max:
        yield f"{name}: {lines} lines, more than {lines_max}"
    if path.stem in VAGUE or path.parent.name in VAGUE:
        yield f"{name}: a name that says nothing; name it after what it holds"
    tree = ast.parse(text, name)
    if text.strip() and not ast.get_docstring(tree) and not name.startswith("tests/"):
        yield f"{name}: no sentence on what the module is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, more than {FUNCTION_LINES_MAX}"
            parameters = len(node.args.posonlyargs) + len(node.args.args) + len(node.args.kwonlyargs) - 1
            if node.name == "__init__" and parameters > PARAMETERS_MAX:
                yield f"{name}:{node.lineno}: a constructor with {parameters} parameters, more than {PARAMETERS_MAX}"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or "sizes: within the limits")
    sys.exit(bool(found))
