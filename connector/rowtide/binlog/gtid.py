"""GTID sets of MySQL and MariaDB: parse, print as the servers and Debezium do, compare, combine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from rowtide.binlog import intervals
from rowtide.binlog.intervals import Interval
from rowtide.errors import BinlogError

_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_TAG = re.compile(r"[a-z_][a-z0-9_]{0,31}")
_INTERVAL = re.compile(r"(\d{1,19})(?:\s*-\s*(\d{1,19}))?")
_MARIADB_GTID = re.compile(r"(\d{1,10})-(\d{1,10})-(\d{1,20})")

GNO_MAX = (1 << 63) - 1

Source = tuple[str, str]
"""UUID and tag (empty without one)."""


class MysqlGtidSet:
    """A set of MySQL GTIDs. Mutable; one thread.

    `str()` is what Debezium's offsets hold: UUIDs in lower case in the order in which they came, each with its
    untagged intervals and then its tags in the order in which they came, single numbers as intervals, too:
    `uuid:1-5:7-7:tag:1-3,uuid2:1-1`. `ordered()` sorts them.
    """

    __slots__ = ("_intervals",)

    def __init__(self) -> None:
        self._intervals: dict[Source, list[Interval]] = {}

    @classmethod
    def parse(cls, text: str | None) -> MysqlGtidSet:
        """Reads a set as servers print it; blanks and line ends don't matter, None and "" are the empty set.

        Raises:
            BinlogError: not a GTID set.
        """
        result = cls()
        for part in filter(None, map(str.strip, (text or "").split(","))):
            sid, *items = map(str.strip, part.split(":"))
            if not _UUID.fullmatch(sid) or not items:
                raise BinlogError(f"'{part}' is no GTID set of MySQL (uuid:first-last).")
            result._parse_items(str(UUID(sid)), items)
        return result

    def _parse_items(self, sid: str, items: list[str]) -> None:
        tag = ""
        for item in items:
            match = _INTERVAL.fullmatch(item)
            if match:
                first = int(match[1])
                last = int(match[2] or first)
                if not 0 < first <= last <= GNO_MAX:
                    raise BinlogError(f"'{item}' is no interval of GTIDs.")
                self.add_interval(sid, tag, first, last)
            elif _TAG.fullmatch(item.lower()):
                tag = item.lower()
            else:
                raise BinlogError(f"'{item}' is neither an interval nor a tag of a GTID set.")

    def add(self, gtid: str) -> None:
        """Adds one GTID, `uuid:5` or `uuid:tag:5` (or a whole set). Raises BinlogError."""
        for (sid, tag), spans in MysqlGtidSet.parse(gtid):
            for first, last in spans:
                self.add_interval(sid, tag, first, last)

    def add_interval(self, sid: str, tag: str | None, first: int, last: int) -> None:
        intervals.add(self._intervals.setdefault((sid, tag or ""), []), first, last)

    def add_intervals(self, sid: str, tag: str | None, spans: Iterable[Interval]) -> None:
        source = sid, tag or ""
        joined = intervals.normalised([*self._intervals.get(source, ()), *spans])
        if joined:
            self._intervals[source] = joined

    def __contains__(self, gtid: str) -> bool:
        return MysqlGtidSet.parse(gtid).is_subset(self)

    def is_subset(self, other: MysqlGtidSet) -> bool:
        return all(
            intervals.covers(other._intervals.get(source, []), first, last)
            for source, spans in self._intervals.items()
            for first, last in spans
        )

    def union(self, other: MysqlGtidSet) -> MysqlGtidSet:
        result = self.copy()
        for source, spans in other._intervals.items():
            result._intervals[source] = intervals.normalised([*result._intervals.get(source, []), *spans])
        return result

    def subtract(self, other: MysqlGtidSet) -> MysqlGtidSet:
        result = MysqlGtidSet()
        for source, spans in self._intervals.items():
            left = intervals.subtracted(spans, other._intervals.get(source, []))
            if left:
                result._intervals[source] = left
        return result

    def filtered(self, accept: Callable[[str], bool]) -> MysqlGtidSet:
        """Only the GTIDs of servers whose UUID is accepted."""
        return self._restricted(lambda source: accept(source[0]))

    def restricted_to_sources(self, other: MysqlGtidSet) -> MysqlGtidSet:
        """Only the GTIDs whose UUID and tag occur in `other`."""
        return self._restricted(lambda source: source in other._intervals)

    def _restricted(self, keep: Callable[[Source], bool]) -> MysqlGtidSet:
        result = MysqlGtidSet()
        result._intervals = {source: list(spans) for source, spans in self._intervals.items() if keep(source)}
        return result

    def copy(self) -> MysqlGtidSet:
        return self._restricted(lambda _: True)

    def ordered(self) -> MysqlGtidSet:
        """The same with UUIDs in order, and of each the untagged GTIDs first, then tags in order."""
        result = MysqlGtidSet()
        result._intervals = {source: list(spans) for source, spans in self}
        return result

    def __iter__(self) -> Iterator[tuple[Source, list[Interval]]]:
        """((uuid, tag), intervals) in canonical order."""
        return iter(sorted(self._intervals.items()))

    def __bool__(self) -> bool:
        return bool(self._intervals)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MysqlGtidSet) and self._intervals == other._intervals

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __str__(self) -> str:
        servers: dict[str, list[str]] = {}
        for (sid, tag), spans in self._intervals.items():
            parts = servers.setdefault(sid, [])
            printed = [f"{first}-{last}" for first, last in spans]
            if tag:
                parts += [tag, *printed]
            else:
                parts[:0] = printed
        return ",".join(":".join([sid, *parts]) for sid, parts in servers.items())

    def __repr__(self) -> str:
        return f"MysqlGtidSet({str(self)!r})"

    def encode(self) -> bytes:
        """The form in which COM_BINLOG_DUMP_GTID carries it; that with tags only where there are any, since servers
        before 8.3 don't read it."""
        tagged = any(tag for _, tag in self._intervals)
        count = len(self._intervals)
        parts = [(count << 8 | 1 << 56 | 1 if tagged else count).to_bytes(8, "little")]
        for (sid, tag), spans in self:
            parts.append(UUID(sid).bytes)
            if tagged:
                parts.append(bytes([len(tag) << 1]) + tag.encode("ascii"))
            parts.append(len(spans).to_bytes(8, "little"))
            parts += [first.to_bytes(8, "little") + (last + 1).to_bytes(8, "little") for first, last in spans]
        return b"".join(parts)


class MariadbGtidSet:
    """A MariaDB position: for each domain the server and sequence of its last transaction. Mutable; one thread.

    A domain's transactions follow one another by sequence whichever server wrote them, so a position stands for all
    GTIDs of the domain up to its sequence. `str()` gives `domain-server-sequence` in order of domains, joined by
    commas.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, int]] = {}

    @classmethod
    def parse(cls, text: str | None) -> MariadbGtidSet:
        """Reads a position; of GTIDs of one domain that with the highest sequence counts, since Debezium stores one
        for each server that wrote in the domain, in no order. None and "" are the empty position.

        Raises:
            BinlogError: not a list of GTIDs.
        """
        result = cls()
        for part in filter(None, map(str.strip, (text or "").split(","))):
            domain, server, sequence = _mariadb_gtid(part)
            if domain not in result._last or sequence >= result._last[domain][1]:
                result._last[domain] = (server, sequence)
        return result

    def add(self, gtid: str) -> None:
        """Moves the GTID's domain to it. Raises BinlogError."""
        domain, server, sequence = _mariadb_gtid(gtid)
        self._last[domain] = (server, sequence)

    def add_gtid(self, domain: int, server: int, sequence: int) -> None:
        self._last[domain] = (server, sequence)

    def __contains__(self, gtid: str) -> bool:
        domain, _, sequence = _mariadb_gtid(gtid)
        return domain in self._last and sequence <= self._last[domain][1]

    def is_subset(self, other: MariadbGtidSet) -> bool:
        """Whether `other` is as far or further in every domain."""
        return all(
            domain in other._last and sequence <= other._last[domain][1] for domain, (_, sequence) in self._last.items()
        )

    def union(self, other: MariadbGtidSet) -> MariadbGtidSet:
        """The further of the two in each domain."""
        result = self.copy()
        for domain, (server, sequence) in other._last.items():
            if domain not in result._last or sequence > result._last[domain][1]:
                result._last[domain] = (server, sequence)
        return result

    def subtract(self, other: MariadbGtidSet) -> MariadbGtidSet:
        """The domains in which this position is further."""
        result = MariadbGtidSet()
        result._last = {
            domain: (server, sequence)
            for domain, (server, sequence) in self._last.items()
            if domain not in other._last or sequence > other._last[domain][1]
        }
        return result

    def filtered(self, accept: Callable[[str], bool]) -> MariadbGtidSet:
        """Only the GTIDs whose `domain-server` is accepted."""
        result = MariadbGtidSet()
        result._last = {d: last for d, last in self._last.items() if accept(f"{d}-{last[0]}")}
        return result

    def copy(self) -> MariadbGtidSet:
        return self.filtered(lambda _: True)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """(domain, server, sequence) in order of domains."""
        return ((domain, server, sequence) for domain, (server, sequence) in sorted(self._last.items()))

    def __bool__(self) -> bool:
        return bool(self._last)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MariadbGtidSet) and self._last == other._last

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __str__(self) -> str:
        return ",".join(f"{domain}-{server}-{sequence}" for domain, server, sequence in self)

    def __repr__(self) -> str:
        return f"MariadbGtidSet({str(self)!r})"


def _mariadb_gtid(text: str) -> tuple[int, int, int]:
    match = _MARIADB_GTID.fullmatch(text.strip())
    numbers = tuple(map(int, match.groups())) if match else ()
    if not numbers or max(numbers[:2]) >= 1 << 32 or numbers[2] >= 1 << 64:
        raise BinlogError(f"'{text}' is no GTID of MariaDB (domain-server-sequence).")
    return numbers[0], numbers[1], numbers[2]
