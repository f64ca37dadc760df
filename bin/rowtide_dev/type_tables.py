"""The tables of column types in docs/types.md: schema and value of each type in every mode, as the codecs give them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from rowtide.connect.schema import Schema
from rowtide.converters.json import JsonConverter
from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Column, TableId
from rowtide.types import ValueModes, column_codec, modes
from rowtide.types.text import raw_from_text

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """Attributes:
    type: as a CREATE TABLE statement has it.
    cell: a value, as a SELECT gives it.
    shown: how the value is written in SQL, where that is not its cell.
    flavor: a server that has the type.
    """

    type: str
    cell: bytes
    shown: str = ""
    flavor: str = "mysql"


_POINT = bytes.fromhex("e6100000" + "0101000000" + "000000000000f03f" + "0000000000000040")
_LINE = bytes.fromhex("00000000" + "0102000000" + "02000000" + "00" * 16 + "000000000000f03f" * 2)
EXAMPLES = {
    "Numbers": (
        Example("TINYINT", b"-5"),
        Example("TINYINT UNSIGNED", b"200"),
        Example("SMALLINT", b"-5"),
        Example("SMALLINT UNSIGNED", b"65535"),
        Example("MEDIUMINT", b"-5"),
        Example("MEDIUMINT UNSIGNED", b"16777215"),
        Example("INT", b"-5"),
        Example("INT UNSIGNED", b"4294967295"),
        Example("BIGINT", b"-5"),
        Example("BIGINT UNSIGNED", b"18446744073709551615"),
        Example("BOOLEAN", b"1", "TRUE"),
        Example("FLOAT", b"1.5"),
        Example("FLOAT(7,3)", b"1.5"),
        Example("DOUBLE", b"1.5"),
        Example("REAL", b"1.5"),
        Example("DECIMAL(5,2)", b"-123.45"),
        Example("BIT(1)", b"\x01", "b'1'"),
        Example("BIT(12)", b"\x01\x02", "b'100000010'"),
    ),
    "Texts": (
        Example("CHAR(5)", b"text"),
        Example("VARCHAR(20)", b"text"),
        Example("TEXT", b"text"),
        Example("ENUM('a','b')", b"b"),
        Example("SET('a','b')", b"a,b"),
        Example("JSON", b'{"a": 1}'),
        Example("UUID", b"123e4567-e89b-12d3-a456-426614174000", flavor="mariadb"),
        Example("INET4", b"10.0.0.1", flavor="mariadb"),
        Example("INET6", b"2001:db8::1", flavor="mariadb"),
    ),
    "Dates and times": (
        Example("DATE", b"2020-02-29"),
        Example("TIME", b"01:02:03"),
        Example("TIME", b"-01:02:03"),
        Example("TIME(3)", b"01:02:03.456"),
        Example("TIME(6)", b"01:02:03.456789"),
        Example("DATETIME", b"2020-02-29 01:02:03"),
        Example("DATETIME(3)", b"2020-02-29 01:02:03.456"),
        Example("DATETIME(6)", b"2020-02-29 01:02:03.456789"),
        Example("TIMESTAMP", b"2020-02-29 01:02:03"),
        Example("TIMESTAMP(6)", b"2020-02-29 01:02:03.456789"),
        Example("YEAR", b"2020"),
    ),
    "Bytes and shapes": (
        Example("BINARY(3)", b"ab\xff", "x'6162ff'"),
        Example("VARBINARY(5)", b"ab\xff", "x'6162ff'"),
        Example("BLOB", b"ab\xff", "x'6162ff'"),
        Example("POINT", _POINT, "POINT(1, 2), SRID 4326"),
        Example("GEOMETRY", _LINE, "LINESTRING(0 0, 1 1)"),
        Example("VECTOR(2)", bytes.fromhex("0000c03f0000c0bf"), "[1.5, -1.5]"),
    ),
}
"""LINESTRING, POLYGON and the other spatial types are as GEOMETRY; every TEXT and BLOB is as any other."""

OPTIONS: dict[str, tuple[str, Any]] = {
    "decimal.handling.mode": ("decimal", modes.DecimalMode),
    "bigint.unsigned.handling.mode": ("bigint_unsigned", modes.BigintUnsignedMode),
    "time.precision.mode": ("time", modes.TimePrecision),
    "binary.handling.mode": ("binary", modes.BinaryMode),
}


def column(example: Example) -> Column:
    """The column of a table that has only it."""
    state = SchemaState("mariadb" if example.flavor == "mariadb" else "mysql")
    result = state.apply(f"CREATE TABLE t (c {example.type})", "d")
    table = state.table(TableId("d", "t"))
    if table is None or result.unparsed:
        raise ValueError(f"{example.type}: {result.reason}")
    return table.columns[0]


def shown(example: Example, values: ValueModes) -> tuple[str, str]:
    """A column's schema and value as JsonConverter writes them, each in a line of Markdown."""
    made = column(example)
    codec = column_codec(made, values)
    if codec is None:
        raise ValueError(f"{example.type} has no codec")
    value = codec.convert_snapshot(raw_from_text(made)(example.cell))
    written = JsonConverter().from_connect("t", codec.schema, value)
    payload = json.dumps(json.loads(written or b"{}")["payload"], ensure_ascii=False)
    if len(payload) > SHOWN_CHARACTERS:
        payload = f"{payload[:SHOWN_CHARACTERS]}…"
    return _schema(codec.schema), f"`{payload}`"


def _schema(schema: Schema) -> str:
    name = schema.name or ""
    parameters = ", ".join(f"{key}={value}" for key, value in schema.parameters)
    fields = ", ".join(f"{field.name} {field.schema.type.value}" for field in schema.fields)
    items = f"of {schema.value_schema.type.value}" if schema.value_schema is not None else ""
    more = [f"`{name}`" if name else "", f"({parameters or fields})" if parameters or fields else ""]
    return " ".join(part for part in [schema.type.value, items, *more] if part)


def types_table() -> str:
    """Every type in the modes that hold by default."""
    return "\n\n".join(f"### {title}\n\n{_table(examples)}" for title, examples in EXAMPLES.items())


def _table(examples: tuple[Example, ...]) -> str:
    rows = ["| column type | a value | schema | in JSON |", "|---|---|---|---|"]
    for example in examples:
        schema, value = shown(example, ValueModes())
        sql = example.shown or example.cell.decode()
        only = " (MariaDB)" if example.flavor == "mariadb" else ""
        rows.append(f"| {example.type}{only} | `{sql}` | {schema} | {value} |")
    return "\n".join(rows)


def modes_table() -> str:
    """What the modes change, an option after the other."""
    return "\n\n".join(
        "\n".join(
            [f"### `{option}`", "", "| column type | mode | schema | in JSON |", "|---|---|---|---|", *_rows(option)]
        )
        for option in OPTIONS
    )


def _rows(option: str) -> Iterator[str]:
    field, choices = OPTIONS[option]
    for example in (example for examples in EXAMPLES.values() for example in examples):
        found: dict[tuple[str, str], list[str]] = {}
        for choice in get_args(choices):
            found.setdefault(shown(example, ValueModes(**{field: choice}, conversion_failure="skip")), []).append(
                choice
            )
        if len(found) > 1:
            for (schema, value), chosen in found.items():
                yield f"| {_named(example)} | {', '.join(f'`{choice}`' for choice in chosen)} | {schema} | {value} |"


def _named(example: Example) -> str:
    """The type, with the value where another of the same type shows something else."""
    return f"{example.type}, `{example.cell.decode()}`" if example.cell.startswith(b"-") else example.type
