"""Reads the data type of a column definition, and says what it is in JDBC's and Debezium's terms.

Numbers are those of java.sql.Types and, for TIMESTAMP, of Debezium 3.6. Differences between the two connectors are
noted where they are; what follows no connector is the character set, which is always the one the server uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rowtide.errors import SchemaError
from rowtide.mysql.charsets import charset_of_collation
from rowtide.tables.ddl.collations import Overlooked, overlooked
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.lexer import Kind, name_of

CHAR, VARCHAR, NCHAR, NVARCHAR = 1, 12, -15, -9
TEXT_TYPES = frozenset({CHAR, VARCHAR, NCHAR, NVARCHAR})
"""The types that have a character set; ENUM and SET are CHAR."""
_BLOB, _OTHER, _BOOLEAN = 2004, 1111, 16
_TINY_OR_SMALL, _INTEGER, _BIGINT = 5, 4, -5
_LENGTH_MAX = 2**31 - 1

_NUMBERS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT1", "INT2"), _TINY_OR_SMALL),
    **dict.fromkeys(("MEDIUMINT", "MIDDLEINT", "INT", "INTEGER", "INT3", "INT4"), _INTEGER),
    **dict.fromkeys(("BIGINT", "INT8"), _BIGINT),
    **dict.fromkeys(("FLOAT", "FLOAT4"), 6),
    **dict.fromkeys(("DOUBLE", "FLOAT8"), 8),
    "REAL": 7,
    **dict.fromkeys(("DECIMAL", "DEC", "FIXED"), 3),
    "NUMERIC": 2,
}
_DECIMALS = frozenset({2, 3})
_PLAIN = {
    **dict.fromkeys(("BOOL", "BOOLEAN"), _BOOLEAN),
    **dict.fromkeys(("TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"), _BLOB),
    "BINARY": -2,
    "VARBINARY": -3,
    "BIT": -7,
    "DATE": 91,
    "TIME": 92,
    "DATETIME": 93,
    "TIMESTAMP": 2014,
    "YEAR": _INTEGER,
    **dict.fromkeys(
        ("JSON", "VECTOR", "UUID", "INET4", "INET6", "XMLTYPE", "GEOMETRY", "POINT", "LINESTRING", "POLYGON"), _OTHER
    ),
    **dict.fromkeys(("MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION", "GEOMCOLLECTION"), _OTHER),
}
_TEXTS = {
    **dict.fromkeys(("VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "VARCHARACTER"), VARCHAR),
    **dict.fromkeys(("CHAR", "CHARACTER"), CHAR),
    "NCHAR": NCHAR,
    "NVARCHAR": NVARCHAR,
}
_ORACLE_WORDS = {
    "VARCHAR2": "VARCHAR",
    "NVARCHAR2": "NVARCHAR",
    "CLOB": "LONGTEXT",
    "RAW": "VARBINARY",
    "NUMBER": "DECIMAL",
}
"""Names that MariaDB takes with sql_mode=ORACLE, and what it makes of them."""
_TEMPORAL = frozenset({91, 92, 93, 2014})


@dataclass(frozen=True, slots=True)
class DataType:
    """A column's type.

    Attributes:
        name: in upper case, with modifiers.
        charset: what the type itself says; None where the table's default holds.
        serial: it was SERIAL, which also says NOT NULL AUTO_INCREMENT UNIQUE.
    """

    name: str
    jdbc: int
    length: int | None = None
    scale: int | None = None
    charset: str | None = None
    enum_values: tuple[str, ...] = ()
    serial: bool = False


def read_type(cursor: Cursor) -> DataType:
    """The type that stands at the cursor.

    Raises:
        SchemaError: there is none, or none that we know.
    """
    token = cursor.next()
    word = _ORACLE_WORDS.get(token.upper, token.upper) if cursor.flavor == "mariadb" else token.upper
    if token.upper == "NUMBER" and cursor.peek() != "(":
        return _number(cursor, "DOUBLE")
    if word == "DATE" and cursor.flavor == "mariadb" and cursor.session.oracle:
        word = "DATETIME"
    if word in _NUMBERS:
        return _number(cursor, word)
    if word in ("NATIONAL", "NCHAR", "NVARCHAR"):
        return _national(cursor, word)
    if word in _TEXTS:
        return _text(cursor, word)
    if word == "LONG":
        return _long(cursor)
    if word in ("ENUM", "SET"):
        return _list(cursor, word)
    if word == "SERIAL":
        return DataType("BIGINT UNSIGNED", _BIGINT, serial=True)
    if word in _PLAIN:
        return _plain(cursor, word)
    raise SchemaError(f"unknown data type {token.text[:40]}")


def _number(cursor: Cursor, word: str) -> DataType:
    jdbc = _NUMBERS[word]
    if word == "DOUBLE" and cursor.accept("PRECISION"):
        word = "DOUBLE PRECISION"
    length, scale = _dimensions(cursor)
    if jdbc in _DECIMALS:
        length, scale = 10 if length is None else length, scale or 0
    modifiers = []
    while modifier := cursor.accept_any("SIGNED", "UNSIGNED", "ZEROFILL"):
        modifiers.append(modifier)
    return DataType(word + _sign(cursor, modifiers), jdbc, length, scale)


def _sign(cursor: Cursor, modifiers: Iterable[str]) -> str:
    """ZEROFILL brings UNSIGNED; of contradicting words MySQL's connector keeps the last, MariaDB's prefers UNSIGNED."""
    words = list(modifiers)
    if "ZEROFILL" in words:
        return " UNSIGNED ZEROFILL"
    if not words:
        return ""
    return " UNSIGNED" if cursor.flavor == "mariadb" and "UNSIGNED" in words else f" {words[-1]}"


def _plain(cursor: Cursor, word: str) -> DataType:
    jdbc = _PLAIN[word]
    length, _ = _dimensions(cursor, zero_is_ten=jdbc not in _TEMPORAL)
    if word == "BIT" and length is None:
        length = 1
    return DataType(word, jdbc, length)


def _text(cursor: Cursor, word: str) -> DataType:
    jdbc = _TEXTS[word]
    if jdbc == CHAR and cursor.accept("VARYING"):
        word, jdbc = f"{word} VARYING", VARCHAR
    length, _ = _dimensions(cursor)
    if cursor.accept("BYTE"):
        word = word.replace("TEXT", "BLOB") if "TEXT" in word else "BINARY" if jdbc == CHAR else "VARBINARY"
        return DataType(word, _PLAIN[word], length)
    charset, binary = _charset(cursor)
    shown = binary and not (cursor.flavor == "mariadb" and word.endswith(" VARYING"))  # as Debezium
    return DataType(word + (" BINARY" if shown else ""), jdbc, length, charset=charset)


def _national(cursor: Cursor, word: str) -> DataType:
    """NCHAR and its kin are always in what Debezium calls `utf8`, and one character long if they don't say."""
    words = [word]
    if word == "NATIONAL":
        words.append(cursor.accept_any("CHAR", "CHARACTER", "VARCHAR") or "CHAR")
    if words[-1] != "VARCHAR" and (more := cursor.accept_any("VARYING", "VARCHAR")):
        words.append(more)
    varying = words[-1] in ("VARYING", "VARCHAR", "NVARCHAR")
    length, _ = _dimensions(cursor)
    _, binary = _charset(cursor)
    if binary:
        words.append("BINARY")
    if length is None and not varying:
        length = 1
    return DataType(" ".join(words), NVARCHAR if varying else NCHAR, length, charset="utf8")


def _long(cursor: Cursor) -> DataType:
    if cursor.accept("BYTE"):
        return DataType("MEDIUMBLOB", _BLOB)
    if cursor.accept("VARBINARY"):
        return DataType("LONG VARBINARY", _BLOB)
    word = "LONG"
    if cursor.accept("VARCHAR"):
        word = "LONG VARCHAR"
    elif kind := cursor.accept_any("CHAR", "CHARACTER"):
        word = f"LONG {kind}" + (" VARYING" if cursor.accept("VARYING") else "")
    charset, binary = _charset(cursor)
    return DataType(word + (" BINARY" if binary else ""), VARCHAR, charset=charset)


def _list(cursor: Cursor, word: str) -> DataType:
    values = []
    cursor.must("(")
    while not cursor.accept(")"):
        token = cursor.next()
        if token.upper != ",":
            values.append(token.text)
    charset = _list_charset(cursor)
    length = 1 if word == "ENUM" else max(0, 2 * len(values) - 1)
    return DataType(word, CHAR, length, charset=charset, enum_values=tuple(values))


def _list_charset(cursor: Cursor) -> str | None:
    """The character set as it is spelled, quotes included, as Debezium has it."""
    cursor.accept("BINARY")
    if at_charset(cursor) and (spelled := read_charset(cursor, as_spelled=True)) is not None:
        return spelled
    charset, _ = _charset(cursor)
    return Overlooked(charset) if charset is not None and cursor.flavor == "mariadb" else charset


def _dimensions(cursor: Cursor, *, zero_is_ten: bool = True) -> tuple[int | None, int | None]:
    """`(length)` or `(length, scale)`; nothing where no parenthesis stands."""
    if not cursor.accept("("):
        return None, None
    numbers = []
    while not cursor.accept(")"):
        token = cursor.next()
        if token.kind is Kind.NUMBER:
            numbers.append(_whole(token.text))
    if not numbers:
        return None, None
    length = numbers[0]
    if length == 0 and zero_is_ten and cursor.flavor == "mysql":  # as Debezium: MySQL takes 0 for "not given"
        length = 10
    return length, numbers[1] if len(numbers) > 1 else None


def _whole(text: str) -> int:
    digits = re.match(r"[0-9]*", text)
    return min(int((digits[0] if digits else "")[:12] or "0"), _LENGTH_MAX)


def _charset(cursor: Cursor) -> tuple[str | None, bool]:
    """The words on character set that may follow a text type: its name, and whether BINARY was among them."""
    charset = collation = None
    binary = False
    while True:
        if at_charset(cursor):
            charset = read_charset(cursor)
        elif cursor.accept("COLLATE"):
            collation = name_of(cursor.next())
        elif cursor.accept("BINARY"):
            binary = True
        elif cursor.accept("ASCII"):
            charset = "latin1"
        elif cursor.accept("UNICODE"):
            charset = "ucs2"
        else:
            break
    if charset is None and collation is not None:
        known = cursor.flavor == "mysql" or not collation.lower().startswith("utf8_")
        charset = charset_of_collation(collation) if known else overlooked(collation)
    return charset, binary


def at_charset(cursor: Cursor) -> bool:
    """Whether CHARACTER SET, CHAR SET or CHARSET stands here."""
    return cursor.peek() == "CHARSET" or (cursor.peek() in ("CHARACTER", "CHAR") and cursor.peek(1) == "SET")


def read_charset(cursor: Cursor, *, as_spelled: bool = False) -> str | None:
    """The name behind CHARACTER SET [=]; None for DEFAULT, which leaves the choice to what is around.

    Args:
        as_spelled: keep the quotes about it.
    """
    if not cursor.accept("CHARSET"):
        cursor.step(2)
    cursor.accept("=")
    token = cursor.next()
    name = token.text if as_spelled else name_of(token)
    return None if name.upper() == "DEFAULT" else name
