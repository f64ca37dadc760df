"""A schema history record and its JSON text, as Debezium has them (HistoryRecord, JsonTableChangeSerializer).

Fields come in Debezium's order. Absent when unknown: `ddl`, `length`, `scale`, `defaultValueExpression`,
`previousId`, and `table` of a DROP; null when unknown: character sets and comments. Older versions left out more;
when reading, everything but source and position is optional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rowtide.connect.json_text import dumps, loads
from rowtide.errors import DataError, SchemaError
from rowtide.tables.history.json_table import change_from_json, change_to_json
from rowtide.tables.model import TableChange

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One statement and what it made of tables.

    Attributes:
        source: the Connect partition, `{"server": topic.prefix}`.
        position: the Connect offset; recovery compares it.
        ts_ms: when the record was made; None if the record does not say.
        database: where the statement ran or what it concerns; may be empty or None.
        changes: empty for what concerns no known table.
    """

    source: Mapping[str, object]
    position: Mapping[str, object]
    ts_ms: int | None
    database: str | None
    ddl: str | None
    changes: Sequence[TableChange] = ()

    def to_json(self) -> str:
        """One line of JSON, without spaces."""
        record: dict[str, object] = {"source": dict(self.source), "position": dict(self.position)}
        optional = {"ts_ms": self.ts_ms, "databaseName": self.database, "ddl": self.ddl}
        record |= {name: value for name, value in optional.items() if value is not None}
        record["tableChanges"] = [change_to_json(change) for change in self.changes]
        return dumps(record, escape_astral=False).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> HistoryRecord:
        """Reads a record of any version.

        Raises:
            SchemaError: it is not JSON, or lacks source or position, or describes a table wrongly.
        """
        try:
            record = loads(text)
        except DataError as error:
            raise SchemaError("a schema history record is not JSON") from error
        if not isinstance(record, dict):
            raise SchemaError("a schema history record is not a JSON object")
        source, position = record.get("source"), record.get("position")
        if not isinstance(source, dict) or not isinstance(position, dict):
            raise SchemaError("a schema history record has no source or no position")
        changes = record.get("tableChanges")
        changes = [] if changes is None else changes
        if not isinstance(changes, list):
            raise SchemaError("tableChanges of a schema history record is not a list")
        return cls(
            source,
            position,
            _optional(record.get("ts_ms"), int),
            _optional(record.get("databaseName"), str),
            _optional(record.get("ddl"), str),
            tuple(change_from_json(change) for change in changes),
        )


def _optional(value: object, kind: type[T]) -> T | None:
    return value if isinstance(value, kind) else None
