"""What Java prints and how it orders, where the formats depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

V = TypeVar("V")


def string_hash(text: str) -> int:
    """`String.hashCode` as an unsigned 32-bit number (over UTF-16 units)."""
    result = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for i in range(0, len(units), 2):
        result = (31 * result + (units[i] << 8 | units[i + 1])) & 0xFFFFFFFF
    return result


def hash_map_order(keys: Iterable[str], capacity: int = 16) -> list[str]:
    """Strings in the order in which a `java.util.HashMap` iterates over them.

    The first capacity is 16 by default, and 2 of a map that is filled by `putAll` from maps of one entry. Buckets that
    Java turns into trees (eight colliding keys) are not modelled; within a bucket it is insertion order.
    """
    ordered = list(dict.fromkeys(keys))
    while len(ordered) > capacity * 0.75:
        capacity *= 2

    def bucket(key: str) -> int:
        spread = string_hash(key)
        return (spread ^ spread >> 16) & (capacity - 1)

    return sorted(ordered, key=bucket)


def hash_map(entries: Mapping[str, V]) -> dict[str, V]:
    """The entries, in the order of `hash_map_order`."""
    return {key: entries[key] for key in hash_map_order(entries)}
