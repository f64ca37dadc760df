"""Packets of a query's answer to rows of the text protocol.

The reference of the native engine's reader (`connector/rust/engine/src/result_set`): bytes in, cut anywhere, rows out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.packets import EOF, OK, PacketReader
from rowtide.changes import RawRow, RowImages
from rowtide.errors import BinlogError

Row = tuple[bytes | None, ...]
CellReader = Callable[[bytes | None], object]

_LOCAL_FILE = 0xFB
_NULL = 0xFB
_EOF_BYTES_MAX = 9
_FULL_FRAME = 0xFFFFFF
_MORE_RESULTS = 8
_COLUMNS_MAX = 65_535


class SnapshotImages(RowImages, Protocol):
    """Rows of a snapshot's query."""

    def split_last(self) -> tuple[Self, Self]:
        """All rows but the last, and the last."""
        ...


@dataclass(frozen=True, slots=True)
class BlockSize:
    """Rows come in blocks, which are closed at so many rows or bytes; one row may be longer."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TextLayout:
    """For each column of the table its place in the rows and how its cells are read; None where it was not selected."""

    columns: Sequence[tuple[int, CellReader] | None]


class TextImages:
    """Rows of one block, turned to raw values when asked for."""

    __slots__ = ("_layout", "_rows")

    def __init__(self, rows: Sequence[Row], layout: TextLayout) -> None:
        self._rows = rows
        self._layout = layout

    def __len__(self) -> int:
        return len(self._rows)

    def split_last(self) -> tuple[TextImages, TextImages]:
        """All rows but the last, and the last."""
        return TextImages(self._rows[:-1], self._layout), TextImages(self._rows[-1:], self._layout)

    def __iter__(self) -> Iterator[tuple[None, RawRow]]:
        columns = self._layout.columns
        for row in self._rows:
            yield None, [None if column is None else column[1](row[column[0]]) for column in columns]


class ResultSet:
    """Reads the answer to one statement. Of several results the rows of the first are kept.

    Attributes:
        columns: names, None until they are known; empty for an answer without rows.
        done: the whole answer was read.
        refusal: the packet with which the server ended its answer instead.
    """

    def __init__(self, deprecate_eof: bool, size: BlockSize) -> None:
        """Args: deprecate_eof: the connection's capability CLIENT_DEPRECATE_EOF."""
        self.columns: list[str] | None = None
        self.done = False
        self.refusal: bytes | None = None
        self._packets = PacketReader()
        self._deprecate_eof = deprecate_eof
        self._end_size = (
            _FULL_FRAME if deprecate_eof else _EOF_BYTES_MAX
        )  # a packet with the mark of an end, but longer
        self._size = size
        self._read: Callable[[bytes], None] = self._start
        self._names: list[str] = []
        self._columns_left = 0
        self._further = False
        self._open: list[Row] = []
        self._open_bytes = 0
        self._ready: deque[list[Row]] = deque()
        self._failure: BinlogError | None = None

    def feed(self, data: bytes | memoryview) -> None:
        """Raises BinlogError when the bytes make no sense."""
        if self._failure is not None:
            raise self._failure
        self._packets.feed(data)
        try:
            while (packet := self._packets.next_packet()) is not None:
                if packet[:1] == b"\xff" and not self.done:
                    self.refusal = packet
                    self._finish()
                else:
                    self._read(packet)
        except BinlogError as error:
            self._failure = error
            raise

    def take(self, layout: TextLayout) -> tuple[TextImages, bool] | None:
        """The next block, and whether it is the last: a full one, or at the end of the rows what is left.

        Not before that is known, which needs no more than the beginning of what follows.
        """
        ended = self.done or self._further
        follows = len(self._ready) > 1 or bool(self._open) or (self._read == self._row and self._row_begins())
        if not self._ready or not (ended or follows):
            return None
        block = TextImages(self._ready.popleft(), layout)
        return block, ended and not self._ready

    def _row_begins(self) -> bool:
        """Whether what comes next is a row, or an error that ends the rows all the same."""
        begun = self._packets.peek()
        return self._packets.continued or (begun is not None and not (begun[0] == EOF and begun[1] < self._end_size))

    def _start(self, packet: bytes) -> None:
        mark = packet[0] if packet else None
        if mark == OK:
            self.columns = self.columns or []
            self._end_of_result(_ok_status(packet))
        elif mark == _LOCAL_FILE:
            raise BinlogError("The server asks for a local file, which it is not given.")
        else:
            count = Cursor(packet).lenenc()
            if count == 0 or count > _COLUMNS_MAX:
                raise BinlogError(f"An answer cannot have {count} columns.")
            self._columns_left = count
            self._read = self._column

    def _column(self, packet: bytes) -> None:
        """Catalog, database, table twice, name; what follows is not needed."""
        if not self._further:
            cursor = Cursor(packet)
            for _ in range(4):
                cursor.lenenc_bytes()
            self._names.append(cursor.lenenc_bytes().decode("utf-8", "replace"))
        self._columns_left -= 1
        if self._columns_left == 0:
            self.columns = self._names
            self._read = self._row if self._deprecate_eof else self._end_of_columns

    def _end_of_columns(self, packet: bytes) -> None:
        if not _ends(packet, _EOF_BYTES_MAX):
            raise BinlogError("The descriptions of the columns do not end.")
        self._read = self._row

    def _row(self, packet: bytes) -> None:
        if _ends(packet, self._end_size):
            self._end_of_result(_ok_status(packet) if self._deprecate_eof else _eof_status(packet))
        elif not self._further:
            self._open.append(cells(packet, len(self._names)))
            self._open_bytes += len(packet)
            if len(self._open) >= self._size.rows or self._open_bytes >= self._size.bytes:
                self._close_block()

    def _after_end(self, packet: bytes) -> None:
        raise BinlogError("A packet follows the end of the answer.")

    def _close_block(self) -> None:
        if self._open:
            self._ready.append(self._open)
            self._open, self._open_bytes = [], 0

    def _end_of_result(self, status: int) -> None:
        if status & _MORE_RESULTS:
            self._close_block()
            self._further = True
            self._read = self._start
        else:
            self._finish()

    def _finish(self) -> None:
        self._close_block()
        self.done = True
        self._read = self._after_end


def cells(row: bytes, columns: int) -> Row:
    """The cells of a row's packet. Raises BinlogError when it has more or less."""
    found: list[bytes | None] = []
    pos, end = 0, len(row)
    for _ in range(columns):
        if pos >= end:
            raise BinlogError("A row has less than its columns.")
        size = row[pos]
        pos += 1
        if size == _NULL:
            found.append(None)
            continue
        if size > _NULL:
            width = {0xFC: 2, 0xFD: 3, EOF: 8}.get(size, end)
            size = int.from_bytes(row[pos : pos + width], "little")
            pos += width
        if pos + size > end:
            raise BinlogError("A row has less than its columns.")
        found.append(row[pos : pos + size])
        pos += size
    if pos < end:
        raise BinlogError("A row has more than its columns.")
    return tuple(found)


def _ends(packet: bytes, length: int) -> bool:
    """Whether a packet in the place of a row ends the rows: a row that begins so is longer."""
    return packet[:1] == b"\xfe" and len(packet) < length


def _eof_status(packet: bytes) -> int:
    """Mark, number of warnings, status. Servers of old send the mark alone."""
    cursor = Cursor(packet, 1)
    if not cursor.remaining:
        return 0
    cursor.uint(2)
    return cursor.uint(2)


def _ok_status(packet: bytes) -> int:
    """Mark, number of rows, last id, status."""
    cursor = Cursor(packet, 1)
    cursor.lenenc()
    cursor.lenenc()
    return cursor.uint(2)
