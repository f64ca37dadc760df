"""Java's texts of doubles and floats, against golden values and against a slow reading of Java's specification."""

import math
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rowtide.connect.java_numbers import java_double, java_float, to_float32


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100.0, "100.0"),
        (1e10, "1.0E10"),
        (1e-5, "1.0E-5"),
        (1234567.0, "1234567.0"),
        (1e7, "1.0E7"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.002, "0.002"),
        (1e22, "1.0E22"),
        (2e23, "2.0E23"),
        (5e-324, "4.9E-324"),
        (2.0**-44, "5.684341886080802E-14"),
        (-1.7976931348623157e308, "-1.7976931348623157E308"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_java_double(value, text):
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.1, "1.1"),
        (16777216.0, "1.6777216E7"),
        (3.4028235e38, "3.4028235E38"),
        (1e-45, "1.4E-45"),
        (0.1, "0.1"),
        (1e10, "1.0E10"),
        (-0.0, "-0.0"),
        (2.0**-126, "1.1754944E-38"),
        (1e300, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_java_float(value, text):
    assert java_float(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(2.0**60)
@example(9007199254740993.0)
def test_java_double_is_the_decimal_that_java_specifies(value):
    assert java_double(value) == specified(value, *neighbours(value, "<d", "<q"))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-126, 127).map(lambda e: 2.0**e))
@example(1.401298464324817e-45)
@example(1.9999998807907104)
def test_java_float_is_the_decimal_that_java_specifies(value):
    assert java_float(value) == specified(value, *neighbours(value, "<f", "<i"))


@given(st.floats())
def test_to_float32_rounds_to_the_nearest_even(value):
    single = to_float32(value)
    if math.isfinite(single):
        below, above = neighbours(single, "<f", "<i")
        assert abs(Fraction(value) - Fraction(single)) <= abs(Fraction(value) - below) or single == 0
        assert abs(Fraction(value) - Fraction(single)) <= abs(Fraction(value) - above)


def neighbours(value, float_format, int_format):
    """The next smaller and greater magnitudes; beyond the greatest, where it would be."""
    bits = struct.unpack(int_format, struct.pack(float_format, abs(value)))[0]

    def at(number):
        unpacked = struct.unpack(float_format, struct.pack(int_format, number))[0]
        return Fraction(unpacked) if math.isfinite(unpacked) else None

    below = at(bits - 1) if bits else Fraction(0)
    above = at(bits + 1)
    return below, above if above is not None else 2 * Fraction(abs(value)) - below


def specified(value, below, above):
    """By Java's rule: of the decimals that round to the value, the nearest among the shortest (two digits at least)."""
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    exact = Fraction(abs(value))
    low, high = (below + exact) / 2, (exact + above) / 2
    even = round(exact / (exact - below if exact != below else above - exact)) % 2 == 0
    for length in range(1, 18):
        candidates = decimals(exact, low, high, even, length)
        if candidates:
            if length == 1:
                candidates += decimals(exact, low, high, even, 2)
            nearest = min(candidates, key=lambda pair: (abs(fraction(pair) - exact), pair[0] % 2))
            return printed(nearest, value)
    raise AssertionError("no decimal of 17 digits")


def decimals(exact, low, high, even, length):
    """(digits, exponent) of that many digits that read back as the exact number."""
    magnitude = math.floor(math.log10(exact.numerator) - math.log10(exact.denominator))
    found = []
    for exponent in range(magnitude - length, magnitude - length + 3):
        floor = math.floor(exact / Fraction(10) ** exponent)
        for digits in range(floor - 1, floor + 3):
            if 10 ** (length - 1) <= digits < 10**length:
                candidate = fraction((digits, exponent))
                if low < candidate < high or (even and candidate in (low, high)):
                    found.append((digits, exponent))
    return found


def fraction(pair):
    return pair[0] * Fraction(10) ** pair[1]


def printed(pair, value):
    sign = "-" if value < 0 else ""
    decimal = Decimal(pair[0]).scaleb(pair[1]).normalize()
    if Decimal("1e-3") <= decimal < Decimal("1e7"):
        text = f"{decimal:f}"
        return sign + (text if "." in text else text + ".0")
    digits = "".join(map(str, decimal.as_tuple().digits))
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{decimal.adjusted()}"
