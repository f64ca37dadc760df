"""Row events: what is read at once, what only on demand, and what is refused."""

from __future__ import annotations

import zlib

import pytest

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Ignored, Rows
from rowtide.errors import BinlogError
from tests.unit.binlog.wire import Stream, decode, rows_body, u

TYPES = bytes([T.LONG, T.VARCHAR])
METADATA = u(50, 2)


def _row(number: int, text: bytes | None = b"x") -> bytes:
    nulls = b"\x02" if text is None else b"\x00"
    return nulls + u(number, 4) + (b"" if text is None else bytes([len(text)]) + text)


def _rows(event_type: int, data: bytes, *, types: bytes = TYPES, metadata: bytes = METADATA, **options: object) -> Rows:
    body = rows_body(event_type, 5, len(types), data, **options)
    event = decode(Stream().begin().table_map(5, types, metadata).event(event_type, body).data)[-1]
    assert isinstance(event, Rows)
    return event


@pytest.mark.parametrize("event_type", [EventType.WRITE_ROWS_V1, EventType.WRITE_ROWS_V2])
def test_inserted_rows(event_type: int) -> None:
    event = _rows(event_type, _row(1, b"one") + _row(2, None))
    assert event.kind == "c"
    assert event.table_map.table == "table"
    assert (event.columns_before, event.columns_after) == (None, (True, True))
    assert event.complete
    assert event.last_of_statement
    assert len(event) == 2
    assert list(event.images()) == [(None, [1, b"one"]), (None, [2, None])]


@pytest.mark.parametrize("event_type", [EventType.DELETE_ROWS_V1, EventType.DELETE_ROWS_V2])
def test_deleted_rows(event_type: int) -> None:
    event = _rows(event_type, _row(1) + _row(2), flags=0)
    assert event.kind == "d"
    assert not event.last_of_statement
    assert [before for before, after in event.images() if after is None] == [[1, b"x"], [2, b"x"]]


@pytest.mark.parametrize("event_type", [EventType.UPDATE_ROWS_V1, EventType.UPDATE_ROWS_V2])
def test_updated_rows(event_type: int) -> None:
    event = _rows(event_type, _row(1, b"old") + _row(1, b"new") + _row(2, None) + _row(3))
    assert event.kind == "u"
    assert list(event.images()) == [([1, b"old"], [1, b"new"]), ([2, None], [3, b"x"])]


def test_images_begin_at_any_row_and_may_be_read_again() -> None:
    event = _rows(EventType.WRITE_ROWS_V2, _row(1) + _row(2) + _row(3))
    images = event.images(1)
    assert len(images) == 2
    assert [after[0] for _, after in images] == [after[0] for _, after in images] == [2, 3]
    assert len(event.images(7)) == 0
    assert list(event.images(7)) == []


def test_columns_left_out_are_none_and_told() -> None:
    types = bytes([T.LONG, T.TINY, T.TINY])
    present = b"\x01\x06"
    event = _rows(EventType.UPDATE_ROWS_V2, b"\x00" + u(9, 4) + b"\x01\x07", types=types, metadata=b"", present=present)
    assert event.columns_before == (True, False, False)
    assert event.columns_after == (False, True, True)
    assert not event.complete
    assert list(event.images()) == [([9, None, None], [None, None, 7])]


def test_a_row_without_any_column_is_one_row() -> None:
    event = _rows(EventType.WRITE_ROWS_V2, b"", present=b"\x00")
    assert len(event) == 1
    assert list(event.images()) == [(None, [None, None])]
    assert list(event.images(1)) == []


def test_extra_data_of_version_two_is_passed_over() -> None:
    body = u(5, 6) + u(1, 2) + u(5, 2) + b"\x01\x02\x03" + b"\x02\x03" + _row(4)
    event = decode(Stream().begin().table_map(5, TYPES, METADATA).event(EventType.WRITE_ROWS_V2, body).data)[-1]
    assert isinstance(event, Rows)
    assert list(event.images()) == [(None, [4, b"x"])]


@pytest.mark.parametrize(
    "event_type", [EventType.MARIADB_WRITE_ROWS_COMPRESSED_V1, EventType.MARIADB_WRITE_ROWS_COMPRESSED]
)
def test_compressed_rows(event_type: int) -> None:
    rows = b"".join(_row(i, b"compressible" * 3) for i in range(20))
    event = _rows(event_type, b"\x82" + len(rows).to_bytes(2, "big") + zlib.compress(rows))
    assert len(event) == 20
    assert [after[0] for _, after in event.images(18)] == [18, 19]
    damaged = _rows(event_type, b"\x82" + len(rows).to_bytes(2, "big") + b"junk")
    with pytest.raises(BinlogError, match=r"db\.table.*does not expand"):
        len(damaged)


def test_a_table_number_that_only_ends_a_statement_is_ignored() -> None:
    body = rows_body(EventType.WRITE_ROWS_V2, 0xFFFFFF, 0, b"")
    assert isinstance(decode(Stream().begin().event(EventType.WRITE_ROWS_V2, body).data)[-1], Ignored)


def test_rows_of_a_table_that_was_not_named_are_refused() -> None:
    body = rows_body(EventType.WRITE_ROWS_V2, 6, 2, _row(1))
    with pytest.raises(BinlogError, match="table 6, which no TABLE_MAP"):
        decode(Stream().begin().table_map(5, TYPES, METADATA).event(EventType.WRITE_ROWS_V2, body).data)


def test_a_new_file_forgets_the_tables_of_the_last() -> None:
    stream = Stream().begin().table_map(5, TYPES, METADATA).begin()
    with pytest.raises(BinlogError, match="no TABLE_MAP"):
        decode(stream.rows(EventType.WRITE_ROWS_V2, 5, 2, _row(1)).data)


def test_a_table_that_changed_is_read_by_its_new_columns() -> None:
    stream = Stream().begin().table_map(5, TYPES, METADATA).rows(EventType.WRITE_ROWS_V2, 5, 2, _row(1))
    stream.table_map(5, bytes([T.TINY])).rows(EventType.WRITE_ROWS_V2, 5, 1, b"\x00\x09")
    first, second = [event for event in decode(stream.data) if isinstance(event, Rows)]
    assert list(second.images()) == [(None, [9])]
    assert list(first.images()) == [(None, [1, b"x"])]


def test_a_count_of_columns_other_than_the_tables_is_refused() -> None:
    body = rows_body(EventType.WRITE_ROWS_V2, 5, 3, _row(1))
    with pytest.raises(BinlogError, match="3 columns, its table 2"):
        decode(Stream().begin().table_map(5, TYPES, METADATA).event(EventType.WRITE_ROWS_V2, body).data)


def test_damaged_rows_are_refused_when_asked_for_with_table_and_byte() -> None:
    event = _rows(EventType.WRITE_ROWS_V2, _row(1) + b"\x00\x07\x00")
    offset = 19 + 8 + 2 + 1 + 1 + len(_row(1)) + 1
    with pytest.raises(BinlogError, match=rf"A row of db\.table cannot be read: .*byte {offset}") as raised:
        list(event.images())
    assert raised.value.offset == offset
    with pytest.raises(BinlogError, match=r"db\.table"):
        len(event)


def test_an_unreadable_column_matters_only_when_rows_are_asked_for() -> None:
    event = _rows(EventType.WRITE_ROWS_V2, b"\x00" + b"?" * 9, types=bytes([99]), metadata=b"")
    assert event.data == b"\x00" + b"?" * 9
    with pytest.raises(BinlogError, match=r"db\.table.*unknown type 99"):
        list(event.images())


def test_rows_of_early_5_1_are_refused_when_asked_for() -> None:
    event = _rows(EventType.WRITE_ROWS_V0, _row(1))
    assert event.data == _row(1)
    with pytest.raises(BinlogError, match=r"db\.table.*5\.1\.18"):
        len(event)
    with pytest.raises(BinlogError, match=r"db\.table.*5\.1\.18"):
        event.images()


JSON_TYPES = bytes([T.LONG, T.JSON, T.JSON])
JSON_METADATA = b"\x04\x04"
SEVEN = b"\x03\0\0\0" + b"\x05\x07\x00"


def _partial(*options: bytes) -> Rows:
    before = b"\x00" + u(1, 4) + SEVEN + SEVEN
    return _rows(
        EventType.PARTIAL_UPDATE_ROWS,
        b"".join(before + after for after in options),
        types=JSON_TYPES,
        metadata=JSON_METADATA,
    )


def test_partial_update_events_without_partial_values_are_read() -> None:
    event = _partial(b"\x00\x00" + u(2, 4) + SEVEN + SEVEN, b"\x01\x00\x04" + u(3, 4) + SEVEN)
    assert len(event) == 2
    assert list(event.images()) == [([1, "7", "7"], [2, "7", "7"]), ([1, "7", "7"], [3, "7", None])]


def test_a_partial_json_value_is_applied_to_the_document_before() -> None:
    replace = b"\0" + b"\x01$" + b"\x03\x05\x08\x00"
    event = _partial(
        b"\x00\x00" + u(2, 4) + SEVEN + SEVEN,
        b"\x01\x02\x00" + u(2, 4) + SEVEN + u(len(replace), 4) + replace,
    )
    assert len(event) == 2
    assert [after for _, after in event.images()] == [[2, "7", "7"], [2, "7", "8"]]


def test_a_partial_json_value_that_cannot_be_read_is_refused() -> None:
    event = _partial(b"\x01\x02\x00" + u(2, 4) + SEVEN + b"\x02\0\0\0??")
    assert len(event) == 1
    with pytest.raises(BinlogError, match=r"db\.table"):
        list(event.images())
