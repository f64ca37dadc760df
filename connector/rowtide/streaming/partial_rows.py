"""Row images that lack columns, as servers log them with binlog_row_image=NOBLOB: what is missing is filled or marked.

Of an UPDATE, a value that is not after the change is the one before it. What neither image has is `UNAVAILABLE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowtide.binlog import events
from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.values import UNAVAILABLE
from rowtide.changes import RawRow
from rowtide.errors import BinlogError

_LEFT_OUT = frozenset({T.TINY_BLOB, T.MEDIUM_BLOB, T.LONG_BLOB, T.BLOB, T.MARIADB_BLOB_COMPRESSED, T.JSON})
"""What NOBLOB leaves out and a text or bytes can stand for: BLOB, TEXT and JSON of every length."""


def check_images(event: events.Rows, *, placeholders: bool) -> None:
    """Raises BinlogError for columns that the images lack, the one after an UPDATE but those that the one before has,
    and that nothing may stand for.

    Args:
        placeholders: something may stand for BLOB, TEXT and JSON.
    """
    if event.complete:
        return
    table_map = event.table_map
    before, after = set(_absent(event.columns_before)), set(_absent(event.columns_after))
    absent = sorted(before | after if event.columns_before is None or event.columns_after is None else before)
    name = f"{table_map.database}.{table_map.table}"
    if not placeholders:
        raise BinlogError(
            f"A row of {name} has not all its columns.",
            position=event.position,
            hint="A session changed binlog_row_image: SET GLOBAL binlog_row_image = 'FULL', let clients reconnect. Or "
            "set unavailable.value.placeholder, which is shown for BLOB, TEXT and JSON that NOBLOB leaves out.",
        )
    others = [place for place in absent if table_map.column_types[place] not in _LEFT_OUT]
    if others:
        raise BinlogError(
            f"A row of {name} lacks {_named(table_map, others)}, and unavailable.value.placeholder can only stand for "
            "BLOB, TEXT and JSON.",
            position=event.position,
            hint="SET GLOBAL binlog_row_image = 'FULL' (or 'NOBLOB', for tables without other types that are left "
            "out, such as GEOMETRY), let clients reconnect.",
        )


def images_of(event: events.Rows, first_row: int) -> events.RowImages:
    """The event's rows, with all columns."""
    return event.images(first_row) if event.complete else PartialImages(event, first_row)


class PartialImages:
    """Rows of an event whose images lack columns."""

    def __init__(self, event: events.Rows, first_row: int) -> None:
        self._images = event.images(first_row)
        self._before = _absent(event.columns_before)
        self._after = _absent(event.columns_after)

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[tuple[RawRow | None, RawRow | None]]:
        for before, after in self._images:
            marked = _with(before, self._before, None)
            yield marked, _with(after, self._after, marked)


def _absent(present: Sequence[bool] | None) -> list[int]:
    return [place for place, there in enumerate(present or ()) if not there]


def _with(row: RawRow | None, absent: Sequence[int], other: RawRow | None) -> RawRow | None:
    if row is None or not absent:
        return row
    filled = list(row)
    for place in absent:
        filled[place] = UNAVAILABLE if other is None else other[place]
    return tuple(filled)


def _named(table_map: events.TableMap, places: Sequence[int]) -> str:
    names = table_map.details.names
    return ", ".join(f"column {names[place] if names else place + 1}" for place in places)
