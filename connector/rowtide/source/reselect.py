"""Debezium's ReselectColumnsPostProcessor: columns that a row event shows as NULL, or lacks, are read again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from rowtide.binlog.values import UNAVAILABLE
from rowtide.changes import RawRow
from rowtide.connect.schema import Struct
from rowtide.envelope.post_processing import PostProcessor, RowEvent
from rowtide.errors import ConfigError, ServerError
from rowtide.mysql.server import Server, quoted
from rowtide.source.literals import literal
from rowtide.tables.model import Column, Table
from rowtide.tables.patterns import NameList
from rowtide.types import ColumnCodec
from rowtide.types.text import raw_from_text

log = logging.getLogger(__name__)

_PREFIX = "reselect."
Wanted = list[tuple[int, Column, ColumnCodec]]
"""Places in `after`, columns there, and how they are shown."""


class ReselectColumns(PostProcessor):
    """Options: `reselect.columns.include.list` and `reselect.columns.exclude.list`, expressions of `db.table:column`;
    `reselect.null.values`; `reselect.use.event.key`, look rows up by the record's key; `reselect.error.handling.mode`,
    `warn` or `fail`, what to do when the row is gone or cannot be read; `reselect.unavailable.values`, read what the
    log has left out (`unavailable.value.placeholder`).
    """

    def __init__(self) -> None:
        self._connect: Callable[[], Server] | None = None
        self._server: Server | None = None

    def configure(self, config: Mapping[str, str]) -> None:
        self._included = NameList(config.get(f"{_PREFIX}columns.include.list"), f"{_PREFIX}columns.include.list")
        self._excluded = NameList(config.get(f"{_PREFIX}columns.exclude.list"), f"{_PREFIX}columns.exclude.list")
        self._nulls = (config.get(f"{_PREFIX}null.values") or "true").strip().lower() == "true"
        self._unavailable = (config.get(f"{_PREFIX}unavailable.values") or "true").strip().lower() == "true"
        self._by_key = (config.get(f"{_PREFIX}use.event.key") or "false").strip().lower() == "true"
        mode = (config.get(f"{_PREFIX}error.handling.mode") or "warn").strip().lower()
        if mode not in ("warn", "fail"):
            raise ConfigError(f"{_PREFIX}error.handling.mode: {mode} is neither warn nor fail.")
        if (config.get(f"{_PREFIX}cache.enabled") or "false").strip().lower() == "true":
            raise ConfigError(f"{_PREFIX}cache.enabled is not supported: remove it to read every time.")
        self._fail = mode == "fail"

    def start(self, connect: Callable[[], Server]) -> None:
        self._connect = connect

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def apply(self, event: RowEvent) -> None:
        after = event.value["after"]
        if event.operation == "r" or event.key is None or not isinstance(after, Struct):
            return
        wanted = self._wanted(event, after)
        keys = self._key_columns(event)
        if not wanted or not keys or event.row is None:
            return
        try:
            row = self._row(event, wanted, keys)
        except ServerError as error:
            self._failed(f"Columns of {event.table.id} cannot be read again: {error.message}", error)
            return
        if row is None:
            self._failed(f"A row of {event.table.id} is gone before its columns could be read again.", None)
            return
        for (place, column, codec), cell in zip(wanted, row, strict=True):
            raw = raw_from_text(column)(cell)
            after[after.schema.fields[place].name] = codec.convert_snapshot(raw)

    def _wanted(self, event: RowEvent, after: Struct) -> Wanted:
        return [
            (place, column, codec)
            for place, (column, codec) in enumerate(event.columns)
            if self._is_missing(event.row, column, after.values[place]) and self._selected(event.table, column)
        ]

    def _is_missing(self, row: RawRow | None, column: Column, value: object) -> bool:
        if row is not None and row[column.position - 1] is UNAVAILABLE:
            return self._unavailable
        return self._nulls and value is None

    def _selected(self, table: Table, column: Column) -> bool:
        name = f"{table.id}:{column.name}"
        return self._included.matches(name) if self._included else not self._excluded.matches(name)

    def _key_columns(self, event: RowEvent) -> list[Column]:
        if not self._by_key or event.key is None:
            names: Sequence[str] = event.table.primary_key
        else:
            names = [field.name for field in event.key.schema.fields]
        return [column for name in names if (column := event.table.column(name)) is not None]

    def _row(self, event: RowEvent, wanted: Wanted, keys: list[Column]) -> tuple[bytes | None, ...] | None:
        assert event.row is not None
        names = ", ".join(quoted(column.name) for _, column, _ in wanted)
        table = f"{quoted(event.table.id.database)}.{quoted(event.table.id.table)}"
        # NULL-safe, since the columns of a chosen key may be NULL.
        where = " AND ".join(f"{quoted(c.name)} <=> {literal(c, event.row[c.position - 1])}" for c in keys)
        sql = f"SELECT {names} FROM {table} WHERE {where} LIMIT 1"  # noqa: S608 - quoted
        rows = self._query(sql)
        return rows[0] if rows else None

    def _query(self, sql: str) -> list[tuple[bytes | None, ...]]:
        """Opens the connection again once, since an idle one is closed by the server."""
        for attempt in (1, 2):
            server = self._server or self._open()
            try:
                return server.cells(sql)
            except ServerError as error:
                self.close()
                if attempt == 2 or not error.retriable:
                    raise
        raise AssertionError("unreachable")

    def _open(self) -> Server:
        assert self._connect is not None
        self._server = server = self._connect()
        server.execute("SET SESSION time_zone = '+00:00'")
        return server

    def _failed(self, sentence: str, cause: ServerError | None) -> None:
        if self._fail:
            raise ServerError(sentence) from cause
        log.warning("%s", sentence)
