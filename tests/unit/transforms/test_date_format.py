"""SimpleDateFormat's patterns; most of it is compared with Java in tests/reference."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.errors import ConfigError
from rowtide.transforms.date_format import DateFormat

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MODERN = st.integers(-12212553600000, 253402300799999)  # from 1583 on; 1582 lost ten days


@given(MODERN)
def test_formats_as_pythons_gregorian_calendar(milliseconds):
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    text = f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d} {moment:%j %A %B}"
    assert DateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS DDD EEEE MMMM").format(milliseconds) == text


@given(st.integers(-200_000_000_000_000, 253402300799999))
def test_parses_what_it_formats_in_either_calendar(milliseconds):
    pattern = DateFormat("G yyyyy-MM-dd HH:mm:ss.SSS Z")
    assert pattern.parse(pattern.format(milliseconds)) == milliseconds


def test_the_gregorian_calendar_begins_in_1582():
    day = DateFormat("yyyy-MM-dd")
    first = day.parse("1582-10-15")
    assert (day.format(first), day.format(first - 1)) == ("1582-10-15", "1582-10-04")


def test_years_of_two_digits_are_near_today():
    year = datetime.now(UTC).year
    for wanted in (year - 79, year, year + 19):
        milliseconds = DateFormat("yy-MM-dd").parse(f"{wanted % 100:02d}-06-01")
        assert DateFormat("yyyy").format(milliseconds) == str(wanted)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("YYYY-MM-dd", "The pattern letter 'Y' .the year of the week. is not supported"),
        ("yyyy-ww", "The pattern letter 'w'"),
        ("yyyyTHH", "Illegal pattern character 'T'"),
        ("yyyy'T", "Unterminated quote"),
    ],
)
def test_other_letters_are_refused(pattern, problem):
    with pytest.raises(ConfigError, match=problem):
        DateFormat(pattern)
