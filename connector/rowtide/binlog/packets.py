"""Frames of the MySQL protocol out of arbitrarily cut bytes, and what an error packet means for a reader of the
binlog."""

from __future__ import annotations

from rowtide.errors import AccessError, BinlogError, PositionLostError, ServerError, ServerUnavailableError

OK = 0x00
EOF = 0xFE
ERR = 0xFF

PACKET_BYTES_MAX = (1 << 30) + (1 << 24)
"""Longest packet that is put together: the server's largest event (1 GiB, its upper limit of max_allowed_packet) and
room for headers."""

_FULL_FRAME = 0xFFFFFF

_BINLOG_READING_FAILED = 1236
_ACCESS_NUMBERS = frozenset({1044, 1045, 1130, 1142, 1227, 1698})


class PacketReader:
    """Puts packets together. A packet is one or more frames: 3 bytes of length, 1 of sequence, then the bytes; a
    frame of 0xffffff bytes is continued by the next one. Holds at most one unfinished packet and what was fed
    since."""

    def __init__(self, packet_bytes_max: int = PACKET_BYTES_MAX) -> None:
        self._bytes_max = packet_bytes_max
        self._buffer = bytearray()
        self._pos = 0
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._sequence: int | None = None

    def feed(self, data: bytes | memoryview) -> None:
        self._buffer += data

    @property
    def unfinished(self) -> bool:
        """Whether bytes wait for the rest of their packet."""
        return bool(self._parts) or len(self._buffer) > self._pos

    def peek(self) -> tuple[int, int] | None:
        """First byte and size of the frame that comes next, once it began to come."""
        head = self._buffer[self._pos : self._pos + 5]
        return (head[4], int.from_bytes(head[:3], "little")) if len(head) == 5 else None

    @property
    def continued(self) -> bool:
        """Part of a packet of several frames was read."""
        return bool(self._parts)

    def next_packet(self) -> bytes | None:
        """The next whole packet without frame headers, or None until more is fed.

        Raises:
            BinlogError: frames out of order, or a packet beyond the bound.
        """
        while True:
            frame = self._next_frame()
            if frame is None:
                return None
            self._parts_bytes += len(frame)
            if self._parts_bytes > self._bytes_max:
                raise BinlogError(f"A packet is longer than {self._bytes_max} bytes, which no server sends.")
            if len(frame) == _FULL_FRAME:
                self._parts.append(frame)
                continue
            packet = b"".join([*self._parts, frame]) if self._parts else frame
            self._parts.clear()
            self._parts_bytes = 0
            return packet

    def _next_frame(self) -> bytes | None:
        start = self._pos + 4
        available = len(self._buffer) - start
        size = int.from_bytes(self._buffer[self._pos : self._pos + 3], "little")
        if available < 0 or available < size:
            del self._buffer[: self._pos]
            self._pos = 0
            return None
        with memoryview(self._buffer) as view:
            frame = bytes(view[start : start + size])
        self._check_sequence(self._buffer[start - 1], frame[:1])
        self._pos = start + size
        return frame

    def _check_sequence(self, sequence: int, mark: bytes) -> None:
        expected = sequence if self._sequence is None else (self._sequence + 1) & 0xFF
        # MariaDB counts anew for the error that it sends when it shuts down.
        if sequence != expected and not (sequence == 0 and mark == bytes([ERR])):
            raise BinlogError(f"Packets are out of order: number {sequence} came where {expected} was due.")
        self._sequence = sequence


def dump_error(packet: bytes) -> ServerError:
    """The error for an ERR packet in a dump: 0xff, number (2), then `#` and the SQL state (5) if any, then the text."""
    number = int.from_bytes(packet[1:3], "little")
    text = packet[3:]
    if text[:1] == b"#":
        text = text[6:]
    message = text.decode("utf-8", "replace").rstrip("\0")
    says = f"The server ended the binlog stream: {message} (error {number})."
    if number == _BINLOG_READING_FAILED:
        return _reading_error(says, message.lower())
    if number in _ACCESS_NUMBERS:
        return AccessError(says, hint="Grant REPLICATION SLAVE and REPLICATION CLIENT to database.user.")
    return ServerUnavailableError(says)


_POSITION_WORDS = (
    "purged",
    "could not find first log",
    "could not find next log",
    "impossible position",
    "position > file size",
    "which is not in the master's binlog",
    "not in the master's binlog",
    "more gtids than",
    "not on the slave",
)


def _reading_error(says: str, message: str) -> ServerError:
    if "same server_uuid/server_id" in message or "same server_uuid" in message:
        return ServerError(
            says, hint="Another replica or connector uses the same number: give each its own database.server.id."
        )
    if any(words in message for words in _POSITION_WORDS):
        return PositionLostError(
            says,
            hint="The stored position is no longer in the server's logs: a new snapshot is needed (snapshot.mode).",
        )
    if "max_allowed_packet" in message:
        return ServerError(says, hint="Raise max_allowed_packet on the server to the size of its largest event.")
    if "binary log is not open" in message:
        return ServerError(says, hint="Start the server with log_bin.")
    return ServerUnavailableError(says)
