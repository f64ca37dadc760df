"""Durations as text."""

from __future__ import annotations

import datetime as dt


def duration_text(value: dt.timedelta) -> str:
    """As MySQL prints TIME: `-838:59:59.000001`."""
    us = value // dt.timedelta(microseconds=1)
    sign, us = ("-", -us) if us < 0 else ("", us)
    seconds, us = divmod(us, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{us:06d}" if us else ""
    return f"{sign}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
