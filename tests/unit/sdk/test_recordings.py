"""Every column type, as real Debezium wrote it, against the values of the SQL that made it (tests/golden/sdk/*.sql)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest

from rowtide_sdk import Column, Geometry, Insert, Point, RowEvent, Rows, Unknown
from tests.unit.sdk import recordings

NUMBERS: dict[str, Any] = {
    "id": 1,
    "t": -128,
    "tu": 255,
    "s": -32768,
    "su": 65535,
    "m": -8388608,
    "mu": 16777215,
    "i": -2147483648,
    "iu": 4294967295,
    "b": -9223372036854775808,
    "bu": 9223372036854775807,
    "f": 1.5,
    "d": -2.25e100,
    "n": Decimal("12345678901234.567891"),
    "n0": Decimal(-99999999999999999999999999999999999999),
    "flag": 1,
    "bits": 0b101010101010,
    "onebit": True,
}
LINE = bytes.fromhex("010200000002000000" + "00" * 16 + "0000000000000840" + "0000000000001040")
POINT = bytes.fromhex("0101000000" + "000000000000f03f" + "00000000000004c0")
U = UUID("6ccd780c-baba-1026-9564-5b8c656024db")
TEXT = '한글 😀 "quoted" \\ line\nbreak'
JSON_TEXT = '{"k": [1, 2.5, "s", null, true, {"deep": "한"}]}'
TIMES: list[dict[str, Any]] = [
    {
        "id": 1,
        "d": date(2026, 11, 22),
        "t": timedelta(hours=23, minutes=59, seconds=59),
        "t3": timedelta(hours=1, minutes=2, seconds=3, milliseconds=456),
        "t6": timedelta(hours=12, microseconds=1),
        "dt": datetime.fromisoformat("1970-01-01T00:00:01"),
        "dt3": datetime.fromisoformat("2026-11-22T18:00:00.123000"),
        "dt6": datetime.fromisoformat("9999-12-31T23:59:59.999999"),
        "ts": datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
        "ts6": datetime(2026, 11, 22, 18, 0, 0, 1, tzinfo=UTC),
        "y": 2155,
    },
    {
        "id": 2,
        "d": date(1000, 1, 1),
        "t": -timedelta(hours=838, minutes=59, seconds=59),
        "t3": -timedelta(hours=1, minutes=2, seconds=3, milliseconds=456),
        "t6": timedelta(hours=838, minutes=59, seconds=59),
        "dt": datetime.fromisoformat("1900-01-01T00:00:00"),
        "dt3": datetime.fromisoformat("1969-12-31T23:59:59.999000"),
        "dt6": datetime.fromisoformat("1900-01-01T00:00:00.123456"),
        "ts": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        "ts6": datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC),
        "y": 1901,
    },
]


class Color(Enum):
    RED = "red"
    DARK_BLUE = "blue, dark"


@dataclass
class Numbers:
    id: int
    n: Annotated[Decimal | None, Column(scale=6)]
    n0: Annotated[Decimal | None, Column(scale=0)]
    bu: int | None
    flag: bool | None
    bits: bytes | None
    d: float | None


@dataclass
class Texts:
    id: int
    color: Color | None
    tags: set[str] | None
    j: dict[str, Any] | list[Any] | None
    u: UUID | None
    label: Annotated[str | None, Column("v")]


@dataclass
class Binaries:
    id: int
    b: bytes | None
    vb: bytes | None
    p: Point | None
    g: Geometry | None


@dataclass
class Times:
    id: int
    d: date | None
    t: timedelta | None
    t3: timedelta | None
    t6: timedelta | None
    dt: datetime | None
    dt3: datetime | None
    dt6: Annotated[datetime | None, Column(unit="us")]
    ts: datetime | None
    ts6: datetime | None
    y: int | None


@dataclass
class TextDecimals:
    n: Decimal | None
    n0: Decimal | None


@dataclass
class HexBytes:
    b: Annotated[bytes | None, Column(encoding="hex")]


def first(file: str, table: str, rows: Rows[Any] | None = None) -> Any:
    return next(e for e in recordings.row_events(file, table, rows) if isinstance(e, Insert)).after


@pytest.mark.parametrize("file", recordings.FILES)
def test_every_message_is_known(file):
    events = recordings.events(file)
    assert len(events) >= 8
    assert [event for event in events if isinstance(event, Unknown)] == []


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_all_kinds_of_events_occur_in_both_forms(file):
    kinds = Counter(type(event).__name__ for event in recordings.events(file))
    assert {k: n for k, n in kinds.items() if k != "Heartbeat"} == {
        "TransactionBoundary": 41,
        "SchemaChange": 16,
        "Insert": 16,
        "Delete": 4,
        "Tombstone": 4,
        "Update": 3,
        "Read": 2,
        "Truncate": 1,
    }
    assert kinds["Heartbeat"] >= 1


def test_rows_with_schema_have_exact_values():
    assert dict(first("schema.jsonl", "numbers")) == NUMBERS
    assert dict(first("schema.jsonl", "texts")) == {
        "id": 1,
        "c": "abc",
        "v": "café",
        "t": TEXT,
        "color": "blue, dark",
        "tags": ["a", "c"],
        "j": JSON_TEXT,
        "u": U,
    }
    assert dict(first("schema.jsonl", "binaries")) == {
        "id": 1,
        "b": b"\1\2\0\0\0\0\0\0",
        "vb": b"\0\xff",
        "bl": b"\xde\xad\xbe\xef",
        "p": Point(POINT, None, 1.0, -2.5),
        "g": Geometry(LINE, None),
        "bits": (1 << 63) + 5,
    }


def test_rows_with_schema_have_exact_types():
    numbers = first("schema.jsonl", "numbers")
    assert {name: type(value) for name, value in numbers.items()} == {name: type(v) for name, v in NUMBERS.items()}


@pytest.mark.parametrize(
    "file", ["schema.jsonl", "time-isostring.jsonl", "time-nanoseconds.jsonl", "time-connect.jsonl"]
)
@pytest.mark.parametrize("number", [0, 1])
def test_times_are_the_same_in_every_precision_mode(file, number):
    row = dict(recordings.row_events(file, "times")[number].after)
    expected: dict[str, Any] = dict(TIMES[number])
    if file in ("time-isostring.jsonl", "time-connect.jsonl"):  # these modes have no TIME outside of a day
        for name in ("t", "t3", "t6"):
            inside = timedelta(0) <= expected[name] < timedelta(days=1)
            expected[name] = (datetime.fromisoformat("2000-01-01T00:00:00") + expected[name]).time() if inside else None
    if file == "time-connect.jsonl":  # and this one no microseconds
        expected["dt6"] = expected["dt6"].replace(microsecond=expected["dt6"].microsecond // 1000 * 1000)
        expected["t6"] = expected["t6"] and time(12)
    if file == "time-nanoseconds.jsonl" and number == 0:
        del row["dt6"], expected["dt6"]  # the year 9999 does not fit the connector's nanoseconds
    assert row == expected


@pytest.mark.parametrize("file", [f for f in recordings.FILES if "numbers" not in f])
def test_null_stays_none(file):
    assert set(recordings.row_events(file, "times")[2].after.values()) == {3, None}


def test_a_precise_unsigned_bigint_and_numeric_decimals_are_exact():
    rows = [e.after for e in recordings.row_events("numbers-precise.jsonl", "numbers") if isinstance(e, Insert)]
    assert rows[0]["n"] == Decimal("12345678901234.567891")
    assert rows[0]["n0"] == Decimal(-99999999999999999999999999999999999999)
    assert rows[2]["bu"] == 18446744073709551615
    assert [type(row["n"]) for row in rows] == [Decimal, type(None), Decimal]


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_a_class_gives_the_same_numbers_with_and_without_schema(file):
    rows = Rows({"sdk_recorded.numbers": Numbers})
    assert first(file, "numbers", rows) == Numbers(
        1, NUMBERS["n"], NUMBERS["n0"], NUMBERS["bu"], True, b"\xaa\x0a", -2.25e100
    )


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_a_class_gives_the_same_texts_with_and_without_schema(file):
    seen = [event.after for event in recordings.row_events(file, "texts", Rows(Texts))]
    deep = {"k": [1, 2.5, "s", None, True, {"deep": "한"}]}
    assert seen == [
        Texts(1, Color.DARK_BLUE, {"a", "c"}, deep, U, "café"),
        Texts(2, Color.RED, set(), [], None, ""),
        Texts(3, None, None, None, None, None),
    ]


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_a_class_gives_the_same_bytes_with_and_without_schema(file):
    expected = Binaries(1, b"\1\2\0\0\0\0\0\0", b"\0\xff", Point(POINT, None, 1.0, -2.5), Geometry(LINE))
    assert first(file, "binaries", Rows(Binaries)) == expected


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_class_gives_the_same_times_with_and_without_schema(file, number):
    seen = recordings.row_events(file, "times", Rows(Times))[number].after
    assert seen == Times(**TIMES[number])


def test_text_decimals_and_hex_without_schema():
    file = "numbers-string-plain.jsonl"
    assert first(file, "numbers", Rows(TextDecimals)) == TextDecimals(NUMBERS["n"], NUMBERS["n0"])
    assert first(file, "binaries", Rows(HexBytes)) == HexBytes(b"\1\2\0\0\0\0\0\0")


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_changes_know_their_columns_position_and_transaction(file):
    inserts = recordings.row_events(file, "orders")
    update = next(event for event in inserts if event.op == "u")
    assert update.changed == ("total", "note")
    assert (update.before["note"], update.after["note"]) == ("first", "second")
    assert dict(update.key) == {"shop": 1, "id": 2}
    assert update.source.table_name == "sdk_recorded.orders"
    assert update.source.file is not None
    assert update.source.file.startswith("binlog.")
    assert update.source.pos > 0
    assert update.source.gtid == update.transaction.id
    assert (update.transaction.total_order, update.transaction.data_collection_order) == (3, 3)
    assert not update.source.is_snapshot
    assert update.source.timestamp.tzinfo is UTC
    assert update.source.timestamp.timestamp() * 1000 == update.source.ts_ms
    assert update.header("__debezium.context.connectorName") == b"mariadb"


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_the_sequence_of_a_table_reads_as_it_happened(file):
    topic = "recorded.sdk_recorded.orders"
    kinds = [type(e).__name__ for e in recordings.events(file) if e.topic == topic]
    assert kinds == [
        "Read",
        *("Insert", "Insert", "Update"),
        *("Delete", "Tombstone", "Insert"),  # the key changed
        *("Delete", "Tombstone"),
        "Truncate",
        "Insert",
    ]
    last = recordings.row_events(file, "orders")[-1]
    assert last.after["extra"] == 5  # the table got a column in between
    assert last.changed == ("shop", "id", "customer", "total", "note", "extra")


@pytest.mark.parametrize("file", recordings.FILES)
def test_offsets_and_timestamps_are_the_messages(file):
    for message, event in zip(recordings.messages(file), recordings.events(file), strict=True):
        assert (event.topic, event.partition, event.offset) == (message.topic, message.partition, message.offset)
        assert event.timestamp_ms == message.timestamp_ms > 0
        assert event.message.value == message.value
        if isinstance(event, RowEvent):
            assert event.ts_ms is not None
