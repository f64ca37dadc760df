"""Reads the value behind DEFAULT, in the form in which Debezium keeps it.

Literals lose the quotes around them and nothing else: escapes and doubled quotes stay. A calculated default counts as
known to be NULL. Hexadecimal and binary literals differ between the connectors; each form is as Debezium 3.6 makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.lexer import Kind, Token, unquoted

EPOCH = "1970-01-01 00:00:00"
"""Stands for CURRENT_TIMESTAMP and its synonyms."""
_NOW = ("CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP")
_OPERATORS = ("+", "-", "*", "/", "%", "|", "&", "^", "<", ">", "=", "!", ".")


@dataclass(frozen=True, slots=True)
class Default:
    """A default value: `known` with text, or with None for NULL; neither where the definition leaves it open."""

    known: bool
    text: str | None = None


NO_DEFAULT = Default(False)
_CALCULATED = Default(True)


def accept_now(cursor: Cursor) -> bool:
    """Steps over CURRENT_TIMESTAMP or a synonym, with its parentheses, if it stands here."""
    if not cursor.accept_any(*_NOW):
        return False
    cursor.skip_parentheses()
    return True


def read_default(cursor: Cursor) -> Default:
    """The value at the cursor, which stands behind DEFAULT."""
    if cursor.peek() == "(":
        cursor.skip_parentheses()
        return _CALCULATED
    if cursor.accept("NULL"):
        return NO_DEFAULT
    if accept_now(cursor):
        if cursor.flavor == "mariadb" and cursor.accept("ON", "UPDATE"):  # MariaDB's parser has them in one rule
            accept_now(cursor)
        return Default(True, EPOCH)
    default = _literal(cursor) or _calculated(cursor)
    if cursor.peek() in _OPERATORS:
        _skip_expression(cursor)
        return _CALCULATED
    return default


def _literal(cursor: Cursor) -> Default | None:
    sign = cursor.accept_any("+", "-")
    token = cursor.token()
    if token is None:
        return NO_DEFAULT
    if token.kind is Kind.NUMBER:
        cursor.step()
        text = _number(token, cursor)
        return NO_DEFAULT if text is None else Default(True, sign + text)
    if token.kind is Kind.STRING:
        return Default(True, sign + unquoted(_strings(cursor)))
    if token.upper in ("TRUE", "FALSE"):
        cursor.step()
        return Default(True, token.text)
    following = cursor.token(1)
    if following is not None and following.kind is Kind.STRING and token.kind is Kind.WORD:
        return _introduced(cursor)
    return None


def _number(token: Token, cursor: Cursor) -> str | None:
    """A number as it is; of b'..' what is between the quotes. The others only MySQL's connector knows, and cuts so."""
    text = token.text
    if text[0] in "bB" or (text[0] in "xX" and cursor.flavor == "mysql"):
        return text[2:-1]
    if text[0] in "xX":
        return None
    if text[:2] in ("0x", "0X", "0b"):
        return text[2:-1] if cursor.flavor == "mysql" else None
    return text


def _strings(cursor: Cursor) -> str:
    """Adjacent literals, joined with their quotes."""
    parts = []
    while (token := cursor.token()) is not None and token.kind is Kind.STRING:
        parts.append(token.text)
        cursor.step()
    return "".join(parts)


def _introduced(cursor: Cursor) -> Default:
    """`_utf8'x'`, `N'x'`, `DATE'2020-01-02'`."""
    word = cursor.next().text
    strings = _strings(cursor)
    if word.startswith("_") and cursor.flavor == "mysql":
        return Default(True, unquoted(strings))
    if word.upper() in ("DATE", "TIME", "TIMESTAMP") and cursor.flavor == "mariadb":
        return Default(True, unquoted(strings))
    return Default(True, word + strings)


def _calculated(cursor: Cursor) -> Default:
    """A function's call or another expression that MariaDB takes without parentheses."""
    if cursor.accept("NEXT", "VALUE", "FOR"):
        cursor.table()
    elif cursor.peek() not in (",", ")"):
        cursor.skip_one()
        cursor.skip_parentheses()
    return _CALCULATED


def _skip_expression(cursor: Cursor) -> None:
    while cursor.peek() in _OPERATORS:
        cursor.step()
        if cursor.peek() not in (*_OPERATORS, ",", ")"):
            cursor.skip_one()
            cursor.skip_parentheses()
