"""Checked reading of integers, strings and slices from bytes: whatever is missing or malformed raises BinlogError
with its offset."""

from __future__ import annotations

from rowtide.errors import BinlogError


class Cursor:
    """A place in `data` that moves forward as values are read.

    Attributes:
        pos: index in `data` of the next byte.
        end: index after the last byte that may be read.
        origin: what is added to `pos` to tell an offset within the event, where `data` is only a part of it.
    """

    __slots__ = ("data", "end", "origin", "pos")

    def __init__(self, data: bytes, pos: int = 0, end: int | None = None, origin: int = 0) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else min(end, len(data))
        self.origin = origin

    @property
    def offset(self) -> int:
        """Byte offset within the event."""
        return self.origin + self.pos

    @property
    def remaining(self) -> int:
        return self.end - self.pos

    def error(self, what: str, offset: int | None = None) -> BinlogError:
        """The error to raise for bytes at `offset` (default: the next byte)."""
        at = self.offset if offset is None else offset
        return BinlogError(f"{what} (byte {at} of the event).", offset=at)

    def take(self, size: int) -> bytes:
        start = self.pos
        stop = start + size
        if size < 0 or stop > self.end:
            raise self.error(
                f"The event ends {stop - self.end} bytes too early: {size} wanted, {self.end - start} left"
            )
        self.pos = stop
        return self.data[start:stop]

    def skip(self, size: int) -> None:
        stop = self.pos + size
        if size < 0 or stop > self.end:
            raise self.error(f"The event ends {stop - self.end} bytes too early: {size} wanted, {self.remaining} left")
        self.pos = stop

    def rest(self) -> bytes:
        return self.take(self.end - self.pos)

    def u8(self) -> int:
        position = self.pos
        if position >= self.end:
            raise self.error("The event ends 1 bytes too early: 1 wanted, 0 left")
        self.pos = position + 1
        return self.data[position]

    def uint(self, size: int) -> int:
        """Unsigned, little-endian."""
        return int.from_bytes(self.take(size), "little")

    def sint(self, size: int) -> int:
        """Signed, little-endian."""
        return int.from_bytes(self.take(size), "little", signed=True)

    def uint_be(self, size: int) -> int:
        """Unsigned, big-endian."""
        return int.from_bytes(self.take(size), "big")

    def lenenc(self) -> int:
        """MySQL's length-encoded integer: one byte, or a mark (0xfc, 0xfd, 0xfe) and 2, 3 or 8 bytes."""
        first = self.u8()
        if first < 0xFB:
            return first
        size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
        if size is None:
            raise self.error(f"0x{first:02x} does not begin a length-encoded integer", self.offset - 1)
        return self.uint(size)

    def lenenc_bytes(self) -> bytes:
        return self.take(self.lenenc())

    def varlen(self) -> int:
        """Unsigned integer of MySQL's serialization library (tagged GTIDs).

        As many 1 bits as the first byte ends with, so many bytes follow it; the value is what stands above them and the
        0 bit that ends them (little-endian). A first byte of 0xff is followed by 8 bytes of value.
        """
        first = self.u8()
        ones = 0
        while first >> ones & 1:
            ones += 1
        if ones == 8:
            return self.uint(8)
        return (first | self.uint(ones) << 8) >> (ones + 1)

    def text(self, size: int, codec: str = "utf-8") -> str:
        """Text for people and names; bytes that don't fit the codec become U+FFFD."""
        return self.take(size).decode(codec, "replace")

    def skip_nul(self, what: str) -> None:
        if self.u8() != 0:
            raise self.error(f"{what} is not followed by a zero byte", self.offset - 1)

    def expect_end(self, what: str) -> None:
        if self.remaining:
            raise self.error(f"{self.remaining} bytes are left after {what}")
