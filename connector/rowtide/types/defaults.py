"""Reading default expressions, as far as it is common to the type families.

The expressions are those of `Column.default`: unquoted, and not evaluated. A family's reader raises ValueError for an
expression that is no constant of its type; the column then has no schema default, as with Debezium.
"""

from __future__ import annotations

import math
import re

from rowtide.tables.model import Column
from rowtide.types import jdbc

_TRIMMED = jdbc.NUMBERS | {jdbc.DATE, jdbc.TIMESTAMP, jdbc.TIMESTAMP_WITH_TIMEZONE, jdbc.TIME, jdbc.BOOLEAN}
_INTRODUCER = re.compile(r"_[A-Za-z0-9]+'(.*)'")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?\s*")
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1


def default_text(column: Column, expression: str) -> str:
    """The expression without blanks around it (numbers, times), character set introducer, and TRUE and FALSE."""
    if column.jdbc_type in _TRIMMED:
        expression = expression.strip()
    introduced = _INTRODUCER.fullmatch(expression)
    if introduced:
        expression = introduced.group(1)
    if column.jdbc_type in jdbc.NUMBERS and expression.lower() in ("true", "false"):
        return "1" if expression.lower() == "true" else "0"
    return expression


def no_default(expression: str) -> object:
    """For families that refuse every default expression."""
    raise ValueError("the type takes no default")


def default_double(expression: str) -> float:
    """`Double.parseDouble`, as far as numbers in SQL can look."""
    if not _NUMBER.fullmatch(expression):
        raise ValueError("not a number")
    return float(expression.strip().rstrip("dDfF"))


def default_integer(expression: str, bits: int) -> int:
    """A number rounded half up by way of a double, then cut to a signed integer of that many bits, as Java casts."""
    number = default_double(expression)
    if math.isinf(number):
        rounded = _INT64_MAX if number > 0 else _INT64_MIN
    else:
        rounded = min(max(math.floor(number + 0.5), _INT64_MIN), _INT64_MAX)
    return wrap_signed(rounded, bits)


def wrap_signed(number: int, bits: int) -> int:
    """The number modulo 2**bits as a signed integer."""
    half = 1 << (bits - 1)
    return ((number + half) & ((1 << bits) - 1)) - half
