"""The variant of MurmurHash3 by which PartitionRouting spreads records.

It is a 128-bit hash of Java's, cut to 32 bits, whose last bytes are taken with their sign, other than in the common
implementations.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_SEED = 9001


def murmur(data: bytes) -> int:
    """The hash as a signed 32-bit number."""
    h1, h2 = 0x9368E53C2F6AF274 ^ _SEED, 0x586DCD208F7CD3FD ^ _SEED
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    whole = len(data) // 16 * 16
    for i in range(0, whole, 16):
        k1, k2 = (int.from_bytes(data[j : j + 8], "little") for j in (i, i + 8))
        h1, h2, c1, c2 = _mix(h1, h2, k1, k2, c1, c2)
    tail = data[whole:]
    if tail:
        h1, h2, c1, c2 = _mix(h1, h2, _signed(tail[:8]), _signed(tail[8:]), c1, c2)
    h2 ^= len(data)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _finish(h1), _finish(h2)
    high = (h1 + h2 & _MASK) >> 32
    return high - (1 << 32) if high >= 1 << 31 else high


def _signed(tail: bytes) -> int:
    """Bytes in little endian, each of which flips all bits above it where it is negative."""
    result = 0
    for place, byte in enumerate(tail):
        result ^= (byte - 256 if byte > 127 else byte) << 8 * place
    return result & _MASK


def _mix(h1: int, h2: int, k1: int, k2: int, c1: int, c2: int) -> tuple[int, int, int, int]:
    k1 = _rotate(k1 * c1 & _MASK, 23) * c2 & _MASK
    h1 = ((h1 ^ k1) + h2) & _MASK
    h2 = _rotate(h2, 41)
    k2 = _rotate(k2 * c2 & _MASK, 23) * c1 & _MASK
    h2 = ((h2 ^ k2) + h1) & _MASK
    return (
        (h1 * 3 + 0x52DCE729) & _MASK,
        (h2 * 3 + 0x38495AB5) & _MASK,
        (c1 * 5 + 0x7B7D159C) & _MASK,
        (c2 * 5 + 0x6BCE6396) & _MASK,
    )


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 64 - bits) & _MASK


def _finish(k: int) -> int:
    k = (k ^ k >> 33) * 0xFF51AFD7ED558CCD & _MASK
    k = (k ^ k >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return k ^ k >> 33
