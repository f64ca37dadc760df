"""Splits the text of SQL statements into tokens, with MySQL's and MariaDB's rules for quotes, comments and numbers.

Executable comments (`/*!50100 ... */`, MariaDB's `/*M!100301 ... */`) yield their contents when the server would run
them; all other comments yield nothing. Any text can be split: an unterminated quote or comment ends with the text.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Literal

Flavor = Literal["mysql", "mariadb"]


class Kind(enum.Enum):
    WORD = "word"
    """A keyword or an unquoted name."""
    NAME = "name"
    """A name in backticks; `text` keeps them."""
    STRING = "string"
    """A literal in single or double quotes; `text` keeps them."""
    NUMBER = "number"
    VARIABLE = "variable"
    """`@user`, `@@global.system` and the like."""
    SIGN = "sign"
    """One other character."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        start, stop: where `text` stands in the statement, in characters; `stop` is exclusive.
        upper: what keywords compare with: a WORD in upper case, a SIGN as it is, empty for the others.
        conditional: it stood in an executable comment.
    """

    kind: Kind
    text: str
    start: int
    stop: int
    upper: str
    conditional: bool = False


_PATTERN = r"""
    (?P<space>\s+)
  | (?P<comment>--(?=[\s\x00-\x1f]|$)[^\n]*|\#[^\n]*)
  | (?P<block>/\*)
  | (?P<bits>[bBxX]'[^']*')
  | (?P<string>STRINGS)
  | (?P<name>`(?:[^`]|``)*(?:`|$))
  | (?P<variable>@@?(?:`(?:[^`]|``)*`|'[^']*'|"[^"]*"|[\w.$]*))
  | (?P<number>0[xX][0-9a-fA-F]+(?![\w$])|0b[01]+(?![\w$])
        |[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?(?![\w$])|[0-9]+[eE][+-]?[0-9]+(?![\w$])
        |\.[0-9]+(?:[eE][+-]?[0-9]+)?(?![\w$])|[0-9]+(?![\w$]))
  | (?P<word>[\w$\x80-\U0010ffff]+)
  | (?P<sign>.)
    """
_STRINGS = r"""'(?:[^'\\]|\\.|'')*(?:'|\\?$)|"(?:[^"\\]|\\.|"")*(?:"|\\?$)"""
_PLAIN_STRINGS = r"""'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)"""
_TOKEN = re.compile(_PATTERN.replace("STRINGS", _STRINGS), re.VERBOSE | re.DOTALL)
_TOKEN_WITHOUT_ESCAPES = re.compile(_PATTERN.replace("STRINGS", _PLAIN_STRINGS), re.VERBOSE | re.DOTALL)

_VERSION = re.compile(r"/\*(M?)!([0-9]{5,6})?")
_MARIADB_FOREIGN_VERSIONS = range(50700, 100000)
"""MySQL versions whose comments MariaDB leaves alone, having no such features (MariaDB, "Comment Syntax")."""


def tokenize(text: str, flavor: Flavor, *, escapes: bool = True) -> list[Token]:
    """The tokens of the text. Never raises.

    Args:
        escapes: a backslash escapes, as it does where sql_mode has no NO_BACKSLASH_ESCAPES.
    """
    pattern = _TOKEN if escapes else _TOKEN_WITHOUT_ESCAPES
    tokens: list[Token] = []
    position, conditional = 0, False
    while position < len(text):
        if conditional and text.startswith("*/", position):
            position, conditional = position + 2, False
            continue
        match = pattern.match(text, position)
        if match is None:  # cannot be: `sign` takes anything
            break
        group = match.lastgroup or "sign"
        if group == "block":
            opened = executed_comment(text, position, flavor)
            if opened is None:
                end = text.find("*/", position + 2)
                position = len(text) if end < 0 else end + 2
            else:
                position, conditional = opened, True
            continue
        if group not in ("space", "comment"):
            tokens.append(_token(group, match, conditional))
        position = match.end()
    return tokens


def executed_comment(text: str, position: int, flavor: Flavor) -> int | None:
    """Where the contents of the comment at `position` begin if the server runs them, else None."""
    match = _VERSION.match(text, position)
    if match is None:
        return None
    version = int(match[2] or 0)
    if flavor == "mysql":
        runs = not match[1] and version < 100000
    else:
        runs = bool(match[1]) or version not in _MARIADB_FOREIGN_VERSIONS
    return match.end() if runs else None


_KINDS = {
    "bits": Kind.NUMBER,
    "string": Kind.STRING,
    "name": Kind.NAME,
    "variable": Kind.VARIABLE,
    "number": Kind.NUMBER,
    "word": Kind.WORD,
    "sign": Kind.SIGN,
}


def _token(group: str, match: re.Match[str], conditional: bool) -> Token:
    kind, text = _KINDS[group], match.group()
    upper = text.upper() if kind is Kind.WORD else text if kind is Kind.SIGN else ""
    return Token(kind, text, match.start(), match.end(), upper, conditional)


def unquoted(text: str) -> str:
    """The text without the quotes around it; what stands between them is left as it is, as Debezium does."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "`'\"":
        return text[1:-1]
    return text


def name_of(token: Token) -> str:
    """The name that a token gives: quotes taken off, doubled quotes undone.

    A name in single quotes was in double quotes when it was executed (`rowtide.tables.ddl.normalize`).
    """
    if token.kind in (Kind.NAME, Kind.STRING):
        quote = token.text[0]
        name = unquoted(token.text).replace(quote + quote, quote)
        return name.replace('""', '"') if quote == "'" else name
    return token.text
