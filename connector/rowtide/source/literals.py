"""Raw values of rows as SQL literals, to find a row again by its key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rowtide.tables.model import Column
from rowtide.types import jdbc
from rowtide.types.integers import storage_bits

_US = 1_000_000


def literal(column: Column, raw: object) -> str:
    """A literal that compares equal to the column's value in a session with time zone +00:00.

    Args:
        raw: a raw value of `rowtide.binlog.values`.
    """
    if raw is None:
        return "NULL"
    if isinstance(raw, bytes):
        return _bytes(column, raw)
    if isinstance(raw, tuple):
        return f"'{_date_time(raw)}'"
    if isinstance(raw, int):
        return _number(column, raw)
    if isinstance(raw, float):
        return repr(raw)
    if isinstance(raw, Decimal):
        return f"{raw:f}"
    return f"_utf8mb4 X'{str(raw).encode().hex()}'"


def _bytes(column: Column, raw: bytes) -> str:
    if column.jdbc_type == jdbc.BINARY and column.length:
        raw = raw.ljust(column.length, b"\0")  # the log leaves trailing zero bytes out
    digits = f"X'{raw.hex()}'"
    if column.jdbc_type not in jdbc.STRINGS:
        return digits
    # Bytes of a text column are in its character set, and compare by its collation.
    return f"CONVERT({digits} USING {column.charset})" if column.charset else f"CAST({digits} AS CHAR)"


def _number(column: Column, raw: int) -> str:
    if column.jdbc_type == jdbc.TIMESTAMP_WITH_TIMEZONE:
        return "0" if raw == 0 else f"'{_moment(raw)}'"
    if column.jdbc_type == jdbc.TIME:
        return f"'{_clock(raw)}'"
    bits = storage_bits(column)
    return str(raw & (1 << bits) - 1 if bits is not None and column.unsigned else raw)


def _date_time(parts: tuple[int, ...]) -> str:
    year, month, day, *rest = parts
    text = f"{year:04d}-{month:02d}-{day:02d}"
    if rest:
        hour, minute, second, microsecond = rest
        text += f" {hour:02d}:{minute:02d}:{second:02d}.{microsecond:06d}"
    return text


def _clock(micros: int) -> str:
    seconds, fraction = divmod(abs(micros), _US)
    sign = "-" if micros < 0 else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


def _moment(micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
