"""Rows of MariaDB's tables WITH SYSTEM VERSIONING whose two period columns are hidden, as changes of the present rows.

Their row events hold the hidden columns (row_start, row_end) behind the others, and the table's history as well: an
UPDATE adds the old row once more as a row that has ended, and a DELETE is an update that ends the row
(https://mariadb.com/kb/en/system-versioned-tables/). Whoever selects from the table sees none of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from rowtide.binlog.events import TableMap
from rowtide.changes import Operation, RawRow, RowImages
from rowtide.tables.model import Table

HIDDEN = 2
_TIMESTAMP2 = 17
_ENDS = frozenset({2_147_483_647_999_999, 4_294_967_295_999_999})
"""row_end of a present row, in µs: the last moment that TIMESTAMP(6) has, before MariaDB 11.5 and since."""

Pair = tuple[RawRow | None, RawRow | None]


def has_hidden_period(column_count: int, table_map: TableMap) -> bool:
    """Whether an event has two columns more than the table's definition, and they are such as the server hides."""
    return len(table_map.column_types) == column_count + HIDDEN and ends_with_period(table_map)


def ends_with_period(table_map: TableMap) -> bool:
    """Whether the last two columns may be a hidden period."""
    return (
        table_map.column_types[-HIDDEN:] == (_TIMESTAMP2, _TIMESTAMP2)
        and table_map.metadata[-HIDDEN:] == (6, 6)
        and not any(table_map.nullable[-HIDDEN:])
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring rows of an event with one operation.

    Attributes:
        first: index of the first one, counted from the first of the images that were given.
    """

    operation: Operation
    first: int
    images: Sequence[Pair]


def present_changes(images: RowImages, table: Table) -> Iterator[Run]:
    """What an event does to the rows that a SELECT shows. Raises BinlogError."""
    width = len(table.columns)
    changes = ((_change(before, after, width), index) for index, (before, after) in enumerate(images))
    numbered = [(operation, index, pair) for (operation, pair), index in changes]
    for operation, group in groupby(numbered, key=itemgetter(0)):
        run = list(group)
        if operation is not None:
            yield Run(operation, run[0][1], [pair for _, _, pair in run])


def _change(before: RawRow | None, after: RawRow | None, width: int) -> tuple[Operation | None, Pair]:
    was, is_now = _shown(before, width), _shown(after, width)
    if was is None and is_now is None:
        return None, (None, None)
    return "c" if was is None else "d" if is_now is None else "u", (was, is_now)


def _shown(row: RawRow | None, width: int) -> RawRow | None:
    return row[:width] if row is not None and row[-1] in _ENDS else None
