"""Columns of every type that a server offers, with random values and defaults for them.

Left out is what Debezium itself shows differently in a snapshot and in the stream (docs/differences.md).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pymysql

from rowtide.mysql.charsets import codec_name
from tests.integration.versions.servers import VersionServer

Literal = Callable[[random.Random], str]


@dataclass(frozen=True)
class ColumnKind:
    """A column to be made.

    Attributes:
        type: as a CREATE TABLE statement spells it.
        literal: SQL for a random value.
        default: SQL for a default; None where the type can have none.
        key: what stands for it in an index; empty where it can't be in one.
        nullable: it is NULL or NOT NULL at random; otherwise the type says it.
    """

    type: str
    literal: Literal
    default: Literal | None = None
    key: str = "{}"
    nullable: bool = True


Maker = Callable[[random.Random], ColumnKind]


Alphabets = Mapping[str, str]
"""Letters by character set."""


def kinds(server: VersionServer, charsets: Alphabets) -> Mapping[str, Maker]:
    """All kinds of column of a server."""
    fractions = server.since((5, 6, 4), (5, 3))
    known = {
        "integer": _integer,
        "decimal": _decimal,
        "float": _float,
        "double": _double,
        "bit": _bit,
        "year": _year,
        "date": _date,
        "datetime": lambda r: _datetime(r, fractions=fractions),
        "timestamp": lambda r: _timestamp(r, server, fractions=fractions),
        "current": lambda r: _current(r, server, fractions=fractions),
        "time": lambda r: _time(r, fractions=fractions),
        "char": lambda r: _char(r, charsets),
        "text": lambda r: _long_text(r, charsets),
        "binary": lambda r: _binary(r, server),
        "blob": _blob,
        "enum": lambda r: _enum(r, charsets),
        "set": lambda r: _set(r, charsets),
        "geometry": lambda r: _geometry(r, server),
    }
    special: list[tuple[str, Maker, tuple[int, ...] | None, tuple[int, ...] | None]] = [
        ("json", _json, (5, 7, 8), None),
        ("vector", lambda r: _vector(r, server), (9, 0), (11, 7)),
        ("uuid", _uuid, None, (10, 7)),
        ("inet4", _inet4, None, (10, 10)),
        ("inet6", _inet6, None, (10, 5)),
        ("compressed", _compressed, None, (10, 3)),
        ("generated", _generated, (5, 7, 6), (10, 2)),
        ("invisible", _invisible, (8, 0, 23), (10, 3)),
        ("expression", _expression_default, (8, 0, 13), (10, 2)),
    ]
    if not server.since((5, 6), (10, 0)):
        del known["bit"]  # 5.5.9 spoils its own memory with them, and crashes at some later FLUSH TABLES
    return known | {name: maker for name, maker, mysql, mariadb in special if server.since(mysql, mariadb)}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _integer(r: random.Random) -> ColumnKind:
    name, bits = r.choice([("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64)])
    name = r.choice([name, name, f"{name}({r.randint(2, 20)})"])
    sign = r.choice(["", "", " UNSIGNED", " UNSIGNED ZEROFILL"])
    low, high = (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def literal(g: random.Random) -> str:
        return str(g.choice([low, high, 0, 1, g.randint(low, high)]))

    return ColumnKind(f"{name}{sign}", literal, lambda g: g.choice(["{}", "'{}'"]).format(literal(g)))


def _decimal(r: random.Random) -> ColumnKind:
    precision = r.choice([1, 5, 9, 10, 18, 19, 38, 65, r.randint(1, 65)])
    scale = r.choice([0, min(precision, 30), r.randint(0, min(precision, 30))])
    sign = r.choice(["", "", "", " UNSIGNED", " ZEROFILL"])
    name = r.choice(["DECIMAL", "NUMERIC", "DEC", "FIXED"])

    def literal(g: random.Random) -> str:
        whole = "".join(g.choice("0123456789") for _ in range(g.randint(0, precision - scale))) or "0"
        part = "".join(g.choice("0123456789") for _ in range(scale))
        extreme = "9" * (precision - scale) + "." + "9" * scale
        number = g.choice([f"{whole}.{part}0", extreme if extreme != "." else "0", "0"])
        return ("" if sign else g.choice(["", "-"])) + number

    return ColumnKind(f"{name}({precision},{scale}){sign}", literal, literal)


def _single(g: random.Random) -> str:
    """At most six digits, which is what a SELECT shows of a FLOAT."""
    number = f"{g.randint(-99999, 99999)}e{g.randint(-40, 32)}"
    return g.choice(["0", "-1.5", "1e-30", "-3.25e38", "0.1", number])


def _float(r: random.Random) -> ColumnKind:
    return ColumnKind(
        r.choice(["FLOAT", "FLOAT", "FLOAT(7)", "FLOAT(24)"]), _single, lambda g: str(g.randint(-9999, 9999))
    )


def _double(r: random.Random) -> ColumnKind:
    name = r.choice(["DOUBLE", "DOUBLE PRECISION", "FLOAT(25)", "FLOAT(53)", "DOUBLE(12,3)", "DOUBLE(30,10)"])

    def literal(g: random.Random) -> str:
        if "," in name:
            return repr(round(g.uniform(-1e6, 1e6), 3))
        return repr(g.choice([0.0, -2.5, 1.7e308, -1e-300, 0.1, g.uniform(-1, 1), g.uniform(-1e18, 1e18)]))

    return ColumnKind(name, literal, lambda g: repr(g.randint(-9999, 9999) / 4))


def _bit(r: random.Random) -> ColumnKind:
    bits = r.choice([1, 2, 7, 8, 9, 16, 33, 63, 64])

    def literal(g: random.Random) -> str:
        return f"b'{g.choice([0, 1, 2**bits - 1, g.randrange(2**bits)]):b}'"

    return ColumnKind(f"BIT({bits})", literal, literal)


def _year(r: random.Random) -> ColumnKind:
    def literal(g: random.Random) -> str:
        return str(g.choice([1901, 2155, g.randint(1901, 2155)]))

    return ColumnKind(r.choice(["YEAR", "YEAR(4)"]), literal, lambda g: g.choice(["{}", "'{}'"]).format(literal(g)))


def _day(g: random.Random, low: int = 0, high: int = 9999) -> str:
    return f"{g.randint(low, high):04d}-{g.randint(1, 12):02d}-{g.randint(1, 28):02d}"


def _clock(g: random.Random, digits: int) -> str:
    text = f"{g.randint(0, 23):02d}:{g.randint(0, 59):02d}:{g.randint(0, 59):02d}"
    fraction = g.choice([0, 10**digits - 1, g.randrange(10**digits)])
    return f"{text}.{fraction:0{digits}d}" if digits else text


_ODD_DAYS = (
    "0000-00-00",
    "2020-00-10",
    "2020-11-00",
    "0000-05-06",
    "0001-01-01",
    "0070-01-01",
    "9999-12-31",
    "1582-10-10",
)


def _date(r: random.Random) -> ColumnKind:
    def literal(g: random.Random) -> str:
        return f"'{g.choice([*_ODD_DAYS, _day(g), _day(g), _day(g), _day(g, 1900, 2100)])}'"

    return ColumnKind("DATE", literal, lambda g: f"'{g.choice([_day(g, 1000), '0000-00-00', '2020-00-10'])}'")


def _digits(r: random.Random, *, fractions: bool) -> tuple[int, str]:
    digits = r.choice([0, 0, 1, 2, 3, 4, 5, 6]) if fractions else 0
    return digits, f"({digits})" if digits else ""


def _datetime(r: random.Random, *, fractions: bool) -> ColumnKind:
    digits, suffix = _digits(r, fractions=fractions)

    def literal(g: random.Random) -> str:
        day = g.choice([*_ODD_DAYS, _day(g), _day(g), _day(g), _day(g, 1900, 2100)])
        return f"'{day} {g.choice([_clock(g, digits), '00:00:00', '23:59:59'])}'"

    def default(g: random.Random) -> str:
        return f"'{g.choice([_day(g, 1000) + ' ' + _clock(g, digits), '0000-00-00 00:00:00'])}'"

    return ColumnKind(f"DATETIME{suffix}", literal, default)


def _moment(g: random.Random, digits: int, zero: list[str]) -> str:
    last = f"'2038-01-19 03:14:07{'.' + '9' * digits if digits else ''}'"
    return g.choice([*zero, "'1970-01-01 00:00:01'", last, *[f"'{_day(g, 1971, 2037)} {_clock(g, digits)}'"] * 4])


def _zero_timestamp(server: VersionServer) -> list[str]:
    """None on MariaDB, where the stream has the epoch and a snapshot null, as with Debezium."""
    return ["'0000-00-00 00:00:00'"] if server.flavor == "mysql" else []


def _timestamp(r: random.Random, server: VersionServer, *, fractions: bool) -> ColumnKind:
    """NULL or a default is always said: what a bare TIMESTAMP means depends on the server's settings."""
    zero = _zero_timestamp(server)
    digits, suffix = _digits(r, fractions=fractions)

    def default(g: random.Random) -> str:
        return g.choice([*zero, f"'{_day(g, 1971, 2037)} {_clock(g, digits)}'"])

    more = r.choice(["NULL", f"NULL DEFAULT {default(r)}", f"NOT NULL DEFAULT {default(r)}"])
    return ColumnKind(f"TIMESTAMP{suffix} {more}", lambda g: _moment(g, digits, zero), nullable=False)


def _current(r: random.Random, server: VersionServer, *, fractions: bool) -> ColumnKind:
    """Filled by the server's clock. Before 5.6 and 10.0 only one TIMESTAMP of a table could be."""
    if not server.since((5, 6, 5), (10, 0)):
        return _datetime(r, fractions=False)
    name = r.choice(["TIMESTAMP", "DATETIME"])
    zero = _zero_timestamp(server)
    digits, suffix = _digits(r, fractions=fractions)
    now = r.choice(["CURRENT_TIMESTAMP", "NOW"]) + (suffix or "()")
    null = r.choice(["NULL", "NOT NULL"])
    update = r.choice(["", f" ON UPDATE {now}"])
    return ColumnKind(
        f"{name}{suffix} {null} DEFAULT {now}{update}", lambda g: _moment(g, digits, zero), nullable=False
    )


def _time(r: random.Random, *, fractions: bool) -> ColumnKind:
    digits, suffix = _digits(r, fractions=fractions)

    def literal(g: random.Random) -> str:
        hours = g.choice([0, 0, 23, 24, 837, g.randint(0, 837)])
        clock = g.choice([_clock(g, digits)[3:], "00:00"])
        return g.choice([f"'{g.choice(['', '-'])}{hours:02d}:{clock}'", "'838:59:59'", "'-838:59:59'", "'-00:00:01'"])

    return ColumnKind(f"TIME{suffix}", literal, literal)


_LETTERS = "'aZ09 -_%ñé߯łŽżđőЖяάΩאבสวัสดี漢字かな한글あｱ€™😀"


def alphabets(connection: pymysql.Connection) -> Alphabets:
    """The letters that each character set of a server has and whose bytes we read as those letters."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW CHARACTER SET")
        names = [row[0] for row in cursor.fetchall() if row[0] != "binary"]
        columns = ", ".join(f"{name} VARCHAR(2) CHARACTER SET {name}" for name in names)
        cursor.execute("SELECT @@SESSION.sql_mode")
        (mode,) = cursor.fetchone()
        cursor.execute("SET SESSION sql_mode = ''")  # a letter that a set lacks becomes another
        cursor.execute(f"CREATE TEMPORARY TABLE stored_letters ({columns})")
        rows = ", ".join("(" + ", ".join([_quoted(letter)] * len(names)) + ")" for letter in _LETTERS)
        cursor.execute(f"INSERT IGNORE INTO stored_letters VALUES {rows}")
        cursor.execute(f"SELECT {', '.join(f'HEX({name})' for name in names)} FROM stored_letters")
        stored = dict(zip(_LETTERS, cursor.fetchall(), strict=True))
        cursor.execute("DROP TEMPORARY TABLE stored_letters")
        cursor.execute("SET SESSION sql_mode = %s", (mode,))
    return {
        name: "".join(letter for letter in _LETTERS if letter == _decoded(stored[letter][i], name))
        for i, name in enumerate(names)
    }


def _decoded(stored: str, charset: str) -> str:
    return bytes.fromhex(stored).decode(codec_name(charset), "replace")


def _charset(r: random.Random, charsets: Alphabets) -> tuple[str, str]:
    """A clause for a character set or none, and its letters."""
    if r.random() < 0.3:
        return "", charsets["ascii"]
    charset = r.choice(list(charsets))
    return f" CHARACTER SET {charset}", charsets[charset]


def _word(g: random.Random, alphabet: str, length: int) -> str:
    size = g.choice([0, 1, length, g.randint(0, length)])
    return "".join(g.choice(alphabet) for _ in range(size))


def _char(r: random.Random, charsets: Alphabets) -> ColumnKind:
    clause, alphabet = _charset(r, charsets)
    length = r.choice([1, 5, 10, 20, 63, 64, 100, 255])
    name = r.choice(["CHAR", "VARCHAR", "VARCHAR"])
    if name == "VARCHAR":
        length = r.choice([length, 300, 500])

    def default(g: random.Random) -> str:
        # SHOW CREATE TABLE leaves out blanks at the end of a CHAR's default, and prints ? for the letter.
        word = _word(g, alphabet.replace("😀", ""), min(length, 10)).rstrip()
        return g.choice(["''", "'it''s'" if "'" in alphabet else "'its'", _quoted(word)])

    key = "{}(5)" if length > 10 else "{}"
    return ColumnKind(f"{name}({length}){clause}", lambda g: _quoted(_word(g, alphabet, length)), default, key)


def _long_text(r: random.Random, charsets: Alphabets) -> ColumnKind:
    clause, alphabet = _charset(r, charsets)
    name, length = r.choice([("TINYTEXT", 60), ("TEXT", 500), ("MEDIUMTEXT", 1000), ("LONGTEXT", 3000)])
    return ColumnKind(f"{name}{clause}", lambda g: _quoted(_word(g, alphabet, length)), key="{}(7)")


def _bytes(g: random.Random, length: int) -> str:
    size = g.choice([0, 1, length, g.randint(0, length)])
    data = bytes(g.randrange(256) for _ in range(size))
    return f"x'{(data + g.choice([b'', bytes(3), b'  ']))[:length].hex()}'"


def _binary(r: random.Random, server: VersionServer) -> ColumnKind:
    """Newer MariaDB shows a default in hexadecimal, which does not count as one."""
    length = r.choice([1, 4, 7, 16, 255])
    name = r.choice(["BINARY", "VARBINARY"])
    default = (
        None if name == "BINARY" or server.since(None, (11, 5)) else lambda g: _quoted(_word(g, "abc", min(length, 5)))
    )
    return ColumnKind(f"{name}({length})", lambda g: _bytes(g, length), default, "{}(3)" if length > 3 else "{}")


def _blob(r: random.Random) -> ColumnKind:
    name, length = r.choice([("TINYBLOB", 255), ("BLOB", 2000), ("MEDIUMBLOB", 3000), ("LONGBLOB", 5000), ("BLOB", 20)])
    return ColumnKind(name, lambda g: _bytes(g, length), key="{}(4)")


def _items(r: random.Random, alphabet: str, count: int) -> list[str]:
    """Different ones, without blanks at their ends, which the server cuts; of the letters that SHOW CREATE TABLE can
    print."""
    letters = [letter for letter in alphabet if letter != " " and ord(letter) < 0x10000] + ["'"]
    return [f"{''.join(r.choice(letters) for _ in range(r.randint(0, 6)))}{i}" for i in range(count)]


def _enum(r: random.Random, charsets: Alphabets) -> ColumnKind:
    clause, alphabet = _charset(r, charsets)
    items = _items(r, alphabet, r.choice([1, 2, 5, 255, 256, 300]))

    def literal(g: random.Random) -> str:
        return g.choice(
            [str(g.randint(1, len(items))), "'no such item'"] if g.random() < 0.1 else [str(g.randint(1, len(items)))]
        )

    listed = ",".join(map(_quoted, items))
    return ColumnKind(f"ENUM({listed}){clause}", literal, lambda g: _quoted(g.choice(items)))


def _set(r: random.Random, charsets: Alphabets) -> ColumnKind:
    clause, alphabet = _charset(r, charsets)
    items = _items(r, alphabet, r.choice([1, 3, 8, 9, 33, 64]))

    def literal(g: random.Random) -> str:
        return str(g.choice([0, 2 ** len(items) - 1, g.randrange(2 ** len(items))]))

    listed = ",".join(map(_quoted, items))
    return ColumnKind(f"SET({listed}){clause}", literal, lambda g: g.choice(["''", _quoted(items[0])]))


_SHAPES = {
    "POINT": ["POINT(1 2)", "POINT(-1.5 0.25)"],
    "LINESTRING": ["LINESTRING(0 0, 3 4.5)", "LINESTRING(0 0, 1 1, 2 0)"],
    "POLYGON": ["POLYGON((0 0, 0 1, 1 1, 0 0))"],
    "MULTIPOINT": ["MULTIPOINT(0 0, 1 1)"],
    "MULTILINESTRING": ["MULTILINESTRING((0 0, 1 1), (2 2, 3 3))"],
    "MULTIPOLYGON": ["MULTIPOLYGON(((0 0, 0 1, 1 1, 0 0)))"],
    "GEOMETRYCOLLECTION": ["GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1))"],
}
_SHAPES["GEOMETRY"] = [text for texts in _SHAPES.values() for text in texts]


def _geometry(r: random.Random, server: VersionServer) -> ColumnKind:
    name = r.choice(list(_SHAPES))
    function = "ST_GeomFromText" if server.since((5, 7), (10, 2)) else "GeomFromText"
    number = r.choice([None, 0, 4326])

    def literal(g: random.Random) -> str:
        more = "" if number is None else f", {number}"
        return f"{function}('{g.choice(_SHAPES[name])}'{more})"

    return ColumnKind(name, literal, key="")


def _json_value(g: random.Random, depth: int = 0) -> object:
    if depth < 3 and g.random() < 0.5:
        count = g.choice([0, 1, 3, 8])
        if g.random() < 0.5:
            return [_json_value(g, depth + 1) for _ in range(count)]
        return {f"k{g.randrange(10**6)}ü": _json_value(g, depth + 1) for _ in range(count)}
    numbers = [0, -1, 32767, -32769, 2**31, -(2**40), 2**63, 1.5, -1e-9, 1e300]
    return g.choice([None, True, False, *numbers, "", 'q"\\\n', "😀" * 3, "x" * 200])


def _json(r: random.Random) -> ColumnKind:
    def literal(g: random.Random) -> str:
        text = json.dumps(_json_value(g), ensure_ascii=False).replace("\\", "\\\\")
        return f"CAST({_quoted(text)} AS JSON)"

    return ColumnKind("JSON", literal, key="")


def _vector(r: random.Random, server: VersionServer) -> ColumnKind:
    size = r.choice([1, 3, 16])
    function = "STRING_TO_VECTOR" if server.flavor == "mysql" else "Vec_FromText"

    def literal(g: random.Random) -> str:
        return f"{function}('[{','.join(repr(g.choice([0.0, 1.5, g.uniform(-1, 1)])) for _ in range(size))}]')"

    return ColumnKind(f"VECTOR({size})", literal, key="")


def _uuid(r: random.Random) -> ColumnKind:
    def literal(g: random.Random) -> str:
        return f"'{g.choice([g.randbytes(16), bytes(16), g.randbytes(8) + bytes(8)]).hex()}'"

    return ColumnKind("UUID", literal)


def _inet4(r: random.Random) -> ColumnKind:
    return ColumnKind("INET4", lambda g: f"'{g.randrange(256)}.0.{g.randrange(256)}.{g.choice([0, 7])}'")


def _inet6(r: random.Random) -> ColumnKind:
    addresses = [
        "::",
        "::1",
        "2001:db8::ff00:42:0",
        "::ffff:192.0.2.1",
        "2001:db8:85a3::8a2e:370:7334",
        "1:2:3:4:5:6::",
    ]
    return ColumnKind("INET6", lambda g: f"'{g.choice(addresses)}'")


def _compressed(r: random.Random) -> ColumnKind:
    """A NOT NULL one has an empty default in SHOW CREATE TABLE alone."""
    text = r.choice(["VARCHAR(500)", "TEXT", "LONGTEXT", "VARBINARY(400)", "BLOB"])
    if "B" in text.replace("LONGTEXT", ""):
        return ColumnKind(f"{text} COMPRESSED NULL", lambda g: _bytes(g, 400), key="", nullable=False)
    return ColumnKind(f"{text} COMPRESSED NULL", lambda g: _quoted(_word(g, "ab", 500)), key="", nullable=False)


def _generated(r: random.Random) -> ColumnKind:
    """A row always gives it DEFAULT."""
    kind = r.choice(["VIRTUAL", "STORED", ""])
    what = r.choice(["INT", "BIGINT", "VARCHAR(40)", "DECIMAL(20,2)"])
    expression = "CONCAT('no ', id)" if "CHAR" in what else "(id * 2)"
    always = r.choice(["GENERATED ALWAYS ", ""])
    return ColumnKind(f"{what} {always}AS ({expression}) {kind}", lambda g: "DEFAULT", key="", nullable=False)


def _invisible(r: random.Random) -> ColumnKind:
    return ColumnKind("INT DEFAULT 5 INVISIBLE", lambda g: str(g.randint(-9, 9)), nullable=False)


def _expression_default(r: random.Random) -> ColumnKind:
    what, expression = r.choice(
        [("INT", "(1 + 1)"), ("VARCHAR(40)", "(concat('a', 'b'))"), ("TEXT", "(concat('long', 1))")]
    )
    return ColumnKind(f"{what} DEFAULT {expression}", lambda g: r.choice(["DEFAULT", "'7'"]), nullable=False, key="")
