from dataclasses import replace
from decimal import Decimal

from rowtide.connect.schema import OPTIONAL_BYTES, OPTIONAL_STRING, STRING, array, struct
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import EVENTS, change, envelope_of
from tests.reference.transforms.samples import TAGS, nested, record

CLASS = "io.debezium.transforms.EnforceRecordSize"
MAX = "max.bytes"
POSITION = 600
"""What ours adds to every record beyond the harness's partition and offset of one entry each."""

_ROW = struct(
    "shop.app.big.Value",
    ("id", STRING),
    ("text", OPTIONAL_STRING),
    ("blob", OPTIONAL_BYTES),
    ("list", array(STRING, optional=True)),
    ("tags", TAGS),
    optional=True,
)
_ENVELOPE = envelope_of(_ROW, "shop.app.big.Envelope")
_ROWS = [
    ("a", "x" * 3000, b"\x01" * 2000, ["y" * 100], {"k": 1}),
    ("a", "ä😀" * 1000, None, None, None),
    ("a", None, b"\x00" * 50_000, None, {}),
    ("b" * 900, "c" * 40_000, b"", [], None),
    ("a", "short", b"short", ["z" * 5000], None),
]
_RECORDS = [
    *(change("c", None, row, envelope=_ENVELOPE) for row in _ROWS),
    *(change("u", row, other, envelope=_ENVELOPE) for row, other in zip(_ROWS, [*_ROWS[1:], _ROWS[0]], strict=True)),
    change("d", _ROWS[0], None, envelope=_ENVELOPE),
    replace(change("c", None, _ROWS[0], envelope=_ENVELOPE), key_schema=None, key=None),
    *EVENTS[-5:],
    nested("x" * 100),
    record(STRING, "text"),
    record(None, {"a": 1}),
]
CASES = [
    Case(str(config), CLASS, config, _RECORDS)
    for config in (
        {MAX: "5000", "min.field.size": "100"},
        {MAX: "1000", "min.field.size": "0"},
        {MAX: "3000", "compression.ratio": "0.5", "min.field.size": "1000"},
        {MAX: "20000"},
        {MAX: "1", "compression.ratio": "1.5", "min.field.size": "10"},
        {MAX: "2147480000"},
    )
]
WRONG = [
    Case(str(config), CLASS, config, EVENTS)
    for config in (
        {},
        {MAX: "0"},
        {MAX: "-1"},
        {MAX: "x"},
        {MAX: "5", "compression.ratio": "0"},
        {MAX: "5", "compression.ratio": "z"},
        {MAX: "5", "min.field.size": "-1"},
    )
]
"""Refused before a record comes."""


def ours(case: Case) -> Case:
    """The case with a limit that leaves the records as much room as it does in Java."""
    ratio = Decimal(case.config.get("compression.ratio", "1"))
    limit = int(case.config[MAX]) + int(ratio * POSITION)
    return replace(case, config={**case.config, MAX: str(limit)})
