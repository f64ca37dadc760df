"""Floating point numbers as `Double.toString` and `Float.toString` of Java 19 and later print them.

The shortest decimal that reads back as the same number, with one digit at least on either side of the point; scientific
notation below 1E-3 and from 1E7 on. Where one digit would do, the nearer one of two digits is taken (`4.9E-324`).
"""

from __future__ import annotations

import math
import struct

_FLOAT32 = struct.Struct("<f")
_DOUBLE_MIN_FEW_DIGITS = 1e-320
"""Below it, neighbouring doubles lie so far apart that one or two digits tell them apart."""
_FLOAT_MIN_FEW_DIGITS = 1e-37


def java_double(value: float) -> str:
    """`Double.toString(value)`; `NaN`, `Infinity` and `-Infinity` without quotes."""
    magnitude = abs(value)
    if 1e-3 <= magnitude < 1e7 or value == 0:
        return repr(float(value))
    if not math.isfinite(value):
        return _not_finite(value)
    text = repr(float(value))
    if magnitude < _DOUBLE_MIN_FEW_DIGITS:
        two_digits = f"{value:.1e}"
        if float(two_digits) == value:
            text = two_digits
    return _scientific(text)


def java_float(value: float) -> str:
    """`Float.toString` of the 32-bit float nearest to the value."""
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return repr(float(value))
    value = to_float32(value)
    if not math.isfinite(value):
        return _not_finite(value)
    text = _shortest_float32(value)
    if 1e-3 <= abs(value) < 1e7:
        return repr(float(text))
    return _scientific(text)


def to_float32(value: float) -> float:
    """The nearest 32-bit float, as a Python float; infinite when the value is beyond its range."""
    try:
        return float(_FLOAT32.unpack(_FLOAT32.pack(value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _shortest_float32(value: float) -> str:
    """Scientific notation. Any decimal of six digits survives a normal float32, so fewer need no trial."""
    first = 1 if abs(value) < _FLOAT_MIN_FEW_DIGITS else 5
    for decimals in range(first, 9):
        text = f"{value:.{decimals}e}"
        if to_float32(float(text)) == value:
            return text
        if math.frexp(value)[0] in (0.5, -0.5):
            # Below a power of two floats lie closer than above, so the farther neighbour may be the only one that fits.
            away = _next_away_from_zero(text)
            if to_float32(float(away)) == value:
                return away
    return f"{value:.8e}"


def _next_away_from_zero(text: str) -> str:
    digits, _, exponent = text.partition("e")
    decimals = len(digits.partition(".")[2])
    step = int(digits.replace(".", "").replace("-", "")) + 1
    sign = "-" if digits.startswith("-") else ""
    return f"{sign}{step}e{int(exponent) - decimals}"


def _scientific(text: str) -> str:
    """Turns `d.ddde±xx`, `ddd.ddd` or a text of one digit into Java's `d.dddE±x`."""
    sign = "-" if text.startswith("-") else ""
    digits, _, exponent_text = text.lstrip("-").partition("e")
    whole, _, fraction = digits.partition(".")
    exponent = int(exponent_text or 0) + len(whole) - 1
    significant = (whole + fraction).rstrip("0")
    stripped = significant.lstrip("0")
    exponent -= len(significant) - len(stripped)
    return f"{sign}{stripped[0]}.{stripped[1:] or '0'}E{exponent}"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
