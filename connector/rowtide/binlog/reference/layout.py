"""How the rows of one kind of event for one table lie in its bytes: columns present, their readers, rows one after
another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.event_types import ColumnType
from rowtide.binlog.events import RowImage, TableMap
from rowtide.binlog.reference.values.json_diff import changed_document
from rowtide.binlog.reference.values.reader import ValueReader
from rowtide.binlog.reference.values.registry import value_reader
from rowtide.errors import BinlogError

Present = tuple[bool, ...]


class ImageLayout:
    """One image: a bit a present column that says NULL (lowest first), then the values that are not."""

    __slots__ = ("_columns", "_count", "_null_bytes", "_steps")

    def __init__(self, readers: tuple[ValueReader, ...], present: Present) -> None:
        self._count = len(readers)
        self._columns = [(i, reader) for i, reader in enumerate(readers) if present[i]]
        self._null_bytes = (len(self._columns) + 7) // 8
        self._steps = _steps([reader for _, reader in self._columns])

    @property
    def empty(self) -> bool:
        return not self._columns

    def read(self, cursor: Cursor) -> RowImage:
        nulls = cursor.uint(self._null_bytes)
        image: list[object] = [None] * self._count
        for index, reader in self._columns:
            if not nulls & 1:
                image[index] = reader.read(cursor)
            nulls >>= 1
        return image

    def skip(self, cursor: Cursor) -> None:
        nulls = cursor.uint(self._null_bytes)
        if not nulls:
            for skip, size in self._steps:
                skip(cursor) if skip else cursor.skip(size)
            return
        for _, reader in self._columns:
            if not nulls & 1:
                reader.skip(cursor)
            nulls >>= 1


def _steps(readers: Iterable[ValueReader]) -> list[tuple[Callable[[Cursor], None] | None, int]]:
    """How to pass over an image without NULLs: neighbours of fixed size at once, others by their reader."""
    steps: list[tuple[Callable[[Cursor], None] | None, int]] = []
    for reader in readers:
        if reader.size is None:
            steps.append((reader.skip, 0))
        elif steps and steps[-1][0] is None:
            steps[-1] = None, steps[-1][1] + reader.size
        else:
            steps.append((None, reader.size))
    return steps


class PartialImageLayout:
    """The image after of a PARTIAL_UPDATE_ROWS event: options (length-encoded); if these have bit 0, a bit a JSON
    column of the table that says that its value is a list of changes to the value before; then an ordinary image."""

    __slots__ = ("_columns", "_count", "_json", "_null_bytes")

    empty = False

    def __init__(self, table: TableMap, readers: tuple[ValueReader, ...], present: Present) -> None:
        self._count = len(readers)
        self._columns = [(i, reader) for i, reader in enumerate(readers) if present[i]]
        self._null_bytes = (len(self._columns) + 7) // 8
        self._json = {i: n for n, i in enumerate(i for i, t in enumerate(table.column_types) if t == ColumnType.JSON)}

    def _partial(self, cursor: Cursor) -> int:
        options = cursor.lenenc()
        return cursor.uint((len(self._json) + 7) // 8) if options & 1 else 0

    def read(self, cursor: Cursor, before: RowImage) -> RowImage:
        partial = self._partial(cursor)
        nulls = cursor.uint(self._null_bytes)
        image: list[object] = [None] * self._count
        for index, reader in self._columns:
            if not nulls & 1:
                if index in self._json and partial >> self._json[index] & 1:
                    image[index] = changed_document(before[index], cursor)
                else:
                    image[index] = reader.read(cursor)
            nulls >>= 1
        return image

    def skip(self, cursor: Cursor) -> None:
        partial = self._partial(cursor)
        nulls = cursor.uint(self._null_bytes)
        for index, reader in self._columns:
            if not nulls & 1:
                if index in self._json and partial >> self._json[index] & 1:
                    cursor.skip(cursor.uint(4))
                else:
                    reader.skip(cursor)
            nulls >>= 1


class RowLayout:
    """One row: the image before, the image after, or both."""

    __slots__ = ("_after", "_before")

    def __init__(self, before: ImageLayout | None, after: ImageLayout | PartialImageLayout | None) -> None:
        self._before = before
        self._after = after

    @property
    def empty(self) -> bool:
        """Rows take no bytes: an INSERT of defaults alone with a MINIMAL image. Such an event has one row."""
        return all(image is None or image.empty for image in (self._before, self._after))

    def rows(self, cursor: Cursor) -> Iterator[tuple[RowImage | None, RowImage | None]]:
        """The rows up to the cursor's end."""
        before, after = self._before, self._after
        if isinstance(after, PartialImageLayout):
            yield from self._partial_rows(cursor, after)
            return
        if self.empty:
            cursor.expect_end("a row without columns")
            yield before.read(cursor) if before else None, after.read(cursor) if after else None
            return
        while cursor.remaining:
            yield before.read(cursor) if before else None, after.read(cursor) if after else None

    def _partial_rows(
        self, cursor: Cursor, after: PartialImageLayout
    ) -> Iterator[tuple[RowImage | None, RowImage | None]]:
        assert self._before is not None  # only updates are partial
        while cursor.remaining:
            image = self._before.read(cursor)
            yield image, after.read(cursor, image)

    def skip(self, cursor: Cursor) -> None:
        if self._before:
            self._before.skip(cursor)
        if self._after:
            self._after.skip(cursor)


class Layouts:
    """Layouts of one table, made as events need them."""

    __slots__ = ("_made", "_readers", "table")

    def __init__(self, table: TableMap) -> None:
        self.table = table
        self._readers: tuple[ValueReader, ...] | None = None
        self._made: dict[tuple[Present | None, Present | None, bool], RowLayout] = {}

    @property
    def readers(self) -> tuple[ValueReader, ...]:
        if self._readers is None:
            pairs = zip(self.table.column_types, self.table.metadata, strict=True)
            self._readers = tuple(value_reader(column_type, metadata) for column_type, metadata in pairs)
        return self._readers

    def layout(self, before: Present | None, after: Present | None, *, partial: bool = False) -> RowLayout:
        key = before, after, partial
        if key not in self._made:
            if len(self._made) >= _LAYOUTS_MAX:
                self._made.clear()
            self._made[key] = RowLayout(
                ImageLayout(self.readers, before) if before is not None else None,
                self._after(after, partial=partial) if after is not None else None,
            )
        return self._made[key]

    def _after(self, present: Present, *, partial: bool) -> ImageLayout | PartialImageLayout:
        return PartialImageLayout(self.table, self.readers, present) if partial else ImageLayout(self.readers, present)


_LAYOUTS_MAX = 64
"""Layouts kept for a table: with MINIMAL images each set of changed columns has its own."""


def wrong_rows(table: TableMap, error: BinlogError) -> BinlogError:
    """The error, with the table that the rows were read for."""
    return BinlogError(
        f"A row of {table.database}.{table.table} cannot be read: {error.message}",
        offset=error.offset,
        position=table.header.position,
    )
