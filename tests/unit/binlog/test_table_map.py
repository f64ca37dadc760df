"""TABLE_MAP and its optional metadata."""

from __future__ import annotations

import pytest

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import TableDetails, TableMap
from rowtide.errors import BinlogError
from tests.unit.binlog.wire import Stream, decode, lenenc, table_map_body, u


def _field(number: int, content: bytes) -> bytes:
    return bytes([number]) + lenenc(len(content)) + content


def _strings(*values: bytes) -> bytes:
    return b"".join(lenenc(len(value)) + value for value in values)


def _map(types: bytes, metadata: bytes = b"", optional: bytes = b"") -> TableMap:
    event = decode(Stream().begin().table_map(5, types, metadata, optional).data)[1]
    assert isinstance(event, TableMap)
    return event


def test_names_types_metadata_and_nullability() -> None:
    types = bytes([T.LONG, T.VARCHAR, T.NEWDECIMAL, T.BLOB, T.DATETIME2, T.YEAR, T.STRING, T.BIT, T.VECTOR])
    metadata = u(300, 2) + bytes([10, 2]) + b"\x02" + b"\x03" + bytes([T.SET, 1]) + bytes([1, 1]) + b"\x04"
    body = bytearray(table_map_body(5, types, metadata))
    body[-2:] = b"\x02\x01"
    event = decode(Stream().begin().event(EventType.TABLE_MAP, bytes(body)).data)[1]
    assert isinstance(event, TableMap)
    assert (event.table_id, event.database, event.table) == (5, "db", "table")
    assert event.column_types == tuple(types)
    assert event.metadata == (0, 300, 10 | 2 << 8, 2, 3, 0, T.SET | 1 << 8, 1 | 1 << 8, 4)
    assert event.nullable == (False, True, False, False, False, False, False, False, True)
    assert event.details == TableDetails()


TYPES = bytes([T.LONG, T.VARCHAR, T.STRING, T.STRING, T.GEOMETRY, T.LONGLONG, T.BLOB, T.STRING, T.VECTOR])
METADATA = u(90, 2) + bytes([T.ENUM, 1]) + bytes([T.SET, 1]) + b"\x04" + b"\x02" + bytes([T.STRING, 20]) + b"\x04"


def test_all_optional_metadata() -> None:
    optional = (
        _field(1, b"\x40")
        + _field(2, lenenc(255) + b"\x01\x3f")
        + _field(4, _strings(*(bytes([97 + i]) for i in range(9))))
        + _field(5, b"\x02" + _strings(b"x", "ü".encode("cp1252")))
        + _field(6, b"\x03" + _strings(b"one", "zwö".encode(), b""))
        + _field(7, b"\x01")
        + _field(8, b"\x00\x05")
        + _field(11, lenenc(255) + lenenc(8))
        + _field(12, b"\xbf\x80")
        + _field(13, b"\x03")
    )
    details = _map(TYPES, METADATA, optional).details
    assert details.unsigned == (False, None, None, None, None, True, None, None, None)
    assert details.collations == (None, 255, 255, 8, None, None, 63, 255, 255)
    assert details.names == tuple("abcdefghi")
    assert details.set_values == ((), (), (), ("x", "ü"), (), (), (), (), ())
    assert details.enum_values == ((), (), ("one", "zwö", ""), (), (), (), (), (), ())
    assert details.geometry_types == (None, None, None, None, 1, None, None, None, None)
    assert details.primary_key == ((0, 0), (5, 0))
    assert details.visible == (True, False, True, True, True, True, True, True, True)
    assert details.vector_dimensions == (None,) * 8 + (3,)


def test_collations_column_by_column_and_key_prefixes() -> None:
    optional = (
        _field(3, lenenc(8) + lenenc(63) + lenenc(255) + lenenc(63))
        + _field(9, b"\x01\x0a\x00\x00")
        + _field(10, b"\x2d")
    )
    details = _map(TYPES, METADATA, optional).details
    assert details.collations == (None, 8, 45, 45, None, None, 63, 255, 63)
    assert details.primary_key == ((1, 10), (0, 0))


def test_years_count_as_numbers() -> None:
    details = _map(bytes([T.YEAR, T.LONG, T.BIT, T.LONG]), b"\x03\x00", _field(1, b"\xc0")).details
    assert details.unsigned == (True, True, None, False)


def test_geometries_count_as_text_on_mariadb_alone() -> None:
    optional = _field(3, lenenc(63) + lenenc(8))
    types, metadata = bytes([T.GEOMETRY, T.VARCHAR]), b"\x04" + u(5, 2)
    stream = Stream(version="11.8.2-MariaDB").begin().table_map(5, types, metadata, optional)
    event = decode(stream.data)[1]
    assert isinstance(event, TableMap)
    assert event.details.collations == (63, 8)
    with pytest.raises(BinlogError, match="left after the collations"):
        _map(types, metadata, optional)


def test_fields_of_later_servers_are_passed_over() -> None:
    assert _map(bytes([T.LONG]), b"", _field(99, b"anything") + _field(4, b"\x02id")).details.names == ("id",)


@pytest.mark.parametrize(
    ("optional", "message"),
    [
        (_field(2, b"\x08\x09\x08"), "text column 9 of 4"),
        (_field(8, b"\x0b"), "column 11 of 9"),
        (_field(6, b"\xf0"), "240 items"),
        (_field(4, b"\x01a"), "too early"),
        (b"\x01\x30", "too early"),
        (b"\x00\x00", "no type"),
    ],
)
def test_damaged_optional_metadata_is_refused(optional: bytes, message: str) -> None:
    with pytest.raises(BinlogError, match=message):
        _map(TYPES, METADATA, optional)


def test_metadata_must_fit_the_types() -> None:
    with pytest.raises(BinlogError, match="1 bytes are left after the columns' metadata"):
        _map(bytes([T.LONG]), b"\x01")
    with pytest.raises(BinlogError, match="too early"):
        _map(bytes([T.VARCHAR]), b"\x01")


def test_more_columns_than_a_table_can_have_are_refused() -> None:
    with pytest.raises(BinlogError, match="5000 columns"):
        _map(bytes([T.LONG]) * 5000)


def test_typed_arrays_have_their_items_type_as_metadata() -> None:
    event = _map(bytes([T.TYPED_ARRAY, T.TYPED_ARRAY, T.LONG]), bytes([T.LONGLONG]) + bytes([T.VARCHAR]) + u(70_000, 3))
    assert event.metadata == (T.LONGLONG, T.VARCHAR | 70_000 << 8, 0)


def test_a_repeated_table_keeps_its_meaning_under_a_new_header() -> None:
    stream = Stream().begin().table_map(5, bytes([T.LONG])).table_map(5, bytes([T.LONG]))
    _, first, second = decode(stream.data)
    assert isinstance(first, TableMap)
    assert isinstance(second, TableMap)
    assert first.header.next_position == second.position
    assert (first.column_types, first.details) == (second.column_types, second.details)


def test_tables_of_mysql_before_5_1_4_have_short_numbers() -> None:
    stream = Stream(checksum=False, version="5.1.3-alpha")
    lengths = bytearray(b"\0" * 27)
    lengths[EventType.TABLE_MAP - 1] = 6
    head = u(4, 2) + b"5.1.3-alpha".ljust(50, b"\0") + u(0, 4) + b"\x13"
    stream.event(EventType.FORMAT_DESCRIPTION, head + bytes(lengths))
    stream.event(EventType.TABLE_MAP, u(9, 4) + u(0, 2) + b"\x02db\0\x01t\0\x01" + bytes([T.LONG]))
    event = decode(stream.data)[1]
    assert isinstance(event, TableMap)
    assert (event.table_id, event.table, event.column_types) == (9, "t", (T.LONG,))
