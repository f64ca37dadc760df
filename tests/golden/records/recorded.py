"""Reads what `record.py` wrote, as the objects of our model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from rowtide.tables.model import Column, Table, TableId

HERE = Path(__file__).parent


@dataclass
class Recorded:
    name: str
    config: dict[str, str]
    records: list[dict] = field(default_factory=list)
    history: list[dict] = field(default_factory=list)
    rows: dict[str, list[list[bytes | None]]] = field(default_factory=dict)

    def tables(self) -> dict[str, list[Table]]:
        """All versions of each table, by table name, in the order of the history."""
        found: dict[str, list[Table]] = {}
        for entry in self.history:
            for change in entry["tableChanges"]:
                if change.get("table"):
                    table = table_of(change)
                    found.setdefault(table.id.table, []).append(table)
        return found


def names() -> list[str]:
    return sorted(path.stem for path in (HERE / "cases").glob("*.json"))


def load(name: str) -> Recorded:
    case = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8"))
    config = {key: value.replace("{db}", "db") for key, value in case["config"].items()}
    recorded = Recorded(name, {"topic.prefix": "srv", **config})
    for text in (HERE / "recorded" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if "record" in line:
            recorded.records.append(line["record"])
        elif "history" in line:
            recorded.history.append(line["history"])
        else:
            cells = [[None if cell is None else bytes.fromhex(cell) for cell in row] for row in line["rows"]["rows"]]
            recorded.rows[line["rows"]["table"]] = cells
    return recorded


def table_of(change: dict) -> Table:
    """A table of a schema history record."""
    database, _, name = change["id"].strip('"').partition('"."')
    table = change["table"]
    return Table(
        TableId(database, name),
        tuple(column_of(column) for column in table["columns"]),
        tuple(table["primaryKeyColumnNames"]),
        table["defaultCharsetName"],
        change["comment"],
    )


def column_of(column: dict) -> Column:
    return Column(
        name=column["name"],
        position=column["position"],
        jdbc_type=column["jdbcType"],
        type_name=column["typeName"],
        type_expression=column["typeExpression"],
        charset=column["charsetName"],
        length=column.get("length"),
        scale=column.get("scale"),
        optional=column["optional"],
        auto_incremented=column["autoIncremented"],
        generated=column["generated"],
        comment=column["comment"],
        has_default=column["hasDefaultValue"],
        default=column.get("defaultValueExpression"),
        enum_values=tuple(column["enumValues"]),
    )
