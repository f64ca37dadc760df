"""Writes the tables of options, transforms and types in docs/ from the code, and says whether they are up to date.

python -m rowtide_dev.option_tables            writes them
python -m rowtide_dev.option_tables --check    exit code 1 and a line for each page that differs
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from rowtide.config.definition import ConfigKey, to_text
from rowtide.runtime.plugins import PluginKind
from rowtide.runtime.worker_options import NOT_USED, STANDALONE_OPTIONS, WORKER_OPTIONS
from rowtide.source.options import UNSUPPORTED, options
from rowtide_dev.transform_tables import sections
from rowtide_dev.type_tables import modes_table, types_table

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _default(key: ConfigKey) -> str:
    if key.required:
        return "**required**"
    text = to_text(key.type, key.default)
    return f"`{text}`" if text else ""


def option_table(keys: Iterable[ConfigKey]) -> str:
    rows = [f"| `{key.name}` | {_cell(_default(key))} | {_cell(key.documentation)} |" for key in keys]
    return "\n".join(["| name | default | |", "|---|---|---|", *rows])


def reason_table(reasons: Iterable[tuple[str, str]]) -> str:
    return "\n".join(["| name | |", "|---|---|", *(f"| `{name}` | {_cell(reason)} |" for name, reason in reasons)])


def grouped_tables(flavor: str) -> str:
    groups: dict[str, list[ConfigKey]] = {}
    for key in options(flavor):
        groups.setdefault(key.group or "Other", []).append(key)
    return "\n\n".join(f"### {group}\n\n{option_table(keys)}" for group, keys in groups.items())


TABLES: dict[tuple[str, str], Callable[[], str]] = {
    ("worker.md", "worker options"): lambda: option_table(WORKER_OPTIONS),
    ("worker.md", "standalone options"): lambda: option_table(
        key for key in STANDALONE_OPTIONS if key.name not in WORKER_OPTIONS
    ),
    ("worker.md", "unused options"): lambda: reason_table(NOT_USED.items()),
    ("connectors.md", "connector options"): lambda: grouped_tables("mysql"),
    ("connectors.md", "refused options"): lambda: reason_table(UNSUPPORTED.items()),
    ("transforms.md", "transforms"): lambda: sections(PluginKind.TRANSFORMATION, option_table),
    ("transforms.md", "predicates"): lambda: sections(PluginKind.PREDICATE, option_table),
    ("types.md", "column types"): types_table,
    ("types.md", "modes"): modes_table,
}


def with_tables(page: str, text: str) -> str:
    """A page's text with the tables that belong between its markers."""
    for (name, title), table in TABLES.items():
        if name == page:
            begin, end = f"<!-- begin {title} -->", f"<!-- end {title} -->"
            if text.count(begin) != 1 or text.count(end) != 1:
                raise ValueError(f"{page} has no place, or several, for the {title}")
            before, _, rest = text.partition(begin)
            text = f"{before}{begin}\n{table()}\n{end}{rest.partition(end)[2]}"
    return text


def main(arguments: list[str]) -> int:
    differ = 0
    for page in sorted({name for name, _ in TABLES}):
        path = DOCS / page
        text = path.read_text()
        made = with_tables(page, text)
        if made == text:
            continue
        differ += 1
        if "--check" in arguments:
            print(f"docs/{page} is not what the declarations say: run bin/docs")
        else:
            path.write_text(made)
            print(f"docs/{page} is written anew")
    return int(bool(differ) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
