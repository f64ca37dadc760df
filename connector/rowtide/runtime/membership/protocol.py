"""Bytes of Connect's group protocol: what a member says of itself and what the leader deals out.

Three versions, named by the group protocol they travel under: `default` (0, eager), `compatible` (1) and `sessioned`
(2), the last two incremental and of one layout. All numbers big-endian; STRING = int16 length + UTF-8, BYTES = int32
length (-1 for null), ARRAY = int32 count. Source: connect/runtime ConnectProtocol and
IncrementalCooperativeConnectProtocol of Apache Kafka 4.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rowtide.errors import ConnectError
from rowtide.runtime.membership.work import NOTHING, Task, Work

PROTOCOL_TYPE = "connect"

EAGER, COMPATIBLE, SESSIONED = 0, 1, 2
VERSIONS = {"default": EAGER, "compatible": COMPATIBLE, "sessioned": SESSIONED}

NO_ERROR, CONFIG_MISMATCH = 0, 1

_CONNECTOR = -1  # in the place of a task's index: the connector itself


@dataclass(frozen=True, slots=True)
class WireAssignment:
    """What the leader tells one member; also how a member announces what it owns.

    Attributes:
        version: 0 carries the complete set, 1 and 2 only what is new and what is revoked.
        error: `NO_ERROR`, or `CONFIG_MISMATCH` when the leader could not read as far as some member has.
        leader_id: member id of the leader.
        config_offset: how far the config topic has to be read before the work is started.
        delay_ms: when to rejoin by oneself, 0 for not.
    """

    version: int
    error: int
    leader_id: str
    leader_url: str
    config_offset: int
    assigned: Work = NOTHING
    revoked: Work = NOTHING
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a member says of itself when it joins.

    Attributes:
        url: of its REST interface, with a slash at its end.
        config_offset: as far as it has read the config topic.
        owned: what it runs, None before its first assignment. Not in version 0.
    """

    version: int
    url: str
    config_offset: int
    owned: WireAssignment | None = None

    @property
    def work(self) -> Work:
        return NOTHING if self.owned is None else self.owned.assigned


def encode_metadata(metadata: Metadata) -> bytes:
    head = struct.pack(">h", metadata.version) + _string(metadata.url) + struct.pack(">q", metadata.config_offset)
    if metadata.version == EAGER:
        return head
    if metadata.owned is None:
        return head + struct.pack(">i", -1)
    owned = encode_assignment(metadata.owned)
    return head + struct.pack(">i", len(owned)) + owned


def encode_assignment(assignment: WireAssignment) -> bytes:
    parts = [
        struct.pack(">hh", assignment.version, assignment.error),
        _string(assignment.leader_id),
        _string(assignment.leader_url),
        struct.pack(">q", assignment.config_offset),
        _work(assignment.assigned),
    ]
    if assignment.version != EAGER:
        parts += [_work(assignment.revoked), struct.pack(">i", assignment.delay_ms)]
    return b"".join(parts)


def decode_metadata(data: bytes) -> Metadata:
    """Raises ConnectError for bytes that are no such metadata, or of a version this worker doesn't know."""
    reader = _Reader(data)
    version = reader.version()
    url, config_offset = reader.string(), reader.number(">q")
    owned = reader.data() if version != EAGER else None
    return Metadata(version, url, config_offset, None if owned is None else decode_assignment(owned))


def decode_assignment(data: bytes) -> WireAssignment:
    """Raises as `decode_metadata`."""
    reader = _Reader(data)
    version = reader.version()
    error, leader_id, leader_url = reader.number(">h"), reader.string(), reader.string()
    config_offset, assigned = reader.number(">q"), reader.work()
    if version == EAGER:
        return WireAssignment(version, error, leader_id, leader_url, config_offset, assigned)
    revoked, delay_ms = reader.work(), reader.number(">i")
    return WireAssignment(version, error, leader_id, leader_url, config_offset, assigned, revoked, delay_ms)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def _work(work: Work) -> bytes:
    """By connector; of each first itself, then its tasks."""
    indexes: dict[str, list[int]] = {connector: [_CONNECTOR] for connector in sorted(work.connectors)}
    for connector, index in sorted(work.tasks):
        indexes.setdefault(connector, []).append(index)
    return struct.pack(">i", len(indexes)) + b"".join(_element(*item) for item in indexes.items())


def _element(connector: str, indexes: Sequence[int]) -> bytes:
    return _string(connector) + struct.pack(f">i{len(indexes)}i", len(indexes), *indexes)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._bytes = data
        self._at = 0

    def version(self) -> int:
        version = self.number(">h")
        if version not in VERSIONS.values():
            raise ConnectError(f"a member of the group speaks version {version} of Connect's protocol, unknown here")
        return version

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self._take(struct.calcsize(form)))[0])

    def string(self) -> str:
        return self._take(self.number(">h")).decode()

    def data(self) -> bytes | None:
        length = self.number(">i")
        return None if length < 0 else self._take(length)

    def work(self) -> Work:
        return _split((self.string(), self._indexes()) for _ in range(self.number(">i")))

    def _indexes(self) -> list[int]:
        return [self.number(">i") for _ in range(self.number(">i"))]

    def _take(self, length: int) -> bytes:
        start, self._at = self._at, self._at + length
        if length < 0 or self._at > len(self._bytes):
            raise ConnectError("a member of the group sent bytes that end too early for Connect's protocol")
        return self._bytes[start : self._at]


def _split(elements: Iterable[tuple[str, list[int]]]) -> Work:
    connectors: list[str] = []
    tasks: list[Task] = []
    for connector, indexes in elements:
        for index in indexes:
            if index == _CONNECTOR:
                connectors.append(connector)
            else:
                tasks.append((connector, index))
    return Work.of(connectors, tasks)
