"""Patterns, literals, replacements and numbers that nobody thought of, by Java and by ours."""

from __future__ import annotations

import random
import string
import struct as packing
from decimal import Decimal

import pytest

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import FLOAT32, FLOAT64, INT64, STRING, Schema, SchemaType
from rowtide.transforms.date_format import DateFormat
from tests.reference.transforms.comparison import Case, compare
from tests.reference.transforms.samples import record, row

LETTERS = "GyMLdDEuaHkKhmsSzZX"
BETWEEN = ("-", " ", "/", ":", ".", "'T'", "''", ", ", "", "_")
TYPES = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string")


def pattern(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randint(1, 7)):
        letter = chance.choice(LETTERS)
        # XXXX is no zone, and what two zones in one text mean is nothing to rely on.
        count = chance.choice([1, 1, 2, 2, 3] if letter == "X" else [1, 1, 2, 2, 3, 4])
        parts += [letter * count, chance.choice(BETWEEN) if letter != "X" else "."]
    return "".join(parts)


def times(chance: random.Random) -> list[int]:
    ranges = ((-(10**14), 10**14), (0, 2 * 10**12), (-13 * 10**12, -12 * 10**12))
    return [chance.randint(*chance.choice(ranges)) for _ in range(12)]


@pytest.mark.parametrize("seed", range(60))
def test_times_are_printed_and_read_alike(java, seed):
    chance = random.Random(seed)
    text = pattern(chance)
    moments = times(chance)
    config = {"target.type": "string", "format": text}
    compare(java, Case(text, "TimestampConverter$Value", config, [record(INT64, each) for each in moments]))
    printed = [DateFormat(text).format(each) for each in moments]
    # Two-digit years at the edge of their century depend on the moment of the test.
    edge = text.count("y") == 2
    changed = [] if edge else [_changed(chance, each) for each in printed if each]
    config = {"target.type": "unix", "format": text}
    records = [record(STRING, each) for each in (*([] if edge else printed), *changed)]
    compare(java, Case(text, "TimestampConverter$Value", config, records))


def _changed(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("0123456789 -:+ZaT") + text[place + chance.randint(0, 1) :]


PIECES = ("1", "2.5", "-3", "300", "70000", "true", "null", '"a"', '"2023-11-14"', "[", "]", "{", "}", ",", ":", " ",
          "a", "\\", "12:30:45.678Z", "2023-11-14", "1e5", "99999999999")  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_literals_are_read_alike(java, seed):
    chance = random.Random(seed)
    for _ in range(50):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
        compare(java, Case(text, "InsertHeader", {"header": "h", "value.literal": text}, [row()]))


EXPRESSIONS = ("(.*)", "(?<a>[^.]*)\\.?(?<b>.*)", "(.)(.?)(.?)(.*)", "(a|ab)(.*)", "((.).*)", "([a-z]+)([0-9]*)(.*)")
REFERENCES = ("$1", "$2", "$0", "${a}", "${b}", "$12", "x", "\\", "$", "{", "}", "a", "9", "${", "\\$")
TOPICS = [SourceRecord(name, None, None, None, None, None) for name in ("shop.orders", "a", "ab", "x.y.z", "s1.db.t_1")]


@pytest.mark.parametrize("seed", range(10))
def test_replacements_are_made_alike(java, seed):
    chance = random.Random(seed)
    for _ in range(30):
        text = "".join(chance.choice(REFERENCES) for _ in range(chance.randint(0, 5)))
        config = {"regex": chance.choice(EXPRESSIONS), "replacement": text}
        compare(java, Case(str(config), "RegexRouter", config, TOPICS))


def numbers(chance: random.Random) -> list[SourceRecord]:
    """Of every kind, those in the middle of two floats among them."""
    single = packing.unpack("<f", packing.pack("<I", chance.getrandbits(31) & 0x7F7FFFFF))[0]
    double = packing.unpack("<d", packing.pack("<Q", chance.getrandbits(63) & 0x7FEFFFFFFFFFFFFF))[0]
    long = chance.getrandbits(chance.randint(1, 63)) * chance.choice((1, -1))
    middle = (2 * chance.getrandbits(24) + 1 << chance.randint(25, 37)) + chance.choice((-1, 0, 1))
    scale = chance.randint(0, 20)
    schema = Schema(
        SchemaType.BYTES,
        name="org.apache.kafka.connect.data.Decimal",
        version=1,
        parameters=(("scale", str(scale)),),
    )
    amount = Decimal(long).scaleb(-scale)
    text = "".join(chance.choice(string.digits + ".e-+fd ") for _ in range(chance.randint(1, 12)))
    return [
        record(FLOAT32, single),
        record(FLOAT64, double),
        record(INT64, long),
        record(INT64, middle),
        record(schema, amount),
        record(STRING, text),
        record(STRING, str(amount)),
        record(STRING, str(long)),
    ]


@pytest.mark.parametrize("type_", TYPES)
def test_numbers_are_cast_alike(java, type_):
    chance = random.Random(type_)
    records = [each for _ in range(100) for each in numbers(chance)]
    if type_ == "string":
        # Floats print as by Java 19 and later, which may differ from an older one in the last digit.
        records = [each for each in records if each.value_schema not in (FLOAT32, FLOAT64)]
    compare(java, Case(type_, "Cast$Value", {"spec": type_}, records))
