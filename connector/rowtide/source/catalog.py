"""Which table version a row is read with.

Schema history first; where that does not fit the event, the live server if it agrees with the event; else what the
event itself tells (binlog_row_metadata=FULL).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.binlog.events import TableDetails, TableMap
from rowtide.errors import SchemaError, ServerError
from rowtide.mysql.server import Server
from rowtide.mysql.settings import ServerSettings
from rowtide.source.described_table import contradicts, described_table
from rowtide.streaming.system_versions import has_hidden_period
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Table, TableId

log = logging.getLogger(__name__)

_WIRE_TYPES: dict[str, frozenset[int]] = {
    "TINYINT": frozenset({1}),
    "SMALLINT": frozenset({2}),
    "MEDIUMINT": frozenset({9}),
    "INT": frozenset({3}),
    "BIGINT": frozenset({8}),
    "FLOAT": frozenset({4, 5}),  # FLOAT(25) and longer ones are stored as DOUBLE
    "DOUBLE": frozenset({5}),
    "DECIMAL": frozenset({0, 246}),
    "DATE": frozenset({10, 14}),
    "TIME": frozenset({11, 19}),
    "DATETIME": frozenset({12, 18}),
    "TIMESTAMP": frozenset({7, 17}),
    "YEAR": frozenset({13}),
    "BIT": frozenset({16}),
    "JSON": frozenset({245, 252}),
    "CHAR": frozenset({254}),
    "VARCHAR": frozenset({15, 253, 141}),
    "ENUM": frozenset({247, 254}),
    "SET": frozenset({248, 254}),
}
"""Type codes of TABLE_MAP (https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html) for what SHOW
CREATE TABLE prints.
"""


_SEQUENCE_TYPES = (8, 8, 8, 8, 8, 8, 1, 8)
_ASK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class _Refusal:
    """That nothing fits a table's rows. Holds for a while, since to find out means to ask the server."""

    error: SchemaError
    table: Table | None
    table_number: int
    at: float

    def holds(self, table: Table | None, table_map: TableMap) -> bool:
        same = table is self.table and table_map.table_id == self.table_number
        return same and time.monotonic() - self.at < _ASK_AGAIN_S


class Catalog:
    """Answers the stream's questions about tables. Bounded by the number of tables on the server."""

    def __init__(self, schemas: SchemaState, captured: Callable[[TableId], bool], settings: ServerSettings) -> None:
        self._schemas = schemas
        self._is_captured = captured
        self._settings = settings
        self._captured: dict[TableId, bool] = {}
        self._fitting: dict[TableId, tuple[Table, TableDetails]] = {}
        self._refused: dict[TableId, _Refusal] = {}

    def captured(self, table: TableId) -> bool:
        known = self._captured.get(table)
        if known is None:
            known = self._captured[table] = self._is_captured(table)
        return known

    def table_for(self, table_map: TableMap) -> Table | None:
        """The version that fits the event; None for what is no table: MariaDB logs the steps of a sequence as rows.

        Raises:
            SchemaError: neither history, event nor live server has one with these columns.
        """
        table_id = TableId(table_map.database, table_map.table)
        table = self._schemas.table(table_id)
        if table is not None and self._fits(table, table_map):
            return table
        if table is None and self._settings.flavor == "mariadb" and is_sequence(table_map):
            return None
        refusal = self._refused.pop(table_id, None)
        if refusal is not None and refusal.holds(table, table_map):
            self._refused[table_id] = refusal
            raise refusal.error.with_traceback(None)
        found = self._from_elsewhere(table_id, table_map)
        if found is not None:
            self._schemas.put(found)
            return found
        if table is not None and len(table.columns) == len(table_map.column_types):
            log.warning(
                "%s is read with a definition from the schema history whose types do not fit the rows", table_id
            )
            self._remember(table, table_map)
            return table
        known = "is not in it" if table is None else f"has {len(table.columns)} columns in it"
        error = SchemaError(
            f"A row of {table_id} has {len(table_map.column_types)} columns, but the schema history does not "
            f"tell which: the table {known}, "
            "and its present definition on the server does not fit either.",
            hint="Take a new snapshot: stop the connector, delete its offsets and its schema history topic, "
            "start it again.",
        )
        self._refused[table_id] = _Refusal(error, table, table_map.table_id, time.monotonic())
        raise error

    def _fits(self, table: Table, table_map: TableMap) -> bool:
        known = self._fitting.get(table.id)
        if known is not None and known[0] is table and known[1] is table_map.details:
            return True
        if not agrees(table, table_map):
            return False
        self._remember(table, table_map)
        return True

    def _remember(self, table: Table, table_map: TableMap) -> None:
        self._fitting[table.id] = table, table_map.details

    def _from_elsewhere(self, table_id: TableId, table_map: TableMap) -> Table | None:
        """The present definition tells more than an event, but only where they agree it is that of the row."""
        told = described_table(table_map, self._settings.flavor)
        live = self._live(table_id)
        if live is not None and agrees(live, table_map) and not (told and contradicts(told, live)):
            log.warning(
                "%s is read with its present definition on the server, since the schema history has no fitting one",
                table_id,
            )
            return live
        if told is not None:
            log.warning(
                "%s is read as its rows' events describe it; the schema history has nothing that fits", table_id
            )
        return told

    def _live(self, table_id: TableId) -> Table | None:
        try:
            with Server(self._settings) as server:
                statement = server.create_statement(table_id.database, table_id.table)
        except ServerError as error:
            if error.retriable:
                raise
            return None
        scratch = SchemaState(self._settings.flavor)
        scratch.apply(statement, table_id.database)
        return scratch.table(table_id)


def agrees(table: Table, table_map: TableMap) -> bool:
    """Whether a definition has the columns of a TABLE_MAP event, in number and type, and in name where it tells.

    An event may have two more, of a period that MariaDB hides (`rowtide.streaming.system_versions`).
    """
    count = len(table.columns)
    if count != len(table_map.column_types) and not has_hidden_period(count, table_map):
        return False
    names = table_map.details.names
    if names is not None and any(c.name.lower() != n.lower() for c, n in zip(table.columns, names, strict=False)):
        return False
    pairs = zip(table.columns, table_map.column_types, strict=False)
    return all(code in _WIRE_TYPES.get(column.base_type, (code,)) for column, code in pairs)


def is_sequence(table_map: TableMap) -> bool:
    """Whether the columns are those that every sequence has (https://mariadb.com/kb/en/create-sequence/)."""
    names = table_map.details.names
    return (
        table_map.column_types == _SEQUENCE_TYPES
        and not any(table_map.nullable)
        and (names is None or names[0] == "next_not_cached_value")
    )
