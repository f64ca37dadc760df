"""Sets of whole numbers as sorted lists of (first, last), disjoint and never touching."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Interval = tuple[int, int]


def normalised(intervals: Iterable[Interval]) -> list[Interval]:
    """The same numbers, sorted, with intervals that overlap or touch joined."""
    result: list[Interval] = []
    for first, last in sorted(intervals):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def add(intervals: list[Interval], first: int, last: int) -> None:
    """Adds to a normalised list in place. Adding what follows the last number, as a stream does, takes constant
    time."""
    if not intervals or first > intervals[-1][1] + 1:
        intervals.append((first, last))
    elif first >= intervals[-1][0]:
        intervals[-1] = (intervals[-1][0], max(last, intervals[-1][1]))
    else:
        intervals[:] = normalised([*intervals, (first, last)])


def covers(intervals: list[Interval], first: int, last: int) -> bool:
    """Whether a normalised list has all numbers from first to last."""
    index = bisect_right(intervals, (first, float("inf"))) - 1
    return index >= 0 and intervals[index][0] <= first and last <= intervals[index][1]


def subtracted(intervals: list[Interval], removed: list[Interval]) -> list[Interval]:
    """The numbers of the first normalised list that the second does not have."""
    result: list[Interval] = []
    for first, last in intervals:
        start = first
        for low, high in removed:
            if high < start:
                continue
            if low > last:
                break
            if low > start:
                result.append((start, low - 1))
            start = high + 1
        if start <= last:
            result.append((start, last))
    return result
