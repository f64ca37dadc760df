"""The operators and functions of expressions, each of which takes a time bounded by the size of what it is given."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from decimal import Decimal

from rowtide.errors import DataError

_BITS_MAX = 4096
_DIGITS_MAX = 100


def _multiply(left: object, right: object) -> object:
    """Numbers only: a text times a number could be of any length."""
    _numbers("*", left, right)
    product = left * right  # type: ignore[operator]
    if isinstance(product, int) and product.bit_length() > _BITS_MAX:
        raise DataError("a number has more than 4096 bits")
    return product


def _modulo(left: object, right: object) -> object:
    _numbers("%", left, right)
    return left % right  # type: ignore[operator]


def _numbers(name: str, *values: object) -> None:
    if not all(isinstance(value, int | float | Decimal) for value in values):
        raise DataError(f"{name} takes numbers")


BINARY: dict[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _multiply,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _modulo,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
UNARY: dict[type[ast.unaryop], Callable[..., object]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
COMPARE: dict[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    raise DataError("str() takes texts and numbers")


def _round(value: object, digits: object = 0) -> object:
    """Few digits only, since Python takes powers of ten for them."""
    _numbers("round()", value, digits)
    if not isinstance(digits, int) or abs(digits) > _DIGITS_MAX:
        raise DataError("round() takes at most 100 digits")
    return round(value, digits)  # type: ignore[call-overload]


def _sum(values: Iterable[object]) -> object:
    total: object = 0
    for value in values:
        _numbers("sum()", value)
        total += value  # type: ignore[operator]
    return total


FUNCTIONS: dict[str, Callable[..., object]] = {
    "len": len,
    "str": _text,
    "int": int,
    "float": float,
    "bool": bool,
    "abs": abs,
    "min": min,
    "max": max,
    "round": _round,
    "any": any,
    "all": all,
    "sum": _sum,
}
