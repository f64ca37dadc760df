"""Columns of every type: how to write random values, and what a SELECT says the raw value is."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

Expected = Callable[[object], object]
Literal = Callable[[random.Random], str]


def _same(raw: object) -> object:
    return raw


@dataclass(frozen=True)
class ColumnCase:
    """`select` is the expression (with {} for the column) whose result `expected` turns into the raw value."""

    ddl: str
    literal: Literal
    select: str
    expected: Expected
    compare: Expected = _same


def _integer(bits: int, unsigned: bool) -> ColumnCase:
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    name = {8: "TINYINT", 16: "SMALLINT", 24: "MEDIUMINT", 32: "INT", 64: "BIGINT"}[bits]

    def signed(value: object) -> int:
        number = int(value)
        return number - 2**bits if number >= 2 ** (bits - 1) else number

    return ColumnCase(
        f"{name} {'UNSIGNED' if unsigned else ''}",
        lambda r: str(r.choice([low, high, 0, r.randint(low, high)])),
        "{}",
        signed,
    )


def _decimal(precision: int, scale: int) -> ColumnCase:
    def literal(r: random.Random) -> str:
        digits = "".join(r.choice("0123456789") for _ in range(r.randint(1, precision - scale or 1)))
        fraction = "".join(r.choice("0123456789") for _ in range(scale))
        whole = digits if precision > scale else "0"
        extreme = "9" * (precision - scale) + "." + "9" * scale
        return r.choice(["", "-"]) + r.choice([f"{whole}.{fraction}0", extreme, "0"])

    return ColumnCase(f"DECIMAL({precision},{scale})", literal, "{}", lambda value: value)


def _hex(value: object) -> bytes:
    return bytes.fromhex(str(value))


def _bytes_literal(r: random.Random, length: int) -> str:
    size = r.choice([0, 1, length, r.randint(0, length)])
    return "x'" + bytes(r.randrange(256) for _ in range(size)).hex() + "'"


def _text_literal(r: random.Random, length: int, alphabet: str) -> str:
    size = r.choice([0, 1, length, r.randint(0, length)])
    return "'" + "".join(r.choice(alphabet) for _ in range(size)) + "'"


def _text(ddl: str, length: int, alphabet: str = "aZ09 -äßЖ漢😀") -> ColumnCase:
    return ColumnCase(ddl, lambda r: _text_literal(r, length, alphabet), "HEX({})", _hex)


def _binary(ddl: str, length: int) -> ColumnCase:
    return ColumnCase(ddl, lambda r: _bytes_literal(r, length), "HEX({})", _hex)


def _fraction(text: str) -> tuple[str, int]:
    whole, _, fraction = text.partition(".")
    return whole, int(fraction.ljust(6, "0")) if fraction else 0


def _date_parts(value: object) -> tuple[int, ...]:
    return tuple(map(int, str(value).split("-")))


def _datetime_parts(value: object) -> tuple[int, ...]:
    whole, microseconds = _fraction(str(value))
    date, clock = whole.split(" ")
    return (*map(int, date.split("-")), *map(int, clock.split(":")), microseconds)


def _time_us(value: object) -> int:
    whole, microseconds = _fraction(str(value).lstrip("-"))
    hours, minutes, seconds = map(int, whole.split(":"))
    total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + microseconds
    return -total if str(value).startswith("-") else total


def _timestamp_us(value: object) -> int:
    text = str(value)
    if text.startswith("0000"):
        return 0
    import datetime as dt

    year, month, day, hour, minute, second, microseconds = _datetime_parts(text)
    moment = dt.datetime(year, month, day, hour, minute, second, microseconds, dt.UTC)
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _clock(r: random.Random, fsp: int) -> str:
    text = f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}"
    return f"{text}.{r.randint(0, 10**fsp - 1):0{fsp}d}" if fsp else text


def _datetime_literal(r: random.Random, fsp: int, low: int, high: int) -> str:
    day = f"{r.randint(low, high):04d}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    return r.choice([f"'{day} {_clock(r, fsp)}'"] * 4 + ["'0000-00-00 00:00:00'"])


def _time_literal(r: random.Random, fsp: int) -> str:
    hours = r.choice([0, 838, r.randint(0, 837)])
    rest = "59:59" if hours == 838 else f"{r.randint(0, 59):02d}:{r.randint(0, 59):02d}"
    fraction = f".{r.randint(0, 10**fsp - 1):0{fsp}d}" if fsp and hours != 838 else ""
    return f"'{r.choice(['', '-'])}{hours:03d}:{rest}{fraction}'"


def _temporal(fsp: int) -> dict[str, ColumnCase]:
    suffix = f"({fsp})" if fsp else ""
    return {
        f"datetime{fsp}": ColumnCase(
            f"DATETIME{suffix}", lambda r: _datetime_literal(r, fsp, 1, 9999), "CAST({} AS CHAR)", _datetime_parts
        ),
        f"timestamp{fsp}": ColumnCase(
            f"TIMESTAMP{suffix} NULL",
            lambda r: _datetime_literal(r, fsp, 1971, 2037),
            "CAST({} AS CHAR)",
            _timestamp_us,
        ),
        f"time{fsp}": ColumnCase(f"TIME{suffix}", lambda r: _time_literal(r, fsp), "CAST({} AS CHAR)", _time_us),
    }


def _date_literal(r: random.Random) -> str:
    return r.choice(
        ["'0000-00-00'", "'2020-00-10'", "'9999-12-31'", f"'{r.randint(1, 9999):04d}-{r.randint(1, 12):02d}-01'"]
    )


def _float_literal(r: random.Random) -> str:
    return repr(r.choice([0.0, -1.5, 3.4e38, 1e-30, r.uniform(-1e6, 1e6)]))


def _double_literal(r: random.Random) -> str:
    return repr(r.choice([0.0, -2.5, 1.7e308, 5e-300, struct.unpack("<d", r.randbytes(6) + b"\x40\x40")[0]]))


COMMON: dict[str, ColumnCase] = {
    **{f"i{bits}{'u' if u else ''}": _integer(bits, u) for bits in (8, 16, 24, 32, 64) for u in (False, True)},
    **{
        f"dec{p}_{s}": _decimal(p, s)
        for p, s in ((1, 0), (5, 5), (10, 2), (18, 9), (19, 10), (38, 30), (65, 0), (65, 30))
    },
    "f": ColumnCase("FLOAT", _float_literal, "{} + 0e0", float),
    "d": ColumnCase("DOUBLE", _double_literal, "{}", float),
    **{
        f"bit{n}": ColumnCase(
            f"BIT({n})", lambda r, n=n: str(r.choice([0, 2**n - 1, r.randrange(2**n)])), "CAST({} AS UNSIGNED)", int
        )
        for n in (1, 7, 8, 9, 33, 64)
    },
    "y": ColumnCase("YEAR", lambda r: str(r.choice([0, 1901, 2155, r.randint(1901, 2155)])), "{} + 0", int),
    "da": ColumnCase("DATE", _date_literal, "CAST({} AS CHAR)", _date_parts),
    **_temporal(0),
    **_temporal(1),
    **_temporal(2),
    **_temporal(3),
    **_temporal(4),
    **_temporal(5),
    **_temporal(6),
    "c": _text("CHAR(20) CHARACTER SET utf8mb4", 20),
    "c255": _text("CHAR(255) CHARACTER SET utf8mb4", 255),
    "clatin": _text("CHAR(10) CHARACTER SET latin1", 10, "aé"),
    "v": _text("VARCHAR(60) CHARACTER SET utf8mb4", 60),
    "v300": _text("VARCHAR(300) CHARACTER SET latin1", 300, "abcü "),
    "vutf16": _text("VARCHAR(20) CHARACTER SET utf16", 20),
    "b": ColumnCase(
        "BINARY(7)",
        lambda r: _bytes_literal(r, 7),
        "HEX({})",
        lambda value: _hex(value).rstrip(b"\0"),
        lambda raw: raw if raw is None else raw.rstrip(b"\0"),
    ),
    "vb": _binary("VARBINARY(300)", 300),
    "tb": _binary("TINYBLOB", 255),
    "bl": _binary("BLOB", 2000),
    "mb": _binary("MEDIUMBLOB", 3000),
    "lb": _binary("LONGBLOB", 3000),
    "tt": _text("TINYTEXT CHARACTER SET utf8mb4", 60),
    "tx": _text("TEXT CHARACTER SET utf8mb4", 500),
    "e": ColumnCase("ENUM('a','b','ü')", lambda r: r.choice(["'a'", "'b'", "3"]), "{} + 0", int),
    "e300": ColumnCase(
        "ENUM(" + ",".join(f"'v{i}'" for i in range(300)) + ")", lambda r: str(r.randint(1, 300)), "{} + 0", int
    ),
    "s": ColumnCase("SET('x','y','z')", lambda r: str(r.randrange(8)), "{} + 0", int),
    "s64": ColumnCase(
        "SET(" + ",".join(f"'v{i}'" for i in range(64)) + ")",
        lambda r: str(r.randrange(2**64)),
        "CAST({} AS UNSIGNED)",
        int,
    ),
    "g": ColumnCase(
        "GEOMETRY",
        lambda r: (
            f"ST_GeomFromText('{r.choice(['POINT(1 2)', 'LINESTRING(0 0, 3 4.5)', 'POLYGON((0 0,0 1,1 1,0 0))'])}')"
        ),
        "HEX({})",
        _hex,
    ),
}


def _blank_padded(size: int) -> Expected:
    return lambda raw: raw if raw is None else raw.ljust(size, b"\0")


MARIADB: dict[str, ColumnCase] = {
    "vc": _text("VARCHAR(2000) COMPRESSED CHARACTER SET utf8mb4", 700),
    "vc100": _text("VARCHAR(60) COMPRESSED CHARACTER SET latin1", 60, "ab"),
    "bc": _binary("BLOB COMPRESSED", 3000),
    "txc": _text("TEXT COMPRESSED CHARACTER SET utf8mb4", 2000, "ab"),
    "u": ColumnCase(
        "UUID", lambda r: f"'{r.randbytes(16).hex()}'", "HEX(CAST({} AS BINARY(16)))", _hex, _blank_padded(16)
    ),
    "i6": ColumnCase(
        "INET6",
        lambda r: r.choice(["'::'", "'::1'", "'2001:db8::ff00:42:0'"]),
        "HEX(CAST({} AS BINARY(16)))",
        _hex,
        _blank_padded(16),
    ),
    "i4": ColumnCase(
        "INET4",
        lambda r: f"'{r.randrange(256)}.0.{r.randrange(256)}.0'",
        "HEX(CAST({} AS BINARY(4)))",
        _hex,
        _blank_padded(4),
    ),
    "js": _text("JSON", 0),
}
MARIADB["js"] = ColumnCase("JSON", lambda r: r.choice(["'{\"a\": 1}'", "'[]'", "'\"x\"'"]), "HEX({})", _hex)


def _json_value(r: random.Random, depth: int = 0) -> object:
    if depth < 3 and r.random() < 0.5:
        count = r.choice([0, 1, 3, 8])
        if r.random() < 0.5:
            return [_json_value(r, depth + 1) for _ in range(count)]
        return {f"k{r.randrange(10**6)}ü": _json_value(r, depth + 1) for _ in range(count)}
    return r.choice(
        [
            None,
            True,
            False,
            0,
            -1,
            32767,
            -32769,
            2**31,
            -(2**40),
            2**63,
            1.5,
            -1e-9,
            1e300,
            "",
            'q"\\\n',
            "😀" * 3,
            "x" * 200,
        ]
    )


def _json_literal(r: random.Random) -> str:
    fixed = [
        "JSON_OBJECT('d', CAST('2020-02-03' AS DATE), 't', CAST('-12:13:14.5' AS TIME(3)))",
        "JSON_ARRAY(CAST('2020-02-03 04:05:06.000007' AS DATETIME(6)), 12.50, CAST(4000000000 AS UNSIGNED))",
        "CAST('7' AS JSON)",
        "JSON_ARRAY(REPEAT('long', 30000), 5)",
    ]
    text = json.dumps(_json_value(r), ensure_ascii=False).replace("\\", "\\\\").replace("'", "''")
    return r.choice([*fixed, f"CAST('{text}' AS JSON)", f"CAST('{text}' AS JSON)"])


def _json_parsed(value: object) -> object:
    """As numbers are printed differently, they are compared as numbers; dates lose trailing zeros of their fraction."""
    if value is None:
        return None
    return _normal(json.loads(str(value)))


def _normal(value: object) -> object:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, str) and value.count(":") == 2:
        return value.rstrip("0").rstrip(".") if "." in value else value
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return value if 2**53 <= abs(value) < 2**64 else float(value)


def mysql_columns(version: tuple[int, ...]) -> dict[str, ColumnCase]:
    """What this MySQL has beyond the common types."""
    columns: dict[str, ColumnCase] = {}
    if version >= (5, 7, 8):
        columns["j"] = ColumnCase("JSON", _json_literal, "{}", _json_parsed, _json_parsed)
    if version >= (9, 0):
        columns["vec"] = ColumnCase("VECTOR(3)", lambda r: f"TO_VECTOR('[{r.uniform(-9, 9)}, 1, 0]')", "HEX({})", _hex)
    return columns


def mariadb_columns(version: tuple[int, ...]) -> dict[str, ColumnCase]:
    """What this MariaDB has beyond the common types."""
    columns = dict(MARIADB)
    if version >= (11, 7):
        columns["vec"] = ColumnCase(
            "VECTOR(3)", lambda r: f"Vec_FromText('[{r.uniform(-9, 9)}, 1, 0]')", "HEX({})", _hex
        )
    return columns
