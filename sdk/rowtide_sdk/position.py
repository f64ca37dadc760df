"""Where in the database's log a change stands, as one comparable value, also after a failover to another server."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rowtide_sdk.gtid import Gtid
from rowtide_sdk.source import Source

_FILE = re.compile(r"(.*?)\.?(\d+)$", re.DOTALL)
_FORM = struct.Struct(">IIQI")

SIZE = _FORM.size
"""Bytes of `Position.to_bytes`."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Order of changes of one connector: later changes have greater positions.

    Binlog files are numbered anew by each server, so after a failover a later change may stand at a lower file and
    position; the epoch, counted by `PositionTracker`, goes before them.

    Attributes:
        epoch: how many times the log was seen to begin anew, from 0.
        file_number: of the binlog file, 7 of `mysql-bin.000007`.
        pos: where the event of the change starts in the file.
        row: the change's place in that event from 1; 0 for rows of a snapshot, which stand before what follows it.
    """

    epoch: int
    file_number: int
    pos: int
    row: int

    def to_bytes(self) -> bytes:
        """20 bytes that sort as positions do, for a column of a target table."""
        return _FORM.pack(self.epoch, self.file_number, self.pos, self.row)

    @classmethod
    def from_bytes(cls, data: bytes) -> Position:
        """
        Raises:
            ValueError: not written by `to_bytes`.
        """
        if len(data) != SIZE:
            raise ValueError(f"a position has {SIZE} bytes, not {len(data)}")
        return cls(*_FORM.unpack(data))

    @classmethod
    def of(cls, source: Source, epoch: int = 0) -> Position:
        """The position of a change.

        Raises:
            ValueError: its source names no binlog file; it is not from MySQL or MariaDB.
        """
        if source.file is None or source.pos is None:
            raise ValueError("the change's source has no file and pos; positions are those of MySQL and MariaDB")
        row = 0 if source.is_snapshot and source.snapshot != "incremental" else (source.row or 0) + 1
        return cls(epoch, split_file(source.file)[1], source.pos, row)


def split_file(name: str) -> tuple[str, int]:
    """Base name and number of a binlog file; the number is 0 when there is none."""
    found = _FILE.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 0)


@dataclass(slots=True)
class Place:
    """How far one partition of a topic was read; what a tracker has to know again after a restart.

    Attributes:
        epoch, position: of the last change.
        base: the name of its binlog file without the number.
        seen: the greatest number of each stream of GTIDs (`Gtid.stream`) among the changes up to it.
    """

    epoch: int
    position: Position
    base: str
    seen: dict[str, int]


class PositionTracker:
    """Gives changes their positions and notices when the log begins anew.

    Within a partition a connector writes in the order of the log. So a change that stands before the one read last is
    either repeated (the connector was restarted, and goes over the end of what it had sent once more) or comes from
    another server. It comes from another server when its GTID has not been seen, or without GTIDs, when its file has
    another base name; then a new epoch begins for this partition. A key's changes are always in one partition, so
    their positions compare rightly. Across partitions they do unless a failover could not be noticed in one of them.
    Without GTIDs and under equal file names a failover cannot be seen from the changes: call `new_epoch` then.
    """

    def __init__(self, places: dict[tuple[str, int], Place] | None = None) -> None:
        self.places: dict[tuple[str, int], Place] = dict(places or {})
        self._least_epoch = 0
        self._seen: dict[str, int] = {}
        self._furthest = Position(0, 0, 0, 0)
        for place in self.places.values():
            self._note(place.position, place.seen)

    def new_epoch(self) -> None:
        """Tells that whatever comes from now on is later than all before."""
        self._least_epoch = self._furthest.epoch + 1

    def position(self, partition: tuple[str, int], source: Source) -> Position:
        """The position of the next change that was read from a topic's partition.

        Raises:
            ValueError: as for `Position.of`.
        """
        base = split_file(source.file or "")[0]
        gtid = _gtid(source)
        place = self.places.get(partition)
        position = Position.of(source, max(self._least_epoch, place.epoch if place else 0))
        if gtid is not None and position < self._furthest and gtid.number > self._seen.get(gtid.stream, gtid.number):
            # In one log a greater number of a stream stands further on: this is not the log that was read before.
            epoch = self._furthest.epoch
            position = replace(position, epoch=epoch if replace(position, epoch=epoch) > self._furthest else epoch + 1)
        elif place is not None and _begins_anew(place, position, base, gtid):
            position = replace(position, epoch=place.epoch + 1)
        if place is None:
            place = self.places[partition] = Place(position.epoch, position, base, {})
        elif position > place.position:
            place.epoch, place.position, place.base = position.epoch, position, base
        if gtid is not None:
            place.seen[gtid.stream] = max(gtid.number, place.seen.get(gtid.stream, 0))
        self._note(position, place.seen if gtid is None else {gtid.stream: gtid.number})
        return position

    def _note(self, position: Position, seen: Mapping[str, int]) -> None:
        self._furthest = max(self._furthest, position)
        for stream, number in seen.items():
            self._seen[stream] = max(number, self._seen.get(stream, 0))


def _begins_anew(place: Place, position: Position, base: str, gtid: Gtid | None) -> bool:
    if position >= place.position:
        return False
    if position.row == 0:  # a snapshot is not repeated: one that comes later was taken later, of another log
        return True
    if gtid is not None and place.seen:
        return gtid.number > place.seen.get(gtid.stream, 0)
    return base != place.base


def _gtid(source: Source) -> Gtid | None:
    try:
        return Gtid.parse(source.gtid) if source.gtid else None
    except ValueError:
        return None
