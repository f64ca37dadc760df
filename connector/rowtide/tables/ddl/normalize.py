"""A statement's text as Debezium's MySQL connector records it: literals single-quoted, some names in backticks.

Source: Debezium 3.6 stores what its parser was given, and that parser takes neither double-quoted literals nor, as
names, the words that MySQL 8 reserved for window functions; both are rewritten before parsing. The MariaDB connector
records what was logged.
"""

from __future__ import annotations

import re

_COMMENT_OR_NAME = r"--[^\n]*|\#[^\n]*|/\*(?!!).*?\*/|`(?:``|[^`])*`"
_QUOTED = re.compile(rf"""({_COMMENT_OR_NAME}|'(?:''|[^'\\]|\\.)*')|"((?:[^"\\]|\\.|"")*)\"""", re.DOTALL)
_QUOTED_PLAINLY = re.compile(rf"""({_COMMENT_OR_NAME}|'(?:''|[^'])*')|"((?:[^"]|"")*)\"""", re.DOTALL)
_WINDOW_WORDS = (
    "(CUME_DIST|DENSE_RANK|FIRST_VALUE|JSON_TABLE|LAG|LAST_VALUE|LEAD|NTH_VALUE|NTILE|PERCENT_RANK|RANK|ROW_NUMBER)"
)
_AS_TABLE = re.compile(
    rf"\b((?:CREATE|ALTER|DROP)\s+TABLE|FROM|(?:(?:LEFT|RIGHT|INNER|OUTER)\s+)?JOIN|INTO)\s+{_WINDOW_WORDS}\b",
    re.IGNORECASE,
)
_AS_COLUMN = re.compile(
    rf"\b{_WINDOW_WORDS}\s+((?:VAR)?CHAR|INT|BIGINT|DECIMAL|NUMERIC|FLOAT|DOUBLE|JSON|TEXT|BLOB|DATE|DATETIME|TIMESTAMP|TIME|YEAR"
    r"|ENUM|SET|BINARY|VARBINARY|BIT|BOOL|BOOLEAN)\b",
    re.IGNORECASE,
)
_AS_LABEL = re.compile(rf"\b{_WINDOW_WORDS}\s*:", re.IGNORECASE)
_ANY_WINDOW_WORD = re.compile(_WINDOW_WORDS, re.IGNORECASE)


def normalized(sql: str, *, ansi_quotes: bool, escapes: bool = True) -> str:
    """The statement rewritten as described above; with `ansi_quotes`, what is in double quotes is a name and stays.

    Args:
        escapes: a backslash escapes.
    """
    if '"' not in sql and _ANY_WINDOW_WORD.search(sql) is None:
        return sql
    parts: list[str] = []
    last = 0
    for match in (_QUOTED if escapes else _QUOTED_PLAINLY).finditer(sql):
        parts.append(_quote_window_words(sql[last : match.start()]))
        double_quoted = match[2]
        if double_quoted is None or ansi_quotes:
            parts.append(match[0])
        else:
            parts.append("'" + double_quoted.replace("'", "''") + "'")
        last = match.end()
    parts.append(_quote_window_words(sql[last:]))
    return "".join(parts)


def _quote_window_words(text: str) -> str:
    text = _AS_TABLE.sub(r"\1 `\2`", text)
    text = _AS_COLUMN.sub(r"`\1` \2", text)
    return _AS_LABEL.sub(r"`\1`:", text)
