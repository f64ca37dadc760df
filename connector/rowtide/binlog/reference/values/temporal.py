"""Dates and times: the packed forms of MySQL 5.6.4 and later, and the decimal ones before.

The packed forms are big-endian, followed by (fsp + 1) // 2 bytes of fraction; DATETIME2 and TIME2 are offset so that
they sort as bytes (my_time.cc).
"""

from __future__ import annotations

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.reference.values.reader import ValueReader, fixed

_FRACTION_UNIT_US = (1, 10_000, 100, 1)
"""µs of one unit of a fraction of so many bytes."""

_HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_SECOND_US = 1_000_000


def _fraction_bytes(fsp: int) -> int:
    return (min(fsp, 6) + 1) // 2


def _fraction_us(cursor: Cursor, size: int) -> int:
    microseconds = cursor.uint_be(size) * _FRACTION_UNIT_US[size]
    if microseconds >= _SECOND_US:
        raise cursor.error("A fraction is a second or more", cursor.offset - size)
    return microseconds


def _check(cursor: Cursor, size: int, *, month: int = 0, hour: int = 0, minute: int = 0, second: int = 0) -> None:
    """Refuses parts that no server writes, rather than passing on what damaged bytes happen to say."""
    if month > 12 or hour > 23 or minute > 59 or second > 59:
        raise cursor.error(
            f"Month {month}, hour {hour}, minute {minute}, second {second} is no time", cursor.offset - size
        )


def date() -> ValueReader:
    """Three bytes, little-endian: 5 bits of day, 4 of month, 15 of year."""

    def read(cursor: Cursor) -> tuple[int, int, int]:
        packed = cursor.uint(3)
        month = packed >> 5 & 15
        _check(cursor, 3, month=month)
        return packed >> 9, month, packed & 31

    return fixed(3, read)


def timestamp() -> ValueReader:
    return fixed(4, lambda cursor: cursor.uint(4) * _SECOND_US)


def timestamp2(fsp: int) -> ValueReader:
    fraction = _fraction_bytes(fsp)

    def read(cursor: Cursor) -> int:
        seconds = cursor.uint_be(4)
        return seconds * _SECOND_US + _fraction_us(cursor, fraction)

    return fixed(4 + fraction, read)


def datetime() -> ValueReader:
    """Eight bytes: the decimal number YYYYMMDDhhmmss."""

    def read(cursor: Cursor) -> tuple[int, int, int, int, int, int, int]:
        day_number, time_number = divmod(cursor.uint(8), 1_000_000)
        month, hour = day_number // 100 % 100, time_number // 10_000
        minute, second = time_number // 100 % 100, time_number % 100
        _check(cursor, 8, month=month, hour=hour, minute=minute, second=second)
        return day_number // 10_000, month, day_number % 100, hour, minute, second, 0

    return fixed(8, read)


def datetime2(fsp: int) -> ValueReader:
    """40 bits: 1 set, 17 of year * 13 + month, 5 of day, 5 of hour, 6 of minute, 6 of second."""
    fraction = _fraction_bytes(fsp)

    def read(cursor: Cursor) -> tuple[int, int, int, int, int, int, int]:
        packed = cursor.uint_be(5) - (1 << 39)
        if packed < 0:
            raise cursor.error("A DATETIME is negative", cursor.offset - 5)
        year, month = divmod(packed >> 22, 13)
        hour, minute, second = packed >> 12 & 31, packed >> 6 & 63, packed & 63
        _check(cursor, 5, hour=hour, minute=minute, second=second)
        return year, month, packed >> 17 & 31, hour, minute, second, _fraction_us(cursor, fraction)

    return fixed(5 + fraction, read)


def time() -> ValueReader:
    """Three bytes, signed: the decimal number hhmmss."""

    def read(cursor: Cursor) -> int:
        number = cursor.sint(3)
        sign, number = (-1, -number) if number < 0 else (1, number)
        minute, second = number // 100 % 100, number % 100
        _check(cursor, 3, minute=minute, second=second)
        return sign * (number // 10_000 * _HOUR_US + minute * _MINUTE_US + second * _SECOND_US)

    return fixed(3, read)


def time2(fsp: int) -> ValueReader:
    """24 bits, offset by half: 1 of sign, 1 unused, 10 of hour, 6 of minute, 6 of second; the fraction belongs to the
    number, so that negative values borrow from the seconds."""
    fraction = _fraction_bytes(fsp)
    size = 3 + fraction

    def read(cursor: Cursor) -> int:
        packed = cursor.uint_be(size) - (1 << (size * 8 - 1))
        sign, packed = (-1, -packed) if packed < 0 else (1, packed)
        fraction_us = (packed & ((1 << fraction * 8) - 1)) * _FRACTION_UNIT_US[fraction]
        packed >>= fraction * 8
        hour, minute, second = packed >> 12 & 1023, packed >> 6 & 63, packed & 63
        _check(cursor, size, minute=minute, second=second)
        if fraction_us >= _SECOND_US:
            raise cursor.error("A fraction is a second or more", cursor.offset - size)
        return sign * (hour * _HOUR_US + minute * _MINUTE_US + second * _SECOND_US + fraction_us)

    return fixed(size, read)
