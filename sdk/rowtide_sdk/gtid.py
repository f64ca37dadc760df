"""GTIDs of MySQL (with tags) and MariaDB, and sets of them: what has been seen, and what is new.

Forms: MySQL `uuid:number` and `uuid:tag:number`, sets as in its manual, "GTID Format and Storage"; MariaDB
`domain-server-sequence`, of whose domains only the last sequence counts (MariaDB's manual, "Global Transaction ID").
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MYSQL = re.compile(r"([0-9a-fA-F-]{32,36}(?::[a-z_][a-z0-9_]{0,31})?):(\d{1,19})")
_MARIADB = re.compile(r"(\d{1,10})-(\d{1,10})-(\d{1,20})")
_TAG = re.compile(r"[a-z_][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Gtid:
    """One transaction's name.

    Attributes:
        stream: whose numbers grow from transaction to transaction: a MySQL server's UUID (with `:tag` if it has one),
            or a MariaDB domain.
        number: its place in the stream, from 1.
        server_id: of the server that wrote it; MariaDB only.
    """

    stream: str
    number: int
    server_id: int | None = None

    @classmethod
    def parse(cls, text: str) -> Gtid:
        """
        Raises:
            ValueError: neither form.
        """
        if found := _MARIADB.fullmatch(text):
            return cls(found[1], int(found[3]), int(found[2]))
        if found := _MYSQL.fullmatch(text):
            return cls(found[1].lower(), int(found[2]))
        raise ValueError(f"{text!r} is no GTID")

    def __str__(self) -> str:
        if self.server_id is None:
            return f"{self.stream}:{self.number}"
        return f"{self.stream}-{self.server_id}-{self.number}"


class GtidSet:
    """Numbers of each stream, as ranges; partially ordered by inclusion (`<=`).

    A MariaDB position `domain-server-sequence` stands for all of its domain up to that sequence.
    """

    __slots__ = ("_ranges", "_servers")

    def __init__(self, gtids: Iterable[Gtid] = ()) -> None:
        self._ranges: dict[str, list[tuple[int, int]]] = {}  # inclusive, sorted, with gaps between them
        self._servers: dict[str, int] = {}
        for gtid in gtids:
            self.add(gtid)

    @classmethod
    def parse(cls, text: str) -> GtidSet:
        """A set as MySQL's gtid_executed or MariaDB's gtid_binlog_pos shows it, also over several lines.

        Raises:
            ValueError: not such a text.
        """
        parsed = cls()
        for part in filter(None, (part.strip() for part in text.split(","))):
            if _MARIADB.fullmatch(part):
                parsed.add(Gtid.parse(part))
            else:
                parsed._add_mysql(part)
        return parsed

    def _add_mysql(self, part: str) -> None:
        uuid, *items = part.split(":")
        stream = uuid.strip().lower()
        if not items or not re.fullmatch(r"[0-9a-f-]{32,36}", stream):
            raise ValueError(f"{part!r} is no part of a GTID set")
        for item in (item.strip() for item in items):
            if _TAG.fullmatch(item):
                stream = f"{uuid.strip().lower()}:{item}"
            elif found := re.fullmatch(r"(\d{1,19})(?:-(\d{1,19}))?", item):
                first, last = int(found[1]), int(found[2] or found[1])
                if 0 < first <= last:
                    self._add_range(stream, first, last)
            else:
                raise ValueError(f"{part!r} is no part of a GTID set")

    def add(self, gtid: Gtid) -> None:
        if gtid.server_id is None:
            self._add_range(gtid.stream, gtid.number, gtid.number)
        elif not gtid.number <= self.last(gtid.stream):
            self._servers[gtid.stream] = gtid.server_id
            self._ranges[gtid.stream] = [(0, gtid.number)]

    def _add_range(self, stream: str, first: int, last: int) -> None:
        ranges = self._ranges.setdefault(stream, [])
        if ranges and ranges[-1][0] <= first <= ranges[-1][1] + 1:  # the next in turn, nearly always
            ranges[-1] = ranges[-1][0], max(last, ranges[-1][1])
            return
        begin = bisect.bisect_left(ranges, first - 1, key=lambda known: known[1])
        end = bisect.bisect_right(ranges, last + 1, key=lambda known: known[0])
        touched = ranges[begin:end]
        if touched:
            first, last = min(first, touched[0][0]), max(last, touched[-1][1])
        ranges[begin:end] = [(first, last)]

    def last(self, stream: str) -> int:
        """The greatest number of a stream; -1 when it has none."""
        ranges = self._ranges.get(stream)
        return ranges[-1][1] if ranges else -1

    def __contains__(self, gtid: object) -> bool:
        return isinstance(gtid, Gtid) and self._covers(gtid.stream, gtid.number, gtid.number)

    def _covers(self, stream: str, first: int, last: int) -> bool:
        ranges = self._ranges.get(stream, [])
        place = bisect.bisect_left(ranges, last, key=lambda known: known[1])
        return place < len(ranges) and ranges[place][0] <= first

    def __iter__(self) -> Iterator[str]:
        """The streams, sorted."""
        return iter(sorted(self._ranges))

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def __le__(self, other: GtidSet) -> bool:
        return all(
            other._covers(stream, max(first, 1), last)
            for stream, ranges in self._ranges.items()
            for first, last in ranges
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GtidSet) and self._ranges == other._ranges

    __hash__ = None  # type: ignore[assignment] # mutable

    def __str__(self) -> str:
        return ",".join(self._shown(stream) for stream in self)

    def _shown(self, stream: str) -> str:
        ranges = self._ranges[stream]
        if stream in self._servers:
            return f"{stream}-{self._servers[stream]}-{ranges[-1][1]}"
        return ":".join([stream, *(str(a) if a == b else f"{a}-{b}" for a, b in ranges)])

    def __repr__(self) -> str:
        return f"GtidSet.parse({str(self)!r})"
