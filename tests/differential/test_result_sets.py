"""Rows of the text protocol under both engines: the same records, or the same error, however the bytes come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowtide import native
from rowtide.changes import RowChanges, SnapshotMarker
from rowtide.envelope import RecordBuilder
from rowtide.errors import RowtideError
from rowtide.snapshot.reader import layout_of
from rowtide.snapshot.result_set import BlockSize, ResultSet
from rowtide.tables.model import Column, Table
from rowtide.types import jdbc
from tests.differential.columns import CASES, Case
from tests.differential.records import FACTS, OFFSET, Setting, config_of, encoder_of, planned, record_path, table_of
from tests.differential.test_records import CONVERTERS, MODES, some
from tests.unit.binlog.wire import u

Cell = bytes | None

# ---- what servers print, and what they never would


def _printed(low: int, high: int) -> st.SearchStrategy[bytes]:
    return st.integers(low, high).map(lambda number: str(number).encode())


def _texts(*texts: str) -> st.SearchStrategy[bytes]:
    return st.sampled_from([text.encode() for text in texts])


_NUMBERS = st.one_of(
    _printed(-300, 300), _printed(-(1 << 63), (1 << 64) - 1), _texts("00042", "+1", " 1", "1_0", "-", "1.5")
)
_DECIMALS = st.tuples(st.booleans(), st.text("0123456789", min_size=1, max_size=40), st.integers(0, 12)).map(
    lambda p: ("-" * p[0] + p[1] + ("." + p[1][: p[2]] if p[2] else "")).encode()
)
_DATES = st.dates().map(lambda day: day.isoformat().encode())
_CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.text("0123456789", max_size=6)).map(
    lambda p: f"{p[0]:02}:{p[1]:02}:{p[2]:02}{'.' if p[3] else ''}{p[3]}".encode()
)
_TIMES = st.one_of(
    _CLOCKS, _CLOCKS.map(lambda c: b"-" + c), _texts("838:59:59", "-838:59:59.999999", "1:02:03", "25:61:00")
)
_STRANGE_DAYS = _texts("0000-00-00", "2024-00-10", "2023-02-29", "0001-01-01", "9999-12-31", "24-1-1", "2024-13-01")
_MOMENTS = st.one_of(
    st.tuples(st.one_of(_DATES, _DATES, _STRANGE_DAYS), _CLOCKS).map(b" ".join),
    _texts("0000-00-00 00:00:00", "2024-01-01"),
)
_DOUBLES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda n: repr(n).encode()),
    _texts("1e400", "nan", "-0", "5", "1E-5"),
)
_TEXTS = st.one_of(st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=20))
_ITEMS = _texts("a", "b,c", "it's", "é", "", "nobody", "a,é", "é,a", "it's,nobody", "a,a")
_ADDRESSES = _texts("1.2.3.4", "::1", "::", "2001:db8::7", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3", "0:0:0:0:0:0:0:1")
_JSON = st.one_of(
    st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=8)), lambda v: st.lists(v, max_size=3)).map(
        lambda value: json.dumps(value).encode()
    ),
    _TEXTS,
)


def cells_of(column: Column) -> st.SearchStrategy[bytes]:
    """Mostly what the server sends for a column of this kind, sometimes anything."""
    name = column.type_name.partition(" ")[0]
    by_name = {"ENUM": _ITEMS, "SET": _ITEMS, "JSON": _JSON, "INET4": _ADDRESSES, "INET6": _ADDRESSES}
    by_number = {
        jdbc.DECIMAL: _DECIMALS,
        jdbc.DATE: st.one_of(_DATES, _STRANGE_DAYS),
        jdbc.TIME: _TIMES,
        jdbc.TIMESTAMP: _MOMENTS,
        jdbc.TIMESTAMP_WITH_TIMEZONE: _MOMENTS,
        jdbc.DOUBLE: _DOUBLES,
        jdbc.REAL: _DOUBLES,
        jdbc.FLOAT: _DOUBLES,
        jdbc.BIT: st.binary(max_size=8),
        **dict.fromkeys((jdbc.TINYINT, jdbc.SMALLINT, jdbc.INTEGER, jdbc.BIGINT, jdbc.BOOLEAN), _NUMBERS),
    }
    usual = by_name[name] if name in by_name else by_number.get(column.jdbc_type, _TEXTS)
    return st.one_of(usual, usual, usual, _TEXTS)


# ---- packets


def lenenc(data: Cell) -> bytes:
    if data is None:
        return b"\xfb"
    size = len(data)
    if size < 0xFB:
        return bytes([size]) + data
    width, mark = (2, 0xFC) if size < 1 << 16 else (3, 0xFD) if size < 1 << 24 else (8, 0xFE)
    return bytes([mark]) + u(size, width) + data


def framed(packets: Iterable[bytes]) -> bytes:
    """With frame headers, numbered from 1; a packet is continued after each 0xffffff bytes."""
    out, number = bytearray(), 1
    for packet in packets:
        at = 0
        while True:
            part = packet[at : at + 0xFFFFFF]
            out += u(len(part), 3) + bytes([number & 0xFF]) + part
            number, at = number + 1, at + len(part)
            if len(part) < 0xFFFFFF:
                break
    return bytes(out)


def column_packet(name: str) -> bytes:
    return b"".join(map(lenenc, (b"def", b"db", b"t", b"t", name.encode(), name.encode()))) + b"\x0c" + bytes(12)


def answer(
    names: Sequence[str], rows: Sequence[Sequence[Cell]], *, deprecate_eof: bool = False, status: int = 2
) -> bytes:
    eof = b"\xfe" + u(0, 2) + u(status, 2)
    packets = [bytes([len(names)]), *map(column_packet, names)]
    packets += [] if deprecate_eof else [b"\xfe" + u(0, 2) + u(2, 2)]
    packets += [b"".join(map(lenenc, row)) for row in rows]
    packets.append(b"\xfe\0\0" + u(status, 2) + u(0, 2) if deprecate_eof else eof)
    return framed(packets)


# ---- both engines


def blocks_of(
    engine: str, chunks: Iterable[bytes], table: Table, *, deprecate_eof: bool = False, size: BlockSize | None = None
) -> Iterator[tuple[Any, bool]]:
    """Raises as the engine does; AssertionError when the server refuses."""
    size = size or BlockSize(3, 1 << 20)
    module = native.required() if engine == "native" else None
    result: Any = module.ResultSet(deprecate_eof, size.rows, size.bytes) if module else ResultSet(deprecate_eof, size)
    layout = None
    for chunk in chunks:
        result.feed(chunk)
        assert result.refusal is None, result.refusal
        if layout is None and result.columns is not None:
            layout = layout_of(table, result.columns, native_layout=module and module.TextLayout)
        while layout is not None and (block := result.take(layout)) is not None:
            yield block
    assert result.done, "the answer has no end"


def changes_of(table: Table, images: Any) -> RowChanges:
    markers = [SnapshotMarker.FIRST, *[SnapshotMarker.TRUE] * (len(images) - 1)]
    return RowChanges(table, "r", images, FACTS, OFFSET, event_rows=len(images), markers=markers)


def records(engine: str, setting: Setting, chunks: Iterable[bytes], table: Table) -> list[object]:
    builder = RecordBuilder(config_of(setting))
    found: list[object] = []
    for images, last in blocks_of(engine, chunks, table):
        changes = changes_of(table, images)
        found.append(last)
        found += planned(setting, changes, builder)[0] if engine == "native" else record_path(setting, changes)
    return found


def outcome(engine: str, data: bytes, cut: int, table: Table, deprecate_eof: bool) -> list[object]:
    """All that a reader is told: blocks with their values, then the error or the refusal."""
    chunks = [data[i : i + cut] for i in range(0, len(data), cut)]
    found: list[object] = []
    try:
        for images, last in blocks_of(engine, chunks, table, deprecate_eof=deprecate_eof):
            found.append((len(images), last, [repr((before, list(after))) for before, after in images]))
    except RowtideError as error:
        found.append((type(error), str(error)))
    except AssertionError as error:
        found.append(str(error).splitlines()[0])
    return found


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", "native")


def _compare(data: st.DataObject, cases: Sequence[Case], key: Sequence[int] = ()) -> None:
    table = table_of(cases, key, optional=data.draw(st.booleans()))
    row = st.tuples(*(st.one_of(cells_of(column), cells_of(column), st.none()) for column in table.columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=7))
    names = [column.name.upper() for column in table.columns]
    if len(names) > 2 and data.draw(st.booleans()):  # a column is left out, the others stand in another order
        names, rows = names[:0:-1], [cells[:0:-1] for cells in rows]
    setting = Setting(data.draw(some(MODES)), data.draw(some(CONVERTERS)))
    sent = answer(names, rows)
    cut = data.draw(st.integers(1, 200))
    chunks = [sent[i : i + cut] for i in range(0, len(sent), cut)]
    assert records("native", setting, chunks, table) == records("reference", setting, chunks, table)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.column.type_name}-{case.column.charset or case.metadata.hex()}"
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_cells_of_each_type_in_each_mode(case: Case, data: st.DataObject) -> None:
    _compare(data, [case])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_rows_of_several_columns(data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.sampled_from(CASES), min_size=3, max_size=12))
    _compare(data, cases, data.draw(st.sampled_from([(), (0,), (1, 0), (2,)])))


_TEXT = next(case for case in CASES if case.column.charset == "utf8mb4")


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_cut_and_mixed_packets(data: st.DataObject) -> None:
    """Any byte may be wrong, missing or too many; several results, and both ways of ending one."""
    table = table_of([_TEXT, _TEXT])
    names = [column.name for column in table.columns]
    rows = data.draw(st.lists(st.tuples(st.one_of(st.none(), st.binary(max_size=300)), st.just(b"x")), max_size=8))
    deprecate_eof = data.draw(st.booleans())
    status = data.draw(st.sampled_from([2, 2, 2, 10]))
    sent = bytearray(
        answer(names, rows, deprecate_eof=data.draw(st.sampled_from([deprecate_eof] * 5 + [True])), status=status)
    )
    if status == 10:
        further = answer(names, rows, deprecate_eof=deprecate_eof)
        number = sent[-(len(sent) - sent.rfind(b"\xfe")) - 1]
        sent += bytes(further[:3]) + bytes([number + 1 & 0xFF]) + further[4:]
    for _ in range(data.draw(st.integers(0, 2))):
        if sent:
            place = data.draw(st.integers(0, len(sent) - 1))
            damage = data.draw(st.sampled_from(["change", "drop", "insert", "end"]))
            if damage == "change":
                sent[place] = data.draw(st.integers(0, 255))
            elif damage == "drop":
                del sent[place]
            elif damage == "insert":
                sent.insert(place, data.draw(st.integers(0, 255)))
            else:
                del sent[place:]
    cut = data.draw(st.integers(1, 120))
    reference, found = (outcome(engine, bytes(sent), cut, table, deprecate_eof) for engine in ("reference", "native"))
    assert found == reference


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_a_block_is_given_when_it_is_known_whether_it_is_the_last(engine: str) -> None:
    table = table_of([_TEXT])
    sent = answer(["c1"], [(b"1",), (b"2",)])
    size = BlockSize(1, 1 << 20)
    whole = [(len(images), last) for images, last in blocks_of(engine, [sent], table, size=size)]
    assert whole == [(1, False), (1, True)]
    # The second row has not come whole, but it begins: the first one is not kept back for it.
    begun = sent[: sent.index(b"\x012") + 1]
    reader = blocks_of(engine, [begun], table, size=size)
    assert next(reader)[1] is False


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_rows_of_many_frames_are_put_together(engine: str) -> None:
    table = table_of([_TEXT, _TEXT])
    long = b"0123456789abcdef" * (1 << 20) + b"!" * 5000
    full = b"y" * (0xFFFFFF - 4)  # with its length a packet of a full frame, which an empty one follows
    sent = answer(["c1", "c2"], [(b"1", b"a"), (long, b"b"), (full, None), (b"4", b"d")])
    chunks = [sent[i : i + (1 << 18)] for i in range(0, len(sent), 1 << 18)]
    seen = []
    for images, last in blocks_of(engine, chunks, table, size=BlockSize(1000, 1 << 20)):
        seen.append(([[cell and len(cell) for cell in after] for _, after in images], last))
    assert seen == [
        ([[1, 1], [len(long), 1]], False),
        ([[len(full), None]], False),
        ([[1, 1]], True),
    ]


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_the_servers_error_between_rows_is_told(engine: str) -> None:
    table = table_of([_TEXT])
    error = b"\xff" + u(1317, 2) + b"#70100Query execution was interrupted"
    sent = framed([b"\x01", column_packet("c1"), b"\xfe\0\0\2\0", b"\x01x", error])
    with pytest.raises(AssertionError, match="interrupted"):
        list(blocks_of(engine, [sent], table))


def test_rows_are_split_before_the_last() -> None:
    table = replace(table_of([_TEXT]))
    sent = answer(["c1"], [(b"1",), (b"2",), (b"3",)])
    for engine in ("reference", "native"):
        [(images, _)] = blocks_of(engine, [sent], table)
        rest, last = images.split_last()
        assert [after for _, after in rest] == [[b"1"], [b"2"]]
        assert [after for _, after in last] == [[b"3"]]
        assert len(rest) == 2
        encoder = encoder_of(Setting({}, {"schemas.enable": "false"}))
        batch = RecordBuilder(config_of(Setting({}, {}))).rows(changes_of(table, last))
        assert [json.loads(record.value)["after"] for record in batch.encode(encoder)] == [{"c1": "3"}]
